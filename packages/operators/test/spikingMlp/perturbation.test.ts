import { add, jvp, key, matmul, mean, mul, onesLike, square, tensor, treePaths, uniform, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { spikingMlp } from '../../src/index.js'

const options = {
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
} as const
const network = spikingMlp(options)
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

describe('residual layers', () => {
  const residual = spikingMlp({ ...options, hidden: [6, 6, 6], residual: true })
  const fresh = residual.init(key(1))
  const points = add(uniform(key(5), [256, 2], { min: -1, max: 1, dtype: 'f64' }), tensor([1, 0], { dtype: 'f64' }))

  it('say that they are, apart from the first layer and the readout', () => {
    expect(residual.affineLayers.map((s) => s.residual ?? false)).toEqual([false, true, true, false])
  })

  it('pass a perturbation of the first current on with the factor 1', async () => {
    // Without weights between layers, every layer has the current of the first, and starts from its own membranes.
    const silent = fresh.trained.layers.map((l, i) =>
      i === 0 ? l : { weight: mul(l.weight, 0), bias: mul(l.bias, 0) },
    )
    const same = { ...fresh, trained: { ...fresh.trained, layers: silent } }
    const alike = { ...same, fixed: { ...fresh.fixed, membranes: [0, 1, 2].map(() => fresh.fixed.membranes[0]!) } }
    const perturbation = uniform(key(6), [7, 6], { min: -0.5, max: 0.5, dtype: 'f64' })
    const { presynaptic } = residual.perturb(alike, x, [perturbation, null, null, null])
    await close(presynaptic[1]!, presynaptic[2]!)
    await close(presynaptic[2]!, add(presynaptic[3]!, fresh.fixed.centre))
    expect((await values(presynaptic[1]!)).some((rate) => rate > 0)).toBe(true)
  })

  it('start without a shift of the mean current from layer to layer', async () => {
    const { presynaptic } = residual.perturb(fresh, points, [null, null, null, null])
    for (const l of [1, 2]) {
      const { weight, bias } = fresh.trained.layers[l]!
      const shift = await values(mean(add(matmul(presynaptic[l]!, weight), bias), 0))
      for (const s of shift) expect(Math.abs(s)).toBeLessThan(0.15)
    }
  })

  it('refuse layers of different widths', () => {
    expect(() => spikingMlp({ ...options, hidden: [6, 5], residual: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
