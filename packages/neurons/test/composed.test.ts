import { describe, expect, it } from 'vitest'
import {
  abs,
  add,
  jit,
  jvp,
  key,
  matmul,
  mul,
  normal,
  onesLike,
  scan,
  slice,
  sub,
  sum,
  tanh,
  tensor,
  uniform,
  zeros,
} from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { failuresOf, neuronChecks, neuronUnderTest } from '@spikeward/testkit'
import {
  bipolarIntegrateAndFire,
  atan,
  integrateAndFire,
  leakyIntegrateAndFire,
  leakyIntegrator,
  parametricLeakyIntegrateAndFire,
  recurrent,
  sigmaDelta,
  spike,
  unroll,
  variableSpiking,
  winners,
} from '../src/index.js'
import { largestError, neuronFixture } from './golden.js'

const fire = spike(atan())
const f64 = (x: readonly number[]): Tensor => tensor(x, { dtype: 'f64' })
const refuses = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error
const unknown = expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error

describe('parametricLeakyIntegrateAndFire', () => {
  const fixture = neuronFixture()
  const traces = fixture.traces.filter(({ model }) => model === 'LIFNode')

  it.each(traces.map((t) => [JSON.stringify(t.params), t] as const))(
    'before training is the LIFNode of the golden trace %s',
    async (_title, t) => {
      const soft = t.params.reset === 'soft'
      const model = parametricLeakyIntegrateAndFire({
        tau: t.params.tau as number,
        decayInput: t.params.decayInput === true,
        ...(soft ? { reset: 'subtract' } : { resetMembrane: t.params.vReset as number }),
      })
      const { leakLogit } = model.init(key(0), fixture.neurons)
      expect(leakLogit.shape).toEqual([])
      // The logit in double precision: as many digits as the trace has.
      const params = { leakLogit: tensor(-Math.log((t.params.tau as number) - 1), { dtype: 'f64' }) }
      expect(await leakLogit.item()).toBeCloseTo(await params.leakLogit.item(), 6)
      const currents = tensor(fixture.inputs[t.input]!, { dtype: 'f64' })
      const [, record] = scan(
        (before: ReturnType<typeof model.rest>, x: Tensor) => {
          const { state, output } = model.step(params, before, x, spike(atan(), { atThreshold: 1 }))
          return [state, [output, state.membrane] as const] as const
        },
        model.rest([fixture.neurons], 'f64'),
        currents,
      )
      expect([...(await record[0].data())].join('')).toBe(t.spikes.join(''))
      expect(largestError(await record[1].data(), t.membrane.flat())).toBeLessThan(1e-10)
    },
  )

  it('has the derivative of β = 1 − σ(w), and none beyond where a sigmoid saturates', async () => {
    const model = parametricLeakyIntegrateAndFire({ reset: 'none', decayInput: false, shared: false })
    const end = (leakLogit: Tensor): Tensor =>
      unroll(model, { leakLogit }, model.rest([2], 'f64'), f64([0.2, 0.2]), { steps: 3 }, fire).state.membrane
    const w = f64([0.4, 40])
    const [value, slope] = jvp(end, [w], [onesLike(w)])
    const sigma = 1 / (1 + Math.exp(-0.4))
    const beta = 1 - sigma
    // u₃ = x(1 + β + β²)
    expect((await value.data())[0]).toBeCloseTo(0.2 * (1 + beta + beta ** 2), 12)
    expect((await slope.data())[0]).toBeCloseTo(0.2 * (1 + 2 * beta) * -sigma * (1 - sigma), 12)
    expect(Math.abs((await slope.data())[1]!)).toBeLessThan(1e-15)
  })

  it('learns a threshold beside it, and refuses a time constant of a step', () => {
    const params = parametricLeakyIntegrateAndFire({ learn: ['threshold'], shared: false }).init(key(0), 3)
    expect([params.threshold.shape, params.leakLogit.shape]).toEqual([[3], [3]])
    expect(() => parametricLeakyIntegrateAndFire({ tau: 1 })).toThrow(refuses)
    expect(() => parametricLeakyIntegrateAndFire({ beta: 0.5 } as object)).toThrow(unknown)
  })
})

describe('variableSpiking', () => {
  const x = uniform(key(2), [40, 6], { min: -0.2, max: 0.8, dtype: 'f64' })
  const gate = leakyIntegrateAndFire({ beta: 0.8, reset: 'zero', resetDelay: false, resetDetached: false })
  const spikes = unroll(gate, {}, gate.rest([6], 'f64'), x, {}, fire)

  it('sends the activation of its current when a leaky neuron would fire, else nothing', async () => {
    const own = (y: Tensor): Tensor => add(y, 2)
    for (const [activation, phi] of [
      ['identity', (y: Tensor) => y],
      ['tanh', tanh],
      [own, own],
    ] as const) {
      const model = variableSpiking({ beta: 0.8, activation })
      const { outputs, state } = unroll(model, {}, model.rest([6], 'f64'), x, {}, fire)
      expect(largestError(await outputs.data(), await mul(spikes.outputs, phi(x)).data())).toBe(0)
      expect(largestError(await state.membrane.data(), await spikes.state.membrane.data())).toBe(0)
    }
    const s = await spikes.outputs.data()
    expect(s.includes(1) && s.includes(0)).toBe(true)
  })

  it('has both parts of the derivative of a product', async () => {
    const model = variableSpiking({ beta: 0.8, activation: 'tanh' })
    const tangent = normal(key(3), [40, 6], { dtype: 'f64' })
    const run = (y: Tensor): Tensor => unroll(model, {}, model.rest([6], 'f64'), y, {}, fire).outputs
    const gated = (y: Tensor): Tensor => unroll(gate, {}, gate.rest([6], 'f64'), y, {}, fire).outputs
    const [, found] = jvp(run, [x], [tangent])
    const [s, ds] = jvp(gated, [x], [tangent])
    const [phi, dphi] = jvp(tanh, [x], [tangent])
    expect(largestError(await found.data(), await add(mul(ds, phi), mul(s, dphi)).data())).toBeLessThan(1e-12)
  })

  it('sends values of both signs when it is signed', async () => {
    const both = uniform(key(4), [40, 6], { min: -0.8, max: 0.8, dtype: 'f64' })
    const ternary = bipolarIntegrateAndFire({ beta: 0.8, reset: 'zero', resetDelay: false, resetDetached: false })
    const sent = unroll(ternary, {}, ternary.rest([6], 'f64'), both, {}, fire).outputs
    const model = variableSpiking({ beta: 0.8, activation: 'tanh', signed: true })
    const { outputs } = unroll(model, {}, model.rest([6], 'f64'), both, {}, fire)
    expect(largestError(await outputs.data(), await mul(sent, abs(tanh(both))).data())).toBe(0)
    const signs = new Set((await outputs.data()).map((v) => Math.sign(v)))
    expect([...signs].sort((a, b) => a - b)).toEqual([-1, 0, 1])
  })

  it('refuses an activation that it does not know', () => {
    expect(() => variableSpiking({ activation: 'gelu' as 'tanh' })).toThrow(refuses)
  })
})

describe('winners', () => {
  const [n, k] = [7, 2]
  const x = uniform(key(2), [12, 3, n], { min: 0, max: 2 })
  const model = integrateAndFire({ reset: 'zero', resetDelay: false })
  const sums = async (spikes: Tensor): Promise<number[]> => Array.from(await sum(spikes, -1).data(), Number)
  const outputsOf = (one: NeuronModel, drive = x): Tensor => unroll(one, {}, one.rest([3, n]), drive, {}, fire).outputs

  it('lets k fire of those that would, and changes nothing where no more would', async () => {
    const start = slice(x, [0, 0, 0], [1, 3, n])
    const [all, chosen] = [await sums(outputsOf(model, start)), await sums(outputsOf(winners(model, k), start))]
    expect(chosen).toEqual(all.map((fired) => Math.min(fired, k)))
    expect(Math.max(...all)).toBeGreaterThan(k)
    expect(Math.max(...(await sums(outputsOf(winners(model, k)))))).toBe(k)
    expect(await outputsOf(winners(model, n)).data()).toEqual(await outputsOf(model).data())
  })

  it('lets the first fire of equal ones', async () => {
    expect(await outputsOf(winners(model, k), add(zeros([1, 3, n]), 2)).data()).toEqual(
      Float32Array.from({ length: 3 * n }, (_, i) => Number(i % n < k)),
    )
  })

  it.each(['f32', 'f64'] as const)('chooses as a stable sort does, %s', async (dtype) => {
    const [rows, width] = [5, 33]
    const draws = Array.from(await normal(key(4), [rows * width]).data(), Number)
    // Equal ones, both zeros, and for f64 values that are equal in f32.
    const values = draws.map((v, i) => (i % 4 === 0 ? Math.round(v) : i % 7 === 0 ? -0 : v + (i % 3) * 1e-12))
    const drive = tensor(Float64Array.from(values), { shape: [1, rows, width], dtype })
    const threshold = 0.01
    for (const count of [1, 5, 32]) {
      const layer = winners(integrateAndFire({ threshold, reset: 'zero', resetDelay: false }), count)
      const found = await unroll(layer, {}, layer.rest([rows, width], dtype), drive, {}, fire).outputs.data()
      const own = await drive.data()
      const expected = Array.from({ length: rows }, (_, r) => {
        const row = Array.from({ length: width }, (__, i) => Number(own[r * width + i]))
        const first = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, count)
        return row.map((v, i) => Number(first.includes(i) && v > threshold))
      }).flat()
      expect(Array.from(found, Number)).toEqual(expected)
    }
  })

  it('passes derivatives through the winners alone', async () => {
    const drive = tensor([[[0.2, 0.5, 3, 0.9, 0, -1, 2]]])
    const layer = winners(model, 3)
    const once = (y: Tensor): Tensor => unroll(layer, {}, layer.rest([1, n]), y, {}, fire).outputs
    const [value, slope] = jvp(once, [drive], [onesLike(drive)])
    expect(Array.from(await value.data())).toEqual([0, 0, 1, 0, 0, 0, 1])
    expect(Array.from(await slope.data(), (v) => Number(v) > 0)).toEqual([false, false, true, true, false, false, true])
  })

  it('has k winners of either sign for sigma–delta units', async () => {
    const signed = winners(sigmaDelta({ threshold: 0.1, activation: 'identity' }), k)
    const changes = await unroll(signed, {}, signed.rest([3, n]), sub(x, 1), {}, fire).outputs.data()
    const counts = Array.from({ length: changes.length / n }, (_, row) =>
      [1, -1].map((sign) => changes.slice(row * n, (row + 1) * n).filter((v) => v * sign > 0).length),
    )
    expect(Math.max(...counts.flat())).toBe(k)
  })

  it.each([0, 1.5])('refuses %d winners', (count) => {
    expect(() => winners(model, count)).toThrow(refuses)
  })
})

describe('recurrent', () => {
  const n = 5
  const model = leakyIntegrateAndFire({ learn: ['beta'] })
  const layer = recurrent(model)
  const x = uniform(key(1), [20, 3, n], { min: 0, max: 0.6 })

  it('is the model itself without feedback', async () => {
    const silent = recurrent(model, { gain: 0 })
    const params = silent.init(key(0), n)
    const found = unroll(silent, params, silent.rest([3, n]), x, {}, fire)
    const expected = unroll(model, { beta: params.beta }, model.rest([3, n]), x, {}, fire)
    expect([...(await found.outputs.data())]).toEqual([...(await expected.outputs.data())])
  })

  it('drives every neuron by the previous outputs of all neurons', async () => {
    const params = layer.init(key(0), n)
    expect(params.feedbackWeight.shape).toEqual([n, n])
    const { outputs } = unroll(layer, params, layer.rest([3, n]), x, {}, fire)
    expect((await outputs.data()).includes(1)).toBe(true)
    // The same current given from outside to the model itself.
    const own = { beta: params.beta }
    const [, replayed] = scan(
      (c: ReturnType<typeof model.rest>, now: readonly [Tensor, Tensor]) => {
        const { state, output } = model.step(own, c, add(now[0], matmul(now[1], params.feedbackWeight)), fire)
        return [state, output] as const
      },
      model.rest([3, n]),
      [x, shifted(outputs)] as const,
    )
    expect([...(await replayed.data())]).toEqual([...(await outputs.data())])
  })

  // Inhibition of all by all, −w/n each: in the mean every neuron takes in x − w r and lets out θ r.
  it.each([0.1, 0.3, 0.6])('fires at x/(θ + w) under all-to-all inhibition, at a current of %d', async (current) => {
    const [w, steps] = [0.8, 4000]
    const inhibited = recurrent(integrateAndFire())
    const params = { feedbackWeight: mul(-w / n, add(zeros([n, n], 'f64'), 1)) }
    const start = { ...inhibited.rest([n], 'f64'), membrane: uniform(key(7), [n], { dtype: 'f64' }) }
    const { outputs } = unroll(inhibited, params, start, f64(new Array<number>(n).fill(current)), { steps }, fire)
    const rate = (await sum(outputs).item()) / (n * steps)
    expect(Math.abs(rate - current / (1 + w))).toBeLessThan(3 / steps)
  })

  it('is accepted by scan under jit, and declares that it is not pointwise', async () => {
    const params = layer.init(key(0), n)
    const run = (y: Tensor): Tensor => unroll(layer, params, layer.rest([3, n]), y, {}, fire).outputs
    const compiled = jit((y: Tensor) => jvp(run, [y], [onesLike(y)]))
    const [value, slope] = jvp(run, [x], [onesLike(x)])
    const [v, s] = compiled(x)
    expect([...(await v.data())]).toEqual([...(await value.data())])
    expect(largestError(await s.data(), await slope.data())).toBeLessThan(1e-4)
    expect(compiled.inspect(x).plan.steps.some(({ kind }) => kind === 'loop')).toBe(true)
    expect(layer.pointwise).toBe(false)
  })

  it('fails the contract of a pointwise model', async () => {
    const failures = await failuresOf(
      neuronChecks(),
      neuronUnderTest(() => layer),
    )
    const messages = [...failures.values()].map(String).join('\n')
    for (const what of ['has shape [3, 3] for 3 neurons', 'changes another neuron', 'did not become one kernel']) {
      expect(messages).toContain(what)
    }
  })

  it('takes models that are not spiking, and refuses one that is recurrent already', () => {
    const graded = recurrent(leakyIntegrator())
    expect(graded.rest([n], 'f64').feedback.dtype).toBe('f64')
    const twice = recurrent(layer as never)
    expect(() => twice.rest([n])).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }) as Error)
    expect(() => recurrent(model, { gain: -1 })).toThrow(refuses)
  })
})

/** The outputs one step later, nothing at first: [time, …]. */
function shifted(outputs: Tensor): Tensor {
  const [, late] = scan((before: Tensor, now: Tensor) => [now, before] as const, zeros(outputs.shape.slice(1)), outputs)
  return late
}
