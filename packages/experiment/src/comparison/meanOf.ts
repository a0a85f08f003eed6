import { sampleDeviation, sampleMean } from '@spikeward/train'

const present = (values: readonly (number | null)[]): number[] => values.filter((v): v is number => v !== null)

/** The mean of the values that are not null; null if there is none. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const found = present(values)
  return found.length === 0 ? null : sampleMean(found)
}

/** The sample standard deviation of the values that are not null; null for fewer than two. */
export const spreadOf = (values: readonly (number | null)[]): number | null => sampleDeviation(present(values))
