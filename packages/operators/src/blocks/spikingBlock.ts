import { mean, mul, sub } from '@spikeward/core'
import type { NeuronModel, Surrogate } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { affine } from '../shared/affine.js'
import { spikingMlp } from '../spikingMlp/spikingMlp.js'
import type { SpikingMlpVariables } from '../spikingMlp/spikingMlp.js'
import type { Block, BlockPlace } from './block.js'

/** A block of spiking neurons, read out by its mean spike rates. */
export type SpikingBlockOptions = {
  readonly kind: 'spiking'
  /** Neurons of each hidden layer. */
  readonly hidden: readonly number[]
  /** The neuron model of all layers, such as `leakyIntegrateAndFire({ beta: 1 })`. */
  readonly neuron: NeuronModel
  /** What stands for the derivative of a spike, such as `atan()`. */
  readonly surrogate: Surrogate
  /** Steps of time T. */
  readonly time: number
  /** See {@link spikingMlp}. */
  readonly chunk?: number
  /** See {@link spikingMlp}. */
  readonly membrane?: readonly [number, number]
  /** Factor on the weights U(±2) of the first layer. Default √(2/inputs), at most 1: currents as with two inputs. */
  readonly gain?: number
}

/**
 * A {@link spikingMlp} as a block: r = mean spike rates of the last layer, y = (r − c)W + b.
 *
 * Initialised as that one, but that first-layer weights are scaled by `gain` (fifty sensors drive a neuron no harder
 * than two coordinates do), and that rates are centred on the inputs that it is given as a sample, where it is given one:
 * sensor values of smooth functions are nothing like independent uniform numbers.
 */
export function spikingBlock(options: SpikingBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, neuron, surrogate, time, chunk, membrane, gain = Math.min(1, Math.sqrt(2 / inputs)) } = options
  const network = spikingMlp({
    inputs,
    outputs,
    hidden,
    neuron,
    spike: spike(surrogate),
    time,
    dtype,
    ...(chunk === undefined ? {} : { chunk }),
    ...(membrane === undefined ? {} : { membrane }),
  })
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: true, smoothness: surrogate.smoothness },
    init(key, sample) {
      const fresh = network.init(key)
      if (gain === 1 && sample === undefined) return fresh
      const [first, ...rest] = fresh.trained.layers
      const layers = [{ ...first!, weight: mul(first!.weight, gain) }, ...rest]
      const variables = { trained: { ...fresh.trained, layers }, fixed: fresh.fixed }
      if (sample === undefined) return variables
      return { ...variables, fixed: { ...fresh.fixed, centre: mean(network.features(variables, sample), 0) } }
    },
    features(variables, x) {
      const v = variables as SpikingMlpVariables
      return sub(network.features(v, x), v.fixed.centre)
    },
    apply: (variables, x) => affine(block.features(variables, x), variables.trained.readout),
    inside: {
      affineLayers: network.affineLayers,
      perturb: (variables, x, perturbations) => network.perturb(variables as SpikingMlpVariables, x, perturbations),
    },
  }
  return block
}
