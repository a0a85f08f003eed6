import { SpikewardError, defineFactory, defineOptions, integer } from '@spikeward/core'
import type { OptionsOf, SequenceNetwork, Variables } from '@spikeward/core'
import { type WindowFixed, overWindow, windowOptions } from './overWindow.js'
import { checkElapses } from './recurrentLayer.js'
import { type SpikingStreamParams, spikingLayerOptions, spikingStream } from './spikingStream.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...windowOptions,
  ...spikingLayerOptions,
  /** The position of an input that is Δt, the time since the step before in steps: leaks are then β^Δt. */
  elapsed: integer({
    min: 0,
    computed: 'steps are equal',
    help: 'position of the input that is the time since the step before',
  }),
}))

/** Options of {@link recurrentNetwork}. */
export type RecurrentNetworkOptions = OptionsOf<typeof options>

/**
 * A stack of recurrent spiking layers that reads a window of a sequence: {@link spikingStream} from rest, one step of
 * the network for each time step, with inputs mapped from `domain` and outputs shift + scale · y. The first
 * `steps − scored` steps set the state alone. Where steps are not equally long, `elapsed` names the input Δt, and leaks
 * are exp(−Δt/τ).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = recurrentNetwork({ inputs: 1, steps: 16, scored: 8, hidden: [8], neuron: leakyIntegrateAndFire({ beta: 0.9 }), spike: spike(atan()) })
 * network.apply(network.init(key(0)), zeros([2, 16])).shape // [2, 8]
 */
export const recurrentNetwork = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'recurrentNetwork',
    aliases: ['recurrent'],
    summary: 'recurrent spiking layers that read a window of a sequence step by step',
    options,
    facts: {
      output: 'at each step, leaky readouts of the spikes of all layers, and a linear map of the inputs',
      learns: 'sequences',
    },
  },
  (read) =>
    (settings: RecurrentNetworkOptions): SequenceNetwork<Variables<SpikingStreamParams, WindowFixed>> => {
      const filled = read(settings)
      const { inputs, outputs, hidden, neuron, spike, readoutLeak, gain, elapsed } = filled
      if (elapsed !== undefined) checkElapses('recurrentNetwork', neuron)
      if (elapsed !== undefined && elapsed >= inputs)
        throw new SpikewardError(
          'INVALID_OPTION',
          `recurrentNetwork: elapsed is ${elapsed} of ${inputs} inputs, which are counted from 0; give the position of the one that is a time`,
        )
      return overWindow(
        'recurrent',
        filled,
        spikingStream({ inputs, outputs, hidden, neuron, spike, readoutLeak, gain }),
      )
    },
)
