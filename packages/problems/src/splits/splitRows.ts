import { SpikewardError, key as keyOf, uniform } from '@spikeward/core'

/** Fractions of the rows, from 0 to 1, rounded to whole rows. The rest is the training set. */
export type SplitFractions = { readonly validation?: number; readonly test?: number }

/** The number of rows in each set. */
export type SplitSizes = { readonly train: number; readonly validation: number; readonly test: number }

/** A permutation of n rows. Its key is folded: rows that `uniform(key(k), [n])` drew would be split in their order. */
export async function permutation(key: number, n: number): Promise<number[]> {
  const u = (await uniform(keyOf(key).fold(n), [n], { dtype: 'f64' }).data()) as Float64Array
  return Array.from({ length: n }, (_, i) => i).sort((a, b) => u[a]! - u[b]! || a - b)
}

/**
 * The sizes of the three sets of n rows.
 *
 * @throws INVALID_OPTION if the fractions are impossible
 */
export function sizesOf(n: number, { validation = 0.1, test = 0.2 }: SplitFractions): SplitSizes {
  if (!(validation >= 0 && test >= 0 && validation + test <= 1))
    throw new SpikewardError(
      'INVALID_OPTION',
      `a split of ${validation} for validation and ${test} for test; both must be at least 0, their sum at most 1`,
    )
  const sizes = {
    validation: Math.round(validation * n),
    test: Math.min(Math.round(test * n), n - Math.round(validation * n)),
  }
  return { train: n - sizes.validation - sizes.test, ...sizes }
}
