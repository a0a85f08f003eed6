import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { key as keyOf } from '@spikeward/core'
import { gaussianProcess, rbf, sampleFunctions } from '@spikeward/problems'
import { encodeNpy } from '@spikeward/problems/node'
import { FINE } from './ownOperators.js'
import type { OwnOperator } from './ownOperators.js'

/** Correlation length of the input functions. */
const LENGTH = 0.2

/**
 * Writes a user's data: input functions of a Gaussian process on [0, 1] in f.npy, their solutions in u.npy, and the points of both in
 * x.npy.
 *
 * @param points the number of sensors, which is that of the points
 */
export async function writeOwnData(
  folder: string,
  { solve }: OwnOperator,
  size: { readonly functions: number; readonly points: number; readonly key: number },
): Promise<void> {
  const { functions, points, key } = size
  const intervals = FINE * (points - 1)
  const fine = Float64Array.from({ length: intervals + 1 }, (_, i) => i / intervals)
  const space = gaussianProcess({ kernel: rbf({ length: LENGTH }), domain: [0, 1] })
  const drawn = await sampleFunctions(space, keyOf(key), functions)
  const [f, u] = [new Float64Array(functions * points), new Float64Array(functions * points)]
  drawn.forEach((one, i) => {
    const values = one(fine)
    f.set(
      values.filter((_, p) => p % FINE === 0),
      i * points,
    )
    u.set(solve(values), i * points)
  })
  const write = (name: string, data: Float64Array, shape: readonly number[]): Promise<void> =>
    writeFile(join(folder, `${name}.npy`), encodeNpy({ shape: [...shape], data }))
  await write('f', f, [functions, points])
  await write('u', u, [functions, points])
  await write(
    'x',
    fine.filter((_, p) => p % FINE === 0),
    [points],
  )
}
