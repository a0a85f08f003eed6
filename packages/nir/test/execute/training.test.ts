import { expect, test } from 'vitest'
import { jit, key, mean, square, sub, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { bp, rfg, spsa } from '@spikeward/estimators'
import { atan, spike } from '@spikeward/neurons'
import { adam, applyUpdates } from '@spikeward/optim'
import { nirNetwork, readNir } from '@spikeward/nir'
import type { NirParameters } from '@spikeward/nir'
import { bytesOf } from '../fixtures.js'

test.each([
  ['bp', bp(), 40],
  ['rfg', rfg({ directions: 8 }), 80],
  ['spsa', spsa({ directions: 8, size: 0.1 }), 80],
] as const)('a graph with a recurrent layer learns by %s', async (_, estimator, steps) => {
  const network = nirNetwork(await readNir(bytesOf('recurrent')), {
    dt: 1e-3,
    time: 20,
    spike: spike(atan()),
    learn: ['v_threshold'],
  })
  const { trained, fixed } = network.init(key(0))
  expect(Object.keys(trained['recurrent/lif']!)).toEqual(['v_threshold'])
  const x = tensor([
    [1, 2, 0.5, 3],
    [2, 0.1, 1, 0.4],
    [0.3, 3, 2, 2],
  ])
  const y = tensor([
    [0.5, 0.2, 0, 0.1, 0.4],
    [0, 0.3, 0.3, 0.1, 0],
    [0.2, 0.2, 0.2, 0.2, 0.2],
  ])
  const loss = (p: NirParameters): Tensor => mean(square(sub(network.apply({ trained: p, fixed }, x), y)))
  const optimizer = adam(3e-2)
  let [params, state, memory] = [trained, optimizer.init(trained), estimator.init(trained)]
  const step = jit((p: NirParameters, s: typeof state, m: typeof memory, k: ReturnType<typeof key>) => {
    const found = estimator.estimate(loss, p, m, { key: k })
    const update = optimizer.update(found.grad, s, p)
    return { params: applyUpdates(p, update.updates), state: update.state, memory: found.state }
  })
  const before = await loss(params).item()
  for (let i = 0; i < steps; i++) ({ params, state, memory } = step(params, state, memory, key(1).fold(i)))
  expect(await loss(params).item()).toBeLessThan(0.7 * before)
})
