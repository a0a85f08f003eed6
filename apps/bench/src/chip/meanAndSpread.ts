import { mean, spread } from '../sampleStatistics.js'

/** Mean and standard deviation over keys, such as `0.0205 ± 0.0007`. */
export function meanAndSpread(values: readonly number[]): string {
  const deviation = spread(values)
  return `${mean(values).toFixed(4)}${deviation === null ? '' : ` ± ${deviation.toFixed(4)}`}`
}
