import { jvp, key, mean, onesLike, square, treePaths, uniform, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { spikingMlp } from '../../src/index.js'

const network = spikingMlp({
  inputs: 2,
  outputs: 3,
  hidden: [6, 5],
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan({ alpha: 2 })),
  time: 10,
  chunk: 4,
  domain: [
    [0, 2],
    [-1, 1],
  ],
  output: { shift: [1, 2, 3], scale: [2, 1, 0.5] },
  dtype: 'f64',
})
const variables = network.init(key(1))
const x = uniform(key(2), [7, 2], { min: 0, max: 1, dtype: 'f64' })
const none = [null, null, null]
const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const close = async (a: Tensor, b: Tensor): Promise<void> => {
  const [found, expected] = [await values(a), await values(b)]
  expect(a.shape).toEqual(b.shape)
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
}

describe('a perturbed spiking MLP', () => {
  it('names affineLayers that are among its learned variables', () => {
    const paths = treePaths(variables.trained)
    expect(network.affineLayers.map((s) => [s.fanIn, s.units, s.input])).toEqual([
      [2, 6, 'constant'],
      [6, 5, 'varying'],
      [5, 3, 'constant'],
    ])
    for (const s of network.affineLayers) expect(paths).toEqual(expect.arrayContaining([s.weight, s.bias]))
  })

  it('is the plain forward pass without perturbations, and shows the input of each layer', async () => {
    const { output, presynaptic } = network.perturb(variables, x, none)
    await close(output, network.apply(variables, x))
    expect(presynaptic.map((p) => p.shape)).toEqual([
      [7, 2],
      [7, 6],
      [7, 5],
    ])
    for (const rate of await values(presynaptic[1]!)) expect(rate).toBeGreaterThanOrEqual(0)
    expect((await values(presynaptic[1]!)).some((rate) => rate > 0 && rate < 1)).toBe(true)
  })

  it.each([0, 1, 2])('adds a perturbation where a bias is: layer %i', async (l) => {
    const layer = network.affineLayers[l]!
    const moved = uniform(key(3), [layer.units], { min: -0.5, max: 0.5, dtype: 'f64' })
    const perturbation = uniform(key(3), [1, layer.units], { min: -0.5, max: 0.5, dtype: 'f64' })
    const lossOf = (output: Tensor): Tensor => mean(square(output))
    const at = (node: { weight: Tensor; bias: Tensor }, b: Tensor) => ({ ...node, bias: b })
    const { layers, readout } = variables.trained
    const bias = l === 2 ? readout.bias : layers[l]!.bias
    const [plain, slope] = jvp(
      (b: Tensor) =>
        lossOf(
          network.apply(
            {
              ...variables,
              trained: {
                layers: layers.map((node, i) => (i === l ? at(node, b) : node)),
                readout: l === 2 ? at(readout, b) : readout,
              },
            },
            x,
          ),
        ),
      [bias],
      [moved],
    )
    const [same, perturbed] = jvp(
      (p: Tensor) =>
        lossOf(
          network.perturb(
            variables,
            x,
            none.map((_, i) => (i === l ? p : null)),
          ).output,
        ),
      [zeros([1, layer.units], 'f64')],
      [perturbation],
    )
    await close(plain, same)
    await close(slope, perturbed)
    expect(Math.abs(await slope.item())).toBeGreaterThan(1e-6)
  })

  it('a perturbation moves nothing below it', async () => {
    const p = zeros([7, 5], 'f64')
    const [, slope] = jvp(
      (at: Tensor) => [...network.perturb(variables, x, [null, at, null]).presynaptic],
      [p],
      [onesLike(p)],
    )
    expect((await values(slope[1]!)).every((v) => v === 0)).toBe(true)
    expect((await values(slope[2]!)).some((v) => v !== 0)).toBe(true)
  })
})
