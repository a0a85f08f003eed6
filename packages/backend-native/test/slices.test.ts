import { expect, test } from 'vitest'
import { type Tensor, add, jit, key as keyOf, matmul, normal, reshape, slice, tanh, toBackend } from '@spikeward/core'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

const [STEPS, ROWS, WIDTH] = [3, 512, 128]

/** Products of each step of a sequence with weights, added up step after step. */
function stepByStep({ x, bias, w }: { readonly x: Tensor; readonly bias: Tensor; readonly w: Tensor }): Tensor {
  const h = tanh(add(x, bias))
  const product = (t: number): Tensor => matmul(reshape(slice(h, [t, 0, 0], [t + 1, ROWS, WIDTH]), [ROWS, WIDTH]), w)
  return [1, 2].reduce((sum, t) => tanh(add(sum, product(t))), product(0))
}

if (instructionSets.length === 0) test('slices', (context) => context.skip(reason))

for (const instructionSet of instructionSets) {
  test(`${instructionSet}: a product reads its own step of an earlier result, wherever that is stored`, async () => {
    const host = {
      x: normal(keyOf(1), [STEPS, ROWS, WIDTH]),
      bias: normal(keyOf(2), [STEPS, 1, WIDTH]),
      w: normal(keyOf(3), [WIDTH, WIDTH]),
    }
    const wanted = await stepByStep(host).data()
    await using backend = await native({ instructionSet, threads: 2 })
    const found = await jit(stepByStep)(await toBackend(host, backend)).data()
    expect(found).toHaveLength(wanted.length)
    let worst = 0
    for (const [i, value] of found.entries()) worst = Math.max(worst, Math.abs(Number(value) - Number(wanted[i])))
    expect(worst).toBeLessThan(1e-4)
  })
}
