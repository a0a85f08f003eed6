import { describe, expect, it } from 'vitest'
import { type Tensor, jvp, key, tensor, uniform } from '@spikeward/core'
import {
  adaptiveExponentialIntegrateAndFire,
  adaptiveLeakyIntegrateAndFire,
  atan,
  exponentialIntegrateAndFire,
  leakyIntegrateAndFire,
  spike,
  unroll,
} from '../../src/index.js'
import type { AdaptationState } from '../../src/index.js'
import { largestError } from '../golden.js'

const fire = spike(atan())
const f64 = (x: readonly number[]): Tensor => tensor(x, { dtype: 'f64' })
const refuses = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error

describe('adaptiveLeakyIntegrateAndFire', () => {
  it.each(
    (['subtract', 'zero', 'none'] as const).flatMap((reset) => [true, false].map((delay) => [reset, delay] as const)),
  )('follows its equations, reset %s, delayed %s', async (reset, delay) => {
    const [beta, theta, rho, g, steps, neurons] = [0.85, 0.6, 0.8, 0.3, 40, 4]
    const model = adaptiveLeakyIntegrateAndFire({
      beta,
      threshold: theta,
      adaptationDecay: rho,
      adaptationStrength: g,
      reset,
      resetDelay: delay,
    })
    const x = uniform(key(5), [steps, neurons], { min: 0, max: 0.8, dtype: 'f64' })
    const { outputs } = unroll(model, {}, model.rest([neurons], 'f64'), x, {}, fire)
    const currents = await x.data()
    const expected = new Float64Array(steps * neurons)
    for (let n = 0; n < neurons; n++) {
      let [u, w, last, takenOff] = [0, 0, 0, 0]
      for (let t = 0; t < steps; t++) {
        const now = currents[t * neurons + n]!
        // A delayed reset acts here, on the spike of the step before and with its threshold.
        if (delay && last === 1 && reset === 'zero') u = 0
        u = beta * u + now
        if (delay && last === 1 && reset === 'subtract') u -= takenOff
        const threshold = theta + g * w
        const s = u > threshold ? 1 : 0
        if (!delay && s === 1) u = reset === 'zero' ? 0 : reset === 'subtract' ? u - threshold : u
        ;[last, takenOff] = [s, threshold]
        w = rho * w + s
        expected[t * neurons + n] = s
      }
    }
    expect([...(await outputs.data())]).toEqual([...expected])
    expect(expected.reduce((a, b) => a + b, 0)).toBeGreaterThan(20)
  })

  it('is a leaky neuron where spikes do not raise the threshold', async () => {
    const x = uniform(key(6), [30, 5], { min: 0, max: 0.6 })
    const [rigid, leaky] = [adaptiveLeakyIntegrateAndFire({ adaptationStrength: 0 }), leakyIntegrateAndFire()]
    const found = await unroll(rigid, {}, rigid.rest([5]), x, {}, fire).outputs.data()
    const expected = await unroll(leaky, {}, leaky.rest([5]), x, {}, fire).outputs.data()
    expect(expected.includes(1)).toBe(true)
    expect([...found]).toEqual([...expected])
  })

  // In a rhythm of p steps the adaptation is ρ^(p−1)/(1 − ρ^p) when it fires, and what a period brings in, p x, is what
  // the spike takes off: p x = θ + g ρ^(p−1)/(1 − ρ^p).
  it.each([2, 3, 5, 8])('fires every %i steps at the current of its f–I curve', async (p) => {
    const [theta, rho, g, steps] = [1, 0.7, 0.5, 4000]
    const x = (theta + (g * rho ** (p - 1)) / (1 - rho ** p)) / p
    const model = adaptiveLeakyIntegrateAndFire({ beta: 1, adaptationDecay: rho, adaptationStrength: g })
    const { outputs } = unroll(model, {}, model.rest([1], 'f64'), f64([x]), { steps }, fire)
    const spikes = [...(await outputs.data())]
    const rate = spikes.reduce((a, b) => a + b, 0) / steps
    expect(Math.abs(rate - 1 / p)).toBeLessThan(5 / steps)
  })

  it('refuses a growing adaptation', () => {
    expect(() => adaptiveLeakyIntegrateAndFire({ adaptationDecay: 1.1 })).toThrow(refuses)
  })
})

describe('adaptiveExponentialIntegrateAndFire', () => {
  const options = { tau: 8, sharpness: 0.2, rheobase: 0.5, adaptationTau: 20, coupling: 0.3, threshold: 1 } as const
  const model = adaptiveExponentialIntegrateAndFire(options)
  /** At rest at u: w = a u, x = u − Δ exp((u − θ_r)/Δ) + w. */
  const resting = (u: number) => {
    const w = options.coupling * u
    const upstroke = options.sharpness * Math.exp((u - options.rheobase) / options.sharpness)
    return { x: u - upstroke + w, state: { membrane: f64([u]), adaptation: f64([w]) } }
  }

  it('rests at its fixed point, and returns to it', async () => {
    const { x, state } = resting(0.3)
    const still = unroll(model, {}, state, f64([x]), { steps: 50 }, fire).state
    expect(Math.abs((await still.membrane.item()) - 0.3)).toBeLessThan(1e-12)
    const apart = { membrane: f64([0.1]), adaptation: f64([0.2]) }
    const back = unroll(model, {}, apart, f64([x]), { steps: 600 }, fire).state
    expect(Math.abs((await back.membrane.item()) - 0.3)).toBeLessThan(1e-9)
    expect(Math.abs((await back.adaptation.item()) - 0.09)).toBeLessThan(1e-9)
  })

  it('answers a small disturbance by the powers of its Jacobian', async () => {
    const { tau, sharpness, rheobase, adaptationTau, coupling } = options
    const { x, state } = resting(0.3)
    const a = 1 + (Math.exp((0.3 - rheobase) / sharpness) - 1) / tau
    const b = -1 / tau
    let [du, dw] = [1, -0.5]
    for (let t = 0; t < 12; t++) {
      const u = a * du + b * dw
      dw = dw + (coupling * u - dw) / adaptationTau
      du = u
    }
    // Without the spike's surrogate, which has a slope below the threshold too.
    const still = adaptiveExponentialIntegrateAndFire({ ...options, jump: 0, resetDetached: true })
    const run = (s: AdaptationState): AdaptationState => unroll(still, {}, s, f64([x]), { steps: 12 }, fire).state
    const [, found] = jvp(run, [state], [{ membrane: f64([1]), adaptation: f64([-0.5]) }])
    expect(Math.abs((await found.membrane.item()) - du)).toBeLessThan(1e-12)
    expect(Math.abs((await found.adaptation.item()) - dw)).toBeLessThan(1e-12)
  })

  it('is the exponential neuron without adaptation', async () => {
    const x = uniform(key(8), [40, 3], { min: 0, max: 2, dtype: 'f64' })
    const plain = exponentialIntegrateAndFire()
    const without = adaptiveExponentialIntegrateAndFire({ coupling: 0, jump: 0 })
    const expected = unroll(plain, {}, plain.rest([3], 'f64'), x, {}, fire)
    const found = unroll(without, {}, without.rest([3], 'f64'), x, {}, fire)
    const spikes = await expected.outputs.data()
    expect(spikes.includes(1)).toBe(true)
    expect(largestError(await found.outputs.data(), spikes)).toBe(0)
    expect(largestError(await found.state.membrane.data(), await expected.state.membrane.data())).toBe(0)
  })

  it('jumps by b at a spike, and fires ever more slowly under a constant current', async () => {
    const adapting = adaptiveExponentialIntegrateAndFire({ coupling: 0, jump: 0.3, adaptationTau: 30 })
    const one = unroll(adapting, {}, adapting.rest([1], 'f64'), f64([10]), { steps: 1 }, fire)
    expect([await one.outputs.item(), await one.state.adaptation.item()]).toEqual([1, 0.3])
    const long = unroll(adapting, {}, adapting.rest([1], 'f64'), f64([1.5]), { steps: 80 }, fire)
    const spikes = await long.outputs.data()
    const times = [...spikes.keys()].filter((t) => spikes[t] === 1)
    const intervals = times.slice(1).map((t, i) => t - times[i]!)
    expect(intervals.length).toBeGreaterThan(4)
    expect(intervals.at(-1)).toBeGreaterThan(intervals[0]!)
    intervals.slice(1).forEach((d, i) => expect(d).toBeGreaterThanOrEqual(intervals[i]! - 1))
  })
})
