import { describe, expect, it } from 'vitest'
import { type NeuronModel, type Tensor, type Tree, cast, mul, scan, tensor } from '@spikeward/core'
import {
  atan,
  exponentialIntegrateAndFire,
  izhikevich,
  leakyIntegrator,
  norseLif,
  quadraticIntegrateAndFire,
  snnTorchLeaky,
  snnTorchSynaptic,
  spike,
  spikingJellyIf,
  spikingJellyLif,
  unroll,
} from '../src/index.js'
import type { SpikeOptions } from '../src/index.js'
import { type Trace, largestError, neuronFixture } from './golden.js'

type AnyState = { readonly membrane: Tensor; readonly synaptic?: Tensor; readonly adaptation?: Tensor }
interface Case {
  readonly model: NeuronModel<Record<never, never>, { readonly membrane: Tensor }>
  readonly spikeOptions: SpikeOptions
  /** The library's recorded synaptic current, as a multiple of ours. */
  readonly synapticScale?: number
}

const fixture = neuronFixture()
const number = (t: Trace, name: string): number => {
  const value = t.params[name]
  if (typeof value !== 'number') throw new Error(`the fixture has no number ${name}`)
  return value
}
const vReset = (t: Trace): number | null => (t.params.reset === 'soft' ? null : number(t, 'vReset'))
const reset = (t: Trace): 'subtract' | 'zero' | 'none' => t.params.reset as 'subtract' | 'zero' | 'none'

const cases: Record<string, (t: Trace) => Case> = {
  Leaky: (t) =>
    snnTorchLeaky({
      beta: number(t, 'beta'),
      threshold: number(t, 'threshold'),
      reset: reset(t),
      resetDelay: t.params.resetDelay === true,
    }),
  Synaptic: (t) =>
    snnTorchSynaptic({
      alpha: number(t, 'alpha'),
      beta: number(t, 'beta'),
      threshold: number(t, 'threshold'),
      reset: reset(t),
      resetDelay: t.params.resetDelay === true,
    }),
  IFNode: (t) => spikingJellyIf({ threshold: number(t, 'threshold'), vReset: vReset(t) }),
  LIFNode: (t) =>
    spikingJellyLif({
      tau: number(t, 'tau'),
      decayInput: t.params.decayInput === true,
      threshold: number(t, 'threshold'),
      vReset: vReset(t),
    }),
  LIFCell: (t) => ({
    ...norseLif({
      tauSynInv: number(t, 'tauSynInv'),
      tauMemInv: number(t, 'tauMemInv'),
      vLeak: number(t, 'vLeak'),
      threshold: number(t, 'threshold'),
      vReset: number(t, 'vReset'),
      dt: number(t, 'dt'),
    }),
    synapticScale: 1 - number(t, 'dt') * number(t, 'tauSynInv'),
  }),
  QIFNode: (t) => ({
    model: quadraticIntegrateAndFire({
      tau: number(t, 'tau'),
      criticalMembrane: number(t, 'vC'),
      steepness: number(t, 'a0'),
      threshold: number(t, 'threshold'),
      restMembrane: number(t, 'vRest'),
      resetMembrane: number(t, 'vReset'),
    }),
    spikeOptions: { atThreshold: 1 },
  }),
  EIFNode: (t) => ({
    model: exponentialIntegrateAndFire({
      tau: number(t, 'tau'),
      sharpness: number(t, 'deltaT'),
      rheobase: number(t, 'thetaRh'),
      threshold: number(t, 'threshold'),
      restMembrane: number(t, 'vRest'),
      resetMembrane: number(t, 'vReset'),
    }),
    spikeOptions: { atThreshold: 1 },
  }),
  IzhikevichNode: (t) => ({
    model: izhikevich({
      tau: number(t, 'tau'),
      criticalMembrane: number(t, 'vC'),
      steepness: number(t, 'a0'),
      threshold: number(t, 'threshold'),
      restMembrane: number(t, 'vRest'),
      resetMembrane: number(t, 'vReset'),
      adaptationTau: number(t, 'tauW'),
      coupling: number(t, 'a'),
      jump: number(t, 'b'),
    }),
    spikeOptions: { atThreshold: 1 },
  }),
}

const title = (t: Trace): string => `${t.library} ${t.model} ${JSON.stringify(t.params)}`

describe('golden traces', () => {
  it('has the 14 traces', () => {
    expect(fixture.traces).toHaveLength(14)
  })

  it.each(fixture.traces.map((t) => [title(t), t] as const))('%s', async (_title, t) => {
    const { model, spikeOptions, synapticScale = 1 } = cases[t.model]!(t)
    const currents = tensor(fixture.inputs[t.input]!, { dtype: 'f64' })
    const fire = spike(atan(), spikeOptions)
    type Record = { readonly state: AnyState & Tree; readonly spikes: Tensor }
    const [, record] = scan(
      (before: AnyState & Tree, x: Tensor): [AnyState & Tree, Record] => {
        const { state, output } = model.step({}, before, x, fire)
        return [state, { state, spikes: output }]
      },
      model.rest([fixture.neurons], 'f64') as AnyState & Tree,
      currents,
    )
    const bits = t.spikes.flatMap((row) => [...row].map(Number))
    expect([...(await record.spikes.data())]).toEqual(bits)
    expect(bits.reduce((a, s) => a + s, 0)).toBeGreaterThan(20)
    expect(largestError(await record.state.membrane.data(), t.membrane.flat())).toBeLessThan(1e-10)
    if (t.synaptic !== undefined) {
      const found = mul(synapticScale, record.state.synaptic!)
      expect(largestError(await found.data(), t.synaptic.flat())).toBeLessThan(1e-10)
    }
    if (t.adaptation !== undefined) {
      expect(largestError(await record.state.adaptation!.data(), t.adaptation.flat())).toBeLessThan(1e-10)
    }
  })

  it('a leaky integrator is the membrane of the neuron without a reset', async () => {
    const t = fixture.traces.find(({ params }) => params.reset === 'none')!
    const model = leakyIntegrator({ beta: Math.fround(number(t, 'beta')) })
    const currents = tensor(fixture.inputs[t.input]!, { dtype: 'f64' })
    const state = model.rest([fixture.neurons], 'f64')
    const { outputs } = unroll(model, {}, state, currents, {}, spike(atan()))
    expect(largestError(await outputs.data(), t.membrane.flat())).toBeLessThan(1e-10)
  })

  it('holds in single precision too, wherever no membrane is within rounding of the threshold', async () => {
    const t = fixture.traces.find(({ model }) => model === 'LIFNode')!
    const { model, spikeOptions } = cases.LIFNode!(t)
    const currents = cast(tensor(fixture.inputs[t.input]!, { dtype: 'f64' }), 'f32')
    const { outputs } = unroll(model, {}, model.rest([fixture.neurons]), currents, {}, spike(atan(), spikeOptions))
    expect(outputs.dtype).toBe('f32')
    expect([...(await outputs.data())].join('')).toBe(t.spikes.join(''))
  })
})
