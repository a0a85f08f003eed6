import { key, matmul, sub, transpose } from '@spikeward/core'
import type { Optimizer, Tensor } from '@spikeward/core'
import { bp, orthogonal } from '@spikeward/estimators'
import { adam, sgd } from '@spikeward/optim'
import { lossAt } from '@spikeward/train'
import { expect, test } from 'vitest'
import { problemOf } from '../../src/catalogue.js'
import { openNetwork } from '../../src/tuned/networks/openNetwork.js'
import { stepLoss } from '../../src/tuned/networks/opened.js'

const { task } = openNetwork({ hidden: [6, 6], time: 4, batch: 16, beta: 1 }, problemOf('mexican-hat', { s: 0.4 }))
const variables = task.init(key(1))
const loss = lossAt(stepLoss(task), { fixed: variables.fixed, data: task.data() }, key(2))
const e = orthogonal(bp(), { directions: 5 })
const { grad, state } = e.estimate(loss, variables.trained, e.init(variables.trained), { key: key(3) })
const whole = bp().estimate(loss, variables.trained, {}, { key: key(3) }).grad

const size = async (t: Tensor): Promise<number> => Math.hypot(...(await t.data()))

/**
 * Of the first step at a second layer of 6 inputs, five directions of which are projected off: its length by that of a step of the
 * whole gradient, and the share of it outside the complement.
 */
async function firstStep(optimizer: Optimizer): Promise<{ length: number; outside: number }> {
  const stepOf = (g: typeof grad): Tensor =>
    optimizer.update(g, optimizer.init(variables.trained), variables.trained).updates.layers[1]!.weight
  const own = stepOf(grad)
  // The first matrix has two inputs, so the first directions are those of the second layer.
  const u = state.directions[0]!
  const along = matmul(transpose(u), matmul(u, own))
  expect(await size(sub(own, along))).toBeGreaterThan(0)
  return { length: (await size(own)) / (await size(stepOf(whole))), outside: (await size(along)) / (await size(own)) }
}

test('a step of sgd is as short as what remains of the gradient, and along the complement', async () => {
  const { length, outside } = await firstStep(sgd(0.1))
  expect(length).toBeLessThan(0.5)
  expect(outside).toBeLessThan(1e-4)
})

test('a step of adam is as long as without the projection, and leaves the complement', async () => {
  const { length, outside } = await firstStep(adam(0.1))
  expect(length).toBeGreaterThan(0.9)
  expect(outside).toBeGreaterThan(0.1)
})
