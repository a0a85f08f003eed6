import {
  jit,
  jvp,
  key,
  mean,
  mul,
  square,
  sub,
  tensor,
  treeLeaves,
  treeMap,
  treePaths,
  uniform,
  valueAndGrad,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, snnTorchLeaky, spike, synaptic } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { networkFixture } from '../../../neurons/test/golden.js'
import { spikingMlp } from '../../src/index.js'
import type { SpikingMlpOptions, SpikingMlpTrained, SpikingMlpVariables } from '../../src/index.js'
import { stepsPerChunk } from '../../src/spikingMlp/spikeRates.js'

const code = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code
  }
  return undefined
}

const base = {
  inputs: 2,
  outputs: 1,
  hidden: [6, 5],
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan({ alpha: 2 })),
  time: 10,
} satisfies SpikingMlpOptions

const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]

describe.each(
  networkFixture().cases.flatMap((c) =>
    c.runs.map((run) => [`${c.widths.join('-')} reset ${run.reset}`, c, run] as const),
  ),
)('golden network %s', (_, c, run) => {
  const f64 = { dtype: 'f64' } as const
  const { model } = snnTorchLeaky({ beta: c.beta, threshold: c.threshold, reset: run.reset, resetDelay: c.resetDelay })
  const hidden = c.widths.slice(1, -1)
  const affines = (W: typeof c.W, b: typeof c.b): SpikingMlpTrained => {
    const all = W.map((w, l) => ({ weight: tensor(w, f64), bias: tensor(b[l]!, f64) }))
    return { layers: all.slice(0, -1), readout: all.at(-1)! }
  }
  const trained = affines(c.W, c.b)
  const fixed: SpikingMlpVariables['fixed'] = {
    membranes: hidden.map((n) => tensor(new Float64Array(n))),
    centre: tensor(new Float64Array(hidden.at(-1)!)),
    output: { shift: tensor(new Float64Array(1)), scale: tensor(Float64Array.of(1)) },
  }
  const make = (chunk: number) =>
    spikingMlp({
      inputs: c.widths[0]!,
      outputs: c.widths.at(-1)!,
      hidden,
      neuron: model,
      spike: spike(atan({ alpha: c.alpha })),
      time: c.steps,
      chunk,
      ...f64,
    })
  const [x, y] = [tensor(c.x, f64), tensor(c.y, f64)]

  it.each([c.steps, 5, 1])('in chunks of %i: prediction, loss, gradient, directional derivative', async (chunk) => {
    const network = make(chunk)
    const loss = (p: SpikingMlpTrained): Tensor => mean(square(sub(network.apply({ trained: p, fixed }, x), y)))
    const prediction = await values(
      jit((v: SpikingMlpVariables, at: Tensor) => network.apply(v, at))({ trained, fixed }, x),
    )
    run.prediction.flat().forEach((v, i) => expect(prediction[i]).toBeCloseTo(v, 10))
    const [value, slope] = jit((p: SpikingMlpTrained, v: SpikingMlpTrained): [Tensor, Tensor] => jvp(loss, [p], [v]))(
      trained,
      affines(c.directionW, c.directionB),
    )
    expect(await value.item()).toBeCloseTo(run.loss, 10)
    expect(await slope.item()).toBeCloseTo(run.exactDirectionalDerivative, 10)
    const [, g] = jit((p: SpikingMlpTrained) => valueAndGrad(loss)(p))(trained)
    const largest = Math.max(1, ...run.gradW.flat(2).map(Math.abs))
    for (const [l, layer] of [...g.layers, g.readout].entries()) {
      const found = await values(layer.weight)
      // The fixture's cotangents were rounded to f32 at every spike.
      run.gradW[l]!.flat().forEach((v, i) => expect(Math.abs(found[i]! - v)).toBeLessThan(1e-7 * largest))
    }
  })
})

describe('spikingMlp', () => {
  it('has variables of the stated structure, and blocks of weight and bias to train', () => {
    const v = spikingMlp(base).init(key(0))
    expect(treePaths(v)).toEqual([
      'fixed.centre',
      'fixed.membranes.0',
      'fixed.membranes.1',
      'fixed.output.scale',
      'fixed.output.shift',
      'trained.layers.0.bias',
      'trained.layers.0.weight',
      'trained.layers.1.bias',
      'trained.layers.1.weight',
      'trained.readout.bias',
      'trained.readout.weight',
    ])
    expect(v.trained.layers.map((l) => l.weight.shape)).toEqual([
      [2, 6],
      [6, 5],
    ])
  })

  it('is initialised as documented', async () => {
    const wide = spikingMlp({ ...base, hidden: [400, 300], time: 2 })
    const { trained, fixed } = wide.init(key(3))
    const stats = async (t: Tensor) => {
      const x = await values(t)
      const m = x.reduce((a, b) => a + b, 0) / x.length
      return {
        min: Math.min(...x),
        max: Math.max(...x),
        mean: m,
        deviation: Math.sqrt(x.reduce((a, b) => a + (b - m) ** 2, 0) / x.length),
      }
    }
    const within = async (t: Tensor, low: number, high: number) => {
      const s = await stats(t)
      const span = high - low
      expect(s.min).toBeGreaterThanOrEqual(low)
      expect(s.max).toBeLessThanOrEqual(high)
      expect(s.min).toBeLessThan(low + 0.05 * span)
      expect(s.max).toBeGreaterThan(high - 0.05 * span)
    }
    await within(trained.layers[0]!.weight, -2, 2)
    await within(trained.layers[0]!.bias, -1, 1)
    await within(trained.layers[1]!.bias, 0, 0.3)
    await within(fixed.membranes[0]!, 0, 1)
    await within(fixed.membranes[1]!, 0, 1)
    expect((await stats(trained.layers[1]!.weight)).deviation).toBeCloseTo(2 / Math.sqrt(400), 2)
    expect((await stats(trained.readout.weight)).deviation / (0.3 / Math.sqrt(300))).toBeCloseTo(1, 0)
    expect((await stats(trained.readout.bias)).max).toBe(0)
  })

  it('gives the same from the same key, something else from another, eagerly and under jit', async () => {
    const network = spikingMlp(base)
    const all = async (v: SpikingMlpVariables) => (await Promise.all(treeLeaves(v).map(values))).flat()
    const a = await all(network.init(key(1)))
    expect(await all(jit((k: Key) => network.init(k))(key(1)))).toEqual(a)
    expect(await all(network.init(key(2)))).not.toEqual(a)
  })

  it('is centred: the mean output over the domain is close to that of the bias alone', async () => {
    const network = spikingMlp({ ...base, hidden: [40], output: { shift: [3], scale: [2] } })
    const y = await values(network.apply(network.init(key(4)), uniform(key(9), [2000, 2], { min: -1, max: 1 })))
    expect(y.reduce((a, b) => a + b, 0) / y.length).toBeCloseTo(3, 1)
  })

  it.each([[[6]], [[6, 5]], [[4, 3, 5]]])(
    'gives the same in every chunking, remainders included: hidden %j',
    async (hidden) => {
      const x = uniform(key(5), [7, 2], { min: -1, max: 1 })
      const whole = spikingMlp({ ...base, hidden, chunk: 10 })
      const v = whole.init(key(6))
      const direction = treeMap((t) => mul(t, 0.3), v.trained)
      const run = (chunk: number) => {
        const network = spikingMlp({ ...base, hidden, chunk })
        const loss = (trained: SpikingMlpTrained): Tensor => mean(square(network.apply({ trained, fixed: v.fixed }, x)))
        return jit(() => [network.features(v, x), ...jvp(loss, [v.trained], [direction])])()
      }
      const [rates, value, slope] = await Promise.all(run(10).map(values))
      expect(Math.max(...rates!)).toBeGreaterThan(0)
      for (const chunk of [1, 2, 3, 5, 7, 64]) {
        const other = await Promise.all(run(chunk).map(values))
        // Rates are sums of zeros and ones: exact. Tangents may be summed in another order.
        expect(other[0]).toEqual(rates)
        expect(other[1]).toEqual(value)
        expect(Math.abs(other[2]![0]! - slope![0]!)).toBeLessThan(1e-5 * Math.abs(slope![0]!))
      }
    },
  )

  it('needs no more memory for more time, to evaluate and in forward mode', () => {
    const workspace = (time: number): number => {
      const network = spikingMlp({ ...base, hidden: [16, 16], time })
      const v = network.init(key(0))
      const x = uniform(key(1), [64, 2])
      const loss = (trained: SpikingMlpTrained): Tensor => mean(square(network.apply({ trained, fixed: v.fixed }, x)))
      const f = jit((p: SpikingMlpTrained): [Tensor, Tensor] => jvp(loss, [p], [p]))
      return f.inspect(v.trained).executable.workspaceBytes
    }
    expect(workspace(512)).toBeLessThanOrEqual(1.01 * workspace(64))
  })

  it('brings inputs from their domain to [−1, 1]', async () => {
    const plain = spikingMlp(base)
    const scaled = spikingMlp({
      ...base,
      domain: [
        [0, 10],
        [-4, 4],
      ],
    })
    const v = plain.init(key(7))
    const a = await values(plain.features(v, tensor([[0.2, -0.5]])))
    const b = await values(scaled.features(v, tensor([[6, -2]])))
    expect(b).toEqual(a)
  })

  it('takes any neuron model, learned coefficients and all', async () => {
    const network = spikingMlp({ ...base, neuron: leakyIntegrateAndFire({ beta: 0.9, learn: ['beta'] }) })
    const v = network.init(key(0))
    expect(v.trained.neurons).toHaveLength(2)
    const current = spikingMlp({ ...base, neuron: synaptic({ alpha: 0.5, beta: 0.9 }) })
    const y = await values(current.apply(current.init(key(0)), tensor([[0.3, 0.4]])))
    expect(y.every(Number.isFinite)).toBe(true)
  })

  it('refuses options that make no network', () => {
    const bad: Partial<Record<keyof SpikingMlpOptions | 'width', unknown>>[] = [
      { inputs: 0 },
      { outputs: 1.5 },
      { hidden: [] },
      { hidden: [0] },
      { time: 0 },
      { chunk: -1 },
      { domain: [[0, 1]] },
      {
        domain: [
          [0, 1],
          [1, 1],
        ],
      },
      { output: { shift: [0], scale: [0] } },
      { output: { shift: [0, 0], scale: [1] } },
      { membrane: [1, 0] },
      { membrane: [0, NaN] },
    ]
    for (const o of bad)
      expect(
        code(() => spikingMlp({ ...base, ...o } as SpikingMlpOptions)),
        JSON.stringify(o),
      ).toBe('INVALID_OPTION')
    expect(code(() => spikingMlp({ ...base, width: 3 } as SpikingMlpOptions))).toBe('UNKNOWN_OPTION')
  })
})

describe('stepsPerChunk', () => {
  it('bounds the rows, spreads the steps evenly, and never exceeds the time', () => {
    expect(stepsPerChunk(32, 256, 2)).toBe(32)
    expect(stepsPerChunk(33, 256, 2)).toBe(17)
    expect(stepsPerChunk(1024, 256, 2)).toBe(32)
    expect(stepsPerChunk(64, 1024, 2)).toBe(16)
    expect(stepsPerChunk(64, 4096, 2)).toBe(8)
    expect(stepsPerChunk(64, 16_384, 2)).toBe(2)
    expect(stepsPerChunk(64, 100_000, 2)).toBe(1)
    expect(stepsPerChunk(64, 256, 1)).toBe(64)
    expect(stepsPerChunk(4, 256, 2, 8)).toBe(4)
  })
})
