import { jit, key, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { expect, it } from 'vitest'
import { sharedReadout, solveReadout, spikingMlp } from '../../src/index.js'

// 21 points: the last of the eight parts holds none.
it.each([21, 64])('the readout of %i points in parts is that of all points at once', async (count) => {
  const network = spikingMlp({
    inputs: 1,
    outputs: 2,
    hidden: [6],
    time: 8,
    neuron: leakyIntegrateAndFire({ beta: 0.9 }),
    spike: spike(atan()),
    dtype: 'f64',
  })
  const variables = network.init(key(3))
  const x = Float64Array.from({ length: count }, (_, i) => (2 * i) / (count - 1) - 1)
  const y = Float64Array.from({ length: 2 * count }, (_, i) => Math.sin(3 * x[i >> 1]! + (i % 2)))
  const data = { x: tensor(x, { shape: [count, 1], dtype: 'f64' }), y: tensor(y, { shape: [count, 2], dtype: 'f64' }) }
  const { parts, part, merge, finish } = sharedReadout(network, { lambda: 1e-3, outputs: 2 })
  const measure = jit(part)
  const sums: Float64Array[] = []
  for (let i = 0; i < parts; i++)
    sums.push(Float64Array.from(await measure(variables, data, tensor(i, { dtype: 'u32' }), []).data(), Number))
  // Every point counts once.
  expect(sums.reduce((n, numbers) => n + numbers[0]!, 0)).toBe(count)
  const equations = tensor(merge(sums), { dtype: 'f64' })
  const { readout } = finish(variables, data, equations, [])
  const whole = solveReadout(network, { lambda: 1e-3 })(variables, data).readout
  for (const name of ['weight', 'bias'] as const) {
    const [ours, theirs] = await Promise.all([readout[name].data(), whole[name].data()])
    expect(readout[name].shape).toEqual(whole[name].shape)
    theirs.forEach((v, i) => expect(Number(ours[i])).toBeCloseTo(Number(v), 8))
  }
})
