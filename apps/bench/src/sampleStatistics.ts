export { sampleDeviation as spread, sampleMean as mean, sampleMedian as median } from '@spikeward/train'

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
