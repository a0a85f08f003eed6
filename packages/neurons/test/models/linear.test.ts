import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NeuronModel, type Tensor, key, mul, neg, scan, tensor, uniform } from '@spikeward/core'
import {
  alpha,
  atan,
  bipolarIntegrateAndFire,
  integrateAndFire,
  lapicque,
  leakyIntegrateAndFire,
  resonateAndFire,
  spike,
  unroll,
} from '../../src/index.js'
import type { MembraneState } from '../../src/index.js'
import { largestError } from '../golden.js'

const fire = spike(atan())
const f64 = (x: readonly number[]): Tensor => tensor(x, { dtype: 'f64' })
const refuses = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error
const unknown = expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error

/** The membrane after every step, of one neuron. */
async function membranes<S extends MembraneState>(
  model: NeuronModel<Record<never, never>, S>,
  currents: readonly number[],
): Promise<number[]> {
  const step = (state: S, x: Tensor): [S, Tensor] => {
    const { state: next } = model.step({}, state, x, fire)
    return [next, next.membrane]
  }
  return [...(await scan(step, model.rest([], 'f64'), f64(currents))[1].data())]
}
const spikeTimes = async (model: NeuronModel<Record<never, never>, MembraneState>, x: number, steps: number) => {
  const s = await unroll(model, {}, model.rest([1], 'f64'), f64([x]), { steps }, fire).outputs.data()
  return [...s.keys()].filter((t) => s[t] === 1)
}
const pulse = (steps: number): number[] => Array.from({ length: steps }, (_, t) => (t === 0 ? 1 : 0))

describe('lapicque', () => {
  it('charges as its circuit does: exactly, and by Euler to first order', async () => {
    const [R, C, x, seconds] = [2, 0.05, 0.3, 0.2]
    const end = R * x * (1 - Math.exp(-seconds / (R * C)))
    const errors: number[] = []
    for (const steps of [40, 80, 160]) {
      const circuit = { resistance: R, capacitance: C, timeStep: seconds / steps, reset: 'none' } as const
      const currents = new Array<number>(steps).fill(x)
      const exact = (await membranes(lapicque({ ...circuit, method: 'exact' }), currents)).at(-1)!
      expect(Math.abs(exact - end)).toBeLessThan(1e-12)
      errors.push(Math.abs((await membranes(lapicque(circuit), currents)).at(-1)! - end))
    }
    expect(errors[0]! / errors[1]!).toBeCloseTo(2, 0)
    expect(errors[1]! / errors[2]!).toBeCloseTo(2, 0)
  })

  // With a reset to zero the interval is the first whole step past RC ln(Rx/(Rx − θ)); below the rheobase θ/R the
  // neuron never fires.
  it.each([0.49, 0.51, 0.6, 1, 2.3])('has the f–I curve of the circuit at %d A', async (x) => {
    const [R, C, dt, steps] = [2, 0.01, 0.001, 600]
    const model = lapicque({
      resistance: R,
      capacitance: C,
      timeStep: dt,
      method: 'exact',
      reset: 'zero',
      resetDelay: false,
    })
    const times = await spikeTimes(model, x, steps)
    if (R * x <= 1) return expect(times).toEqual([])
    const interval = Math.ceil((R * C * Math.log((R * x) / (R * x - 1))) / dt)
    expect(times[0]).toBe(interval - 1)
    expect(times).toHaveLength(Math.floor(steps / interval))
  })

  it('refuses a step longer than RC for Euler, and an unknown method', () => {
    expect(() => lapicque({ resistance: 1, capacitance: 1, timeStep: 2 })).toThrow(refuses)
    expect(() => lapicque({ resistance: 1, capacitance: 1, timeStep: 2, method: 'exact' })).not.toThrow()
    expect(() => lapicque({ method: 'heun' as 'euler' })).toThrow(refuses)
    expect(() => lapicque({ capacitance: 0 })).toThrow(refuses)
  })
})

describe('leakyIntegrateAndFire', () => {
  it.each([0.09, 0.12, 0.25, 0.7])('fires at the rate of its f–I curve under a current of %d', async (x) => {
    const beta = 0.9
    const times = await spikeTimes(leakyIntegrateAndFire({ beta, reset: 'zero', resetDelay: false }), x, 300)
    // u_k = x (1 − β^k)/(1 − β) passes 1 at k = ln(1 − (1 − β)/x)/ln β.
    if (x <= 1 - beta) return expect(times).toEqual([])
    const interval = Math.ceil(Math.log(1 - (1 - beta) / x) / Math.log(beta))
    expect(times).toHaveLength(Math.floor(300 / interval))
  })
})

describe('alpha', () => {
  const [a, b] = [0.92, 0.7]
  const gamma = Math.log(a) / (Math.log(b) - Math.log(a)) + 1

  it('answers an input with γ(α^k − β^k)', async () => {
    const found = await membranes(alpha({ alpha: a, beta: b, reset: 'none' }), pulse(30))
    const expected = found.map((_, k) => gamma * (a ** k - b ** k))
    expect(largestError(found, expected)).toBeLessThan(1e-13)
    const peak = Math.log(Math.log(b) / Math.log(a)) / Math.log(a / b)
    expect(Math.abs(found.indexOf(Math.max(...found)) - peak)).toBeLessThan(1)
  })

  it('settles at γ x (1/(1 − α) − 1/(1 − β)) under a constant current', async () => {
    const found = await membranes(alpha({ alpha: a, beta: b, reset: 'none' }), new Array<number>(600).fill(0.02))
    expect(found.at(-1)).toBeCloseTo(0.02 * gamma * (1 / (1 - a) - 1 / (1 - b)), 12)
  })

  it.each(
    (['zero', 'subtract', 'none'] as const).flatMap((reset) => [true, false].map((delay) => [reset, delay] as const)),
  )('follows its equations, reset %s, delayed %s', async (reset, delay) => {
    const model = alpha({ alpha: a, beta: b, reset, resetDelay: delay, threshold: 0.8 })
    const x = uniform(key(9), [60], { min: 0, max: 0.5, dtype: 'f64' })
    const { outputs } = unroll(model, {}, model.rest([], 'f64'), x, {}, fire)
    let [e, i, u] = [0, 0, 0]
    const settle = (fired: boolean): void => {
      if (fired && reset === 'zero') [e, i] = [0, 0]
      if (fired && reset === 'subtract') e -= 0.8 / gamma
      u = gamma * (e + i)
    }
    const expected: number[] = []
    for (const now of await x.data()) {
      const before = u > 0.8
      e = a * e + now
      i = b * i - now
      settle(delay && before)
      expected.push(u > 0.8 ? 1 : 0)
      if (!delay) settle(u > 0.8)
    }
    expect([...(await outputs.data())]).toEqual(expected)
    expect(expected.reduce((p, q) => p + q, 0)).toBeGreaterThan(5)
  })

  it('refuses decays that give no positive response, and learning them', () => {
    expect(() => alpha({ alpha: 0.5, beta: 0.5 })).toThrow(refuses)
    expect(() => alpha({ alpha: 1, beta: 0.5 })).toThrow(refuses)
    expect(() => alpha({ reset: 'hard' as 'zero' })).toThrow(refuses)
    expect(() => alpha({ learn: ['beta' as 'threshold'] })).toThrow(refuses)
  })
})

describe('resonateAndFire', () => {
  const [omega, rho] = [0.4, 0.95]

  it('answers an input with ρ^k sin kω', async () => {
    const found = await membranes(resonateAndFire({ frequency: omega, decay: rho, threshold: 2 }), pulse(80))
    const expected = found.map((_, t) => rho ** (t + 1) * Math.sin((t + 1) * omega))
    expect(largestError(found, expected)).toBeLessThan(1e-13)
  })

  it('settles at the imaginary part of q x/(1 − q), q = ρ e^{jω}, under a constant current', async () => {
    const model = resonateAndFire({ frequency: omega, decay: rho, threshold: 9 })
    const found = (await membranes(model, new Array<number>(900).fill(0.3))).at(-1)!
    const [re, im] = [rho * Math.cos(omega), rho * Math.sin(omega)]
    // q/(1 − q) = q(1 − q̄)/|1 − q|² has the imaginary part Im q/|1 − q|².
    expect(found).toBeCloseTo((0.3 * im) / ((1 - re) ** 2 + im ** 2), 12)
  })

  it('fires to the rhythm of its own period more than to any other', async () => {
    const model = resonateAndFire({ frequency: Math.PI / 8, decay: 0.97, threshold: 1, reset: 'none' })
    const largest = async (period: number): Promise<number> => {
      const currents = Array.from({ length: 400 }, (_, t) => (t % period === 0 ? 0.3 : 0))
      return Math.max(...(await membranes(model, currents)))
    }
    const periods = [7, 10, 13, 16, 19, 22, 26]
    const amplitudes = await Promise.all(periods.map(largest))
    expect(periods[amplitudes.indexOf(Math.max(...amplitudes))]).toBe(16)
  })

  it('is set to j by a spike', async () => {
    const model = resonateAndFire({ frequency: Math.PI / 2, decay: 1 })
    const { state, outputs } = unroll(model, {}, model.rest([1], 'f64'), f64([1.5]), { steps: 1 }, fire)
    expect([await outputs.item(), await state.membrane.item(), await state.current.item()]).toEqual([1, 1, 0])
    const kept = resonateAndFire({ frequency: Math.PI / 2, decay: 1, reset: 'subtract', resetCurrent: false })
    const after = unroll(kept, {}, { membrane: f64([0.5]), current: f64([0]) }, f64([1.5]), { steps: 1 }, fire).state
    expect(await after.membrane.item()).toBe(0.5)
    expect(await after.current.item()).toBeCloseTo(-0.5, 12)
  })

  it('refuses a delayed reset', () => {
    expect(() => resonateAndFire({ resetDelay: true } as object)).toThrow(unknown)
  })
})

describe('bipolarIntegrateAndFire', () => {
  const currents = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 })

  it('codes any current within θ by the mean of its spikes, to θ/T', async () => {
    await fc.assert(
      fc.asyncProperty(currents, fc.boolean(), async (x, resetDelay) => {
        const model = bipolarIntegrateAndFire({ resetDelay })
        const { outputs } = unroll(model, {}, model.rest([], 'f64'), f64(x), {}, fire)
        const spikes = [...(await outputs.data())]
        expect(spikes.every((s) => s === -1 || s === 0 || s === 1)).toBe(true)
        const gap = x.reduce((p, q) => p + q, 0) - spikes.reduce((p, q) => p + q, 0)
        expect(Math.abs(gap)).toBeLessThanOrEqual(1 + 1e-9)
      }),
      { numRuns: 100 },
    )
  })

  it('is odd in its current', async () => {
    const x = uniform(key(4), [50, 6], { min: -1.5, max: 1.5, dtype: 'f64' })
    for (const reset of ['subtract', 'zero', 'none'] as const) {
      const model = bipolarIntegrateAndFire({ beta: 0.9, reset })
      const run = (y: Tensor): Tensor => unroll(model, {}, model.rest([6], 'f64'), y, {}, fire).outputs
      const found = await run(x).data()
      expect(largestError(await run(neg(x)).data(), await neg(run(x)).data())).toBe(0)
      expect(found.includes(1) && found.includes(-1)).toBe(true)
    }
  })

  it('is integrate and fire if its membrane never reaches the negative threshold', async () => {
    const x = uniform(key(4), [50, 6], { min: -0.3, max: 0.8, dtype: 'f64' })
    for (const resetDelay of [true, false]) {
      const [two, one] = [
        bipolarIntegrateAndFire({ resetDelay, negativeThreshold: 50 }),
        integrateAndFire({ resetDelay }),
      ]
      const expected = unroll(one, {}, one.rest([6], 'f64'), x, {}, fire)
      const found = unroll(two, {}, two.rest([6], 'f64'), x, {}, fire)
      expect(largestError(await found.outputs.data(), await expected.outputs.data())).toBe(0)
      expect(largestError(await found.state.membrane.data(), await expected.state.membrane.data())).toBe(0)
    }
  })

  it('subtracts its own threshold below, and resets to its own membrane', async () => {
    const off = bipolarIntegrateAndFire({ resetDelay: false, negativeThreshold: 0.25 })
    expect(await membranes(off, [-0.5])).toEqual([-0.25])
    const to = bipolarIntegrateAndFire({ resetDelay: false, reset: 'zero', resetMembrane: 0.125 })
    expect(await membranes(to, [-1.5, 2])).toEqual([0.125, 0.125])
  })

  it('learns one threshold for both signs', async () => {
    const model = bipolarIntegrateAndFire({ learn: ['threshold'] })
    const params = { threshold: f64([0.5, 2]) }
    const run = (x: Tensor): Tensor => unroll(model, params, model.rest([2], 'f64'), x, { steps: 8 }, fire).outputs
    const x = f64([-0.3, -0.3])
    expect([...(await run(x).data())].reduce((p, q) => p + q, 0)).toBe(-4 - 1)
    expect(await run(mul(0, x)).data()).toEqual(new Float64Array(16))
  })
})
