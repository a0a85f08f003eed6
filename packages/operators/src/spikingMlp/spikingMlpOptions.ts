import { SpikewardError } from '@spikeward/core'
import type { FloatDType, NeuronModel, Spike } from '@spikeward/core'

/** Options of {@link spikingMlp}. */
export type SpikingMlpOptions = {
  readonly inputs: number
  readonly outputs: number
  /** Neurons of each hidden layer, such as [100] or [50, 50]. */
  readonly hidden: readonly number[]
  /** The neuron model of all hidden layers, such as `leakyIntegrateAndFire({ beta: 1 })`. */
  readonly neuron: NeuronModel
  /** The spike with its surrogate, such as `spike(atan())`. */
  readonly spike: Spike
  /** Steps of time T. */
  readonly time: number
  /** Steps that a layer takes at once; memory grows with it, results do not depend on it. Default: as many as give about 16384 rows (steps · batch), 32 at most, 8 for large batches. */
  readonly chunk?: number
  /** [low, high] of each input; inputs are brought to [−1, 1] first. Default [−1, 1]. */
  readonly domain?: readonly (readonly [number, number])[]
  /** Outputs are shift + scale · affine, see {@link standardise}. Default 0 and 1. */
  readonly output?: { readonly shift: readonly number[]; readonly scale: readonly number[] }
  /** Initial membranes are uniform on this interval, drawn once, the same for every input. Default [0, 1]; [0, 0] is rest. */
  readonly membrane?: readonly [number, number]
  /** Default `f32`. */
  readonly dtype?: FloatDType
}

const known = new Set([
  'inputs',
  'outputs',
  'hidden',
  'neuron',
  'spike',
  'time',
  'chunk',
  'domain',
  'output',
  'membrane',
  'dtype',
])

const refuse = (what: string, remedy: string): never => {
  throw new SpikewardError('INVALID_OPTION', `spikingMlp: ${what}; ${remedy}`)
}

function count(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) refuse(`${name} = ${value}`, 'give a whole number of at least 1')
}

/** Throws INVALID_OPTION or UNKNOWN_OPTION for options that make no network. */
export function checkSpikingMlpOptions(o: SpikingMlpOptions): void {
  const stranger = Object.keys(o).find((name) => !known.has(name))
  if (stranger !== undefined) {
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `spikingMlp: there is no option '${stranger}'; known are ${[...known].join(', ')}`,
    )
  }
  count('inputs', o.inputs)
  count('outputs', o.outputs)
  count('time', o.time)
  if (o.chunk !== undefined) count('chunk', o.chunk)
  if (o.hidden.length === 0)
    refuse('no hidden layer', 'name at least one width: without spikes there is nothing to train')
  o.hidden.forEach((n, l) => count(`hidden[${l}]`, n))
  if (o.domain !== undefined) {
    if (o.domain.length !== o.inputs)
      refuse(`a domain of ${o.domain.length} intervals for ${o.inputs} inputs`, 'give one [low, high] for each')
    for (const [low, high] of o.domain)
      if (!(low < high && Number.isFinite(high - low)))
        refuse(`the interval [${low}, ${high}]`, 'low must be below high')
  }
  if (o.output !== undefined) {
    for (const [name, values] of Object.entries(o.output)) {
      if (values.length !== o.outputs || !values.every((v) => Number.isFinite(v))) {
        refuse(`output.${name} = [${values.join(', ')}]`, `give ${o.outputs} finite numbers`)
      }
    }
    if (o.output.scale.some((v) => v === 0))
      refuse('an output scale of 0', 'the output could never change; give another')
  }
  const [low, high] = o.membrane ?? [0, 1]
  if (!(low <= high && Number.isFinite(low) && Number.isFinite(high)))
    refuse(`membrane = [${low}, ${high}]`, 'give finite numbers, low at most high')
}
