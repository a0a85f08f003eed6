import {
  add,
  collect,
  jvp,
  key,
  layersOf,
  matmul,
  mean,
  mul,
  perturb,
  square,
  tensor,
  uniform,
  zeros,
} from '@spikeward/core'
import type { ByLayer, Tensor } from '@spikeward/core'
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
const at = (v: typeof variables) => (p: typeof variables.trained, points: Tensor) =>
  network.apply({ ...v, trained: p }, points)
const ids = ['layers.0.weight', 'layers.1.weight', 'readout.weight']
const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const close = async (a: Tensor, b: Tensor): Promise<void> => {
  const [found, expected] = [await values(a), await values(b)]
  expect(a.shape).toEqual(b.shape)
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
}

describe('the layers of a spiking MLP', () => {
  it('shows its layers, with the mean input of each', async () => {
    // 10 steps in chunks of 4: two whole chunks, and one of 2 steps.
    const found = layersOf(at(variables), variables.trained, x)
    expect(found.map((l) => [l.id, l.steps, l.fanIn, l.shape])).toEqual([
      [ids[0], 1, 2, [7, 6]],
      [ids[1], 8, 6, [7, 5]],
      ['layers.1.weight#2', 2, 6, [7, 5]],
      [ids[2], 1, 5, [7, 3]],
    ])
    const [output, inputs] = collect(at(variables))(variables.trained, x)
    await close(output, network.apply(variables, x))
    const rates = await values(inputs[ids[1]!]!)
    for (const rate of rates) expect(rate).toBeGreaterThanOrEqual(0)
    expect(rates.some((rate) => rate > 0 && rate < 1)).toBe(true)
  })

  it.each([0, 1, 2])('adds a perturbation where a bias is: layer %i', async (l) => {
    const units = [6, 5, 3][l]!
    const moved = uniform(key(3), [units], { min: -0.5, max: 0.5, dtype: 'f64' })
    const everyRow = (p: Tensor): Tensor => add(zeros([7, units], 'f64'), p)
    const lossOf = (output: Tensor): Tensor => mean(square(output))
    const withBias = (node: { weight: Tensor; bias: Tensor }, b: Tensor) => ({ ...node, bias: b })
    const { layers, readout } = variables.trained
    const bias = l === 2 ? readout.bias : layers[l]!.bias
    const [plain, slope] = jvp(
      (b: Tensor) =>
        lossOf(
          network.apply(
            {
              ...variables,
              trained: {
                layers: layers.map((node, i) => (i === l ? withBias(node, b) : node)),
                readout: l === 2 ? withBias(readout, b) : readout,
              },
            },
            x,
          ),
        ),
      [bias],
      [moved],
    )
    const own = layersOf(at(variables), variables.trained, x).filter((found) => found.name === ids[l])
    const [same, perturbed] = jvp(
      (p: Tensor) => {
        const everywhere = Object.fromEntries(own.map(({ id }) => [id, everyRow(p)]))
        return lossOf(perturb(at(variables))(everywhere, variables.trained, x))
      },
      [zeros([units], 'f64')],
      [moved],
    )
    await close(plain, same)
    await close(slope, perturbed)
    expect(Math.abs(await slope.item())).toBeGreaterThan(1e-6)
  })
})

describe('residual layers', () => {
  const residual = spikingMlp({ ...options, hidden: [6, 6, 6], residual: true })
  const fresh = residual.init(key(1))
  const points = add(uniform(key(5), [256, 2], { min: -1, max: 1, dtype: 'f64' }), tensor([1, 0], { dtype: 'f64' }))

  /** The mean rates that each layer above the first reads, and the readout. */
  const ratesOf = (v: typeof fresh, points: Tensor, perturbations: ByLayer = {}): Tensor[] => {
    const whole = spikingMlp({ ...options, chunk: 10, hidden: [6, 6, 6], residual: true })
    const run = (p: typeof fresh.trained): Tensor => whole.apply({ ...v, trained: p }, points)
    const [, inputs] = collect((p: typeof fresh.trained) => perturb(run)(perturbations, p))(v.trained)
    return ['layers.1.weight', 'layers.2.weight', 'readout.weight'].map((id) => inputs[id]!)
  }

  it('pass a perturbation of the first current on with the factor 1', async () => {
    // Without weights between layers, every layer has the current of the first, and starts from its own membranes.
    const silent = fresh.trained.layers.map((l, i) =>
      i === 0 ? l : { weight: mul(l.weight, 0), bias: mul(l.bias, 0) },
    )
    const same = { ...fresh, trained: { ...fresh.trained, layers: silent } }
    const alike = { ...same, fixed: { ...fresh.fixed, membranes: [0, 1, 2].map(() => fresh.fixed.membranes[0]!) } }
    const perturbation = uniform(key(6), [7, 6], { min: -0.5, max: 0.5, dtype: 'f64' })
    const [second, third, readout] = ratesOf(alike, x, { 'layers.0.weight': perturbation }) as [Tensor, Tensor, Tensor]
    await close(second, third)
    await close(third, add(readout, fresh.fixed.centre))
    expect((await values(second)).some((rate) => rate > 0)).toBe(true)
  })

  it('start without a shift of the mean current from layer to layer', async () => {
    const rates = ratesOf(fresh, points)
    for (const l of [1, 2]) {
      const { weight, bias } = fresh.trained.layers[l]!
      const shift = await values(mean(add(matmul(rates[l - 1]!, weight), bias), 0))
      for (const s of shift) expect(Math.abs(s)).toBeLessThan(0.15)
    }
  })

  it('refuse layers of different widths', () => {
    expect(() => spikingMlp({ ...options, hidden: [6, 5], residual: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
