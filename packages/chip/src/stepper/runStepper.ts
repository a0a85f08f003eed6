import { add, cast, notEqual, scan, sub, sum, tensor, zeros } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { saturate, scaleDown, wrap } from '../integer/integer.js'
import { sigmaDeltaRest, sigmaDeltaStep } from '../neuron/sigmaDelta.js'
import type { SigmaDeltaParameters, SigmaDeltaWords } from '../neuron/sigmaDelta.js'
import { convolutionActivation } from '../synapse/convolution.js'
import { riseOf } from './chipStepper.js'
import type { ChipRollout, ChipStepper } from './chipStepper.js'
import { runFewSpike } from './runFewSpike.js'

/** The states of all units, of which the first are the field, and the sums of the last convolution. */
type State = { readonly units: readonly SigmaDeltaWords[]; readonly sums: Tensor }

/** The part of a time-stepper that fine-tuning changes, as tensors: thresholds, biases and gains of each layer. */
export type StepperUnits = {
  /** Gains of a layer are one tensor, or none if all are 1. */
  readonly layers: readonly { readonly vth: Tensor; readonly bias: Tensor; readonly gains: readonly Tensor[] }[]
  readonly outBias: Tensor
}

const words = (data: Int32Array, shape: readonly number[], backend?: Backend): Tensor =>
  tensor(data, { shape: [...shape], dtype: 'i32', ...(backend ? { backend } : {}) })

/** The units of a time-stepper as tensors, which a compiled {@link runStepper} takes as arguments. */
export const stepperUnits = ({ layers, outBias }: ChipStepper, backend?: Backend): StepperUnits => ({
  layers: layers.map(({ vth, bias, gains, inputs, outputs }) => ({
    ...{ vth: words(vth, [inputs], backend), bias: words(bias, [inputs], backend) },
    gains: gains === undefined ? [] : [words(gains, [outputs], backend)],
  })),
  outBias: words(outBias, [outBias.length], backend),
})

/** Numbers of a field in the integers of the chip: rounded, and clipped to the word of a state. */
export function fieldWords({ chip, fieldScale }: ChipStepper, values: ArrayLike<number>): Int32Array {
  const most = 2 ** (chip.stateBits - 1) - 1
  return Int32Array.from(values, (v) => Math.min(most, Math.max(-most, Math.round(v * fieldScale))))
}

/**
 * Steps of a time-stepper in the integers of a chip, event by event: the same on every backend. In each step the units
 * of each layer send the changes of their values that reach a threshold, as graded spikes, and the next layer adds up
 * what its convolution gives for them:
 *
 *     σ ← wrap(σ + a),   y = φ(σ + b 2^e),   δ = y − 2^e x̂;   m = ⌊δ / 2^e⌋ where |δ| ≥ θ 2^e, else 0;   x̂ ← x̂ + m,   a' = W ∗ m
 *     u ← saturate(u + (s + b) · multiplier · 2^(shift − decayBits) − (u − 2^e x̂) · leak · 2^−decayBits)
 *
 * s are the sums of the last convolution, and the units of the field send changes of u itself. Layers start from their
 * values for the constant field `rest`. On a chip the layers of a step take one time step each.
 *
 * Few-spike units (`cycle`) send no changes but the digits of their values; see `fewSpikeStep`.
 *
 * @param fields i32 [batch, …cells, channels]; see {@link fieldWords}
 * @param own thresholds, biases and gains in the place of the network's; only for sigma–delta units
 * @example
 * const u = tensor(fieldWords(network, initial), { shape: [n, 256, 1], dtype: 'i32' })
 * const { fields, messages } = runStepper(network, u, 20)
 */
export function runStepper(
  network: ChipStepper,
  fields: Tensor,
  steps: number,
  backend?: Backend,
  own: StepperUnits = stepperUnits(network, backend),
): ChipRollout {
  const { chip, edges, layers, leak, cycle } = network
  if (cycle !== null) return runFewSpike(network, cycle, fields, steps, backend)
  const parts = layers.map(({ kernel, inputs, outputs, weights, format, stateExp }, l) => {
    const kernelWords = words(weights, [...kernel, inputs, outputs], backend)
    const { vth, bias, gains } = own.layers[l]!
    const units: SigmaDeltaParameters = {
      ...{ vth, bias, activation: l === 0 ? 'unit' : 'relu' },
      ...{ unit: 'sigmaDelta', cumulativeError: false, spikeExp: 0, stateExp, residueIn: 'message' },
    }
    const reads = (sent: Tensor): Tensor => {
      const arrived = convolutionActivation(chip, format, sent, kernelWords, edges)
      return gains[0] === undefined ? arrived : scaleDown(arrived, gains[0], chip.decayBits - 1)
    }
    return { units, reads }
  })
  /** One pass through the layers: the field is the state of the first units. */
  const pass = (
    { units, sums }: State,
    least?: number,
  ): { readonly state: State; readonly sent: readonly Tensor[] } => {
    const sent: Tensor[] = []
    const next: SigmaDeltaWords[] = []
    let arrived: Tensor | null = null
    for (const [l, { units: p, reads }] of parts.entries()) {
      const before = units[l]!
      const sigma: Tensor = arrived === null ? before.sigma : wrap(add(before.sigma, arrived), chip.stateBits)
      const nothing = zeros(sigma.shape, 'i32')
      const step = sigmaDeltaStep(least === undefined ? p : { ...p, vth: least }, { ...before, sigma }, nothing)
      next.push(step.state)
      sent.push(step.sent)
      arrived = reads(step.sent)
    }
    return { state: { units: next, sums: wrap(add(sums, arrived!), chip.stateBits) }, sent }
  }
  const moved = ({ units, sums }: State): State => {
    const [first, ...others] = units as readonly [SigmaDeltaWords, ...SigmaDeltaWords[]]
    const { sigma: u, value, residue } = first
    // The sum of all messages of a unit, in the unit of its state, is its last value without the residue.
    const rest = sub(u, sub(value, residue))
    const sigma = saturate(
      sub(add(u, riseOf(network, sums, own.outBias)), scaleDown(rest, leak, chip.decayBits)),
      chip.stateBits,
    )
    return { units: [{ ...first, sigma }, ...others], sums }
  }
  const [batch, ...place] = fields.shape as [number, ...number[]]
  const shapes = layers.map(({ inputs }) => [batch, ...place.slice(0, -1), inputs])
  const begin: State = {
    units: shapes.map((shape) => sigmaDeltaRest(shape)),
    sums: zeros([...shapes[0]!.slice(0, -1), layers.at(-1)!.outputs], 'i32'),
  }
  const [field, ...hidden] = begin.units as readonly [SigmaDeltaWords, ...SigmaDeltaWords[]]
  const at = Int32Array.from([network.rest].flat())
  const rest = { ...field, sigma: add(field.sigma, words(at, [at.length], backend)) }
  const { state: resting } = pass({ ...begin, units: [rest, ...hidden] }, 1)
  const [start, ...after] = resting.units as readonly [SigmaDeltaWords, ...SigmaDeltaWords[]]
  const cellAxes = place.map((_, a) => a + 1)
  const [, trace] = scan(
    (state: State): [State, ChipRollout] => {
      const { state: passed, sent } = pass(state)
      const next = moved(passed)
      const messages = sent.map((m) => sum(cast(notEqual(m, 0), 'i32'), cellAxes))
      return [next, { fields: next.units[0]!.sigma, messages }]
    },
    { units: [{ ...start, sigma: fields }, ...after], sums: resting.sums },
    null,
    { length: steps },
  )
  return trace
}
