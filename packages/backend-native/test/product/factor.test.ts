/** A Cholesky factor is computed several columns at a time, with the sums of the reference in their order. */
import { type Backend, cholesky, tensor } from '@spikeward/core'
import { referenceBackend } from '@spikeward/core/backend'
import { describe, expect, test } from 'vitest'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

if (instructionSets.length === 0) test('a Cholesky factor', (context) => context.skip(reason))

/** Gaussian kernels of points on a line. Of several, the last has a negative pivot in its middle. */
function matrices(batch: number, n: number): Float64Array {
  const a = Float64Array.from({ length: batch * n * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n) % n, at % n]
    return Math.exp(-((row - column) ** 2) / 18) + (row === column ? 1e-3 : 0)
  })
  if (batch > 1) a[(batch - 1) * n * n + (n >> 1) * (n + 1)] = -1
  return a
}

describe.each(instructionSets)('%s: a Cholesky factor', (instructionSet) => {
  test.each([1, 2, 3, 4, 5, 16, 17, 33, 70])('of %i rows has the bits of the reference', async (n) => {
    await using backend = await native({ instructionSet, threads: 1 })
    for (const dtype of ['f32', 'f64'] as const) {
      const on = (where: Backend) =>
        cholesky(tensor(matrices(2, n), { shape: [2, n, n], dtype, backend: where })).data()
      expect(await on(backend)).toEqual(await on(referenceBackend()))
    }
  })
})
