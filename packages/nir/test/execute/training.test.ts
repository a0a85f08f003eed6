import { describe, expect, test } from 'vitest'
import { type Tensor, jit, key, lossParts, mean, square, sub, tensor } from '@spikeward/core'
import { bp, eligibility, rateBackpropagation, rfg, spsa } from '@spikeward/estimators'
import { atan, spike } from '@spikeward/neurons'
import { adam, applyUpdates } from '@spikeward/optim'
import { doubles, nirNetwork, readNir, withParameters, writeNir } from '@spikeward/nir'
import type { NirArray, NirParameters } from '@spikeward/nir'
import { bytesOf, traces } from '../fixtures.js'

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

describe('a graph with convolutions', () => {
  const graph = readNir(bytesOf('conv2d'))
  const x = tensor(traces['conv2d']!.input.slice(0, 3).flat(), { shape: [3, 2, 9, 8] })

  test.each([
    ['bp', bp(), 30],
    ['rateBackpropagation', rateBackpropagation(), 30],
    ['eligibility', eligibility(), 30],
    ['rfg', rfg({ directions: 8 }), 60],
  ] as const)('learns by %s, and is written again', async (_, estimator, steps) => {
    const network = nirNetwork(await graph, { dt: 1, time: 8, spike: spike(atan()) })
    const { trained, fixed } = network.init(key(0))
    expect(Object.keys(trained)).toEqual(['conv', 'same', 'affine'])
    const parts = lossParts({
      samples: 3,
      input: x,
      forward: (p: NirParameters, x: Tensor) => network.apply({ trained: p, fixed }, x),
      head: (output) => mean(square(sub(output, 0.3)), 1),
      residuals: null,
    })
    const loss = Object.assign((p: NirParameters): Tensor => mean(parts.head(parts.forward(p, x))), { parts })
    const optimizer = adam(1e-2)
    let [params, state] = [trained, optimizer.init(trained)]
    let memory = estimator.init(trained) as never
    for (let i = 0; i < steps; i++) {
      const found = estimator.estimate(loss, params, memory, { key: key(i) })
      const update = optimizer.update(found.grad, state, params)
      ;[params, state, memory] = [applyUpdates(params, update.updates), update.state, found.state as never]
    }
    expect(await loss(params).item()).toBeLessThan(0.5 * (await loss(trained).item()))

    const numbers = await numbersOf(params)
    const again = nirNetwork(await readNir(await writeNir(withParameters(await graph, numbers))), { dt: 1, time: 8 })
    expect(await numbersOf(again.init(key(1)).trained)).toEqual(numbers)
  })
})

/** The numbers of parameters, in their shapes. */
async function numbersOf(params: NirParameters): Promise<Record<string, Record<string, NirArray>>> {
  const found: Record<string, Record<string, NirArray>> = {}
  for (const [node, own] of Object.entries(params)) {
    found[node] = {}
    for (const [name, value] of Object.entries(own)) found[node][name] = doubles(value.shape, await value.data())
  }
  return found
}
