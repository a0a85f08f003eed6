import { SpikewardError, choice, defineFactory, defineOptions, mul, number } from '@spikeward/core'
import type { NeuronModel, OptionsOf } from '@spikeward/core'
import { firingOptions } from '../../firing.js'
import type { Learned } from '../../learned.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...firingOptions(),
  /** Resistance R > 0 in ohms. */
  resistance: number({ min: 0, above: true, default: 1, help: 'resistance in ohms (R)' }),
  /** Capacitance C > 0 in farads. */
  capacitance: number({ min: 0, above: true, default: 10, help: 'capacitance in farads (C)' }),
  /** Duration dt > 0 of a step in seconds. */
  timeStep: number({ min: 0, above: true, default: 1, help: 'duration of a step in seconds (dt)' }),
  /** `euler` (the default) or `exact`: how β follows from dt/(RC). */
  method: choice(['euler', 'exact'], { default: 'euler', help: 'how the leak follows from dt/(RC)' }),
  /** Membrane before the first step in volts. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step in volts' }),
}))

/** Options of {@link lapicque}. */
export type LapicqueOptions = OptionsOf<typeof options>

/**
 * Lapicque's neuron: a leaky membrane as a circuit, a resistance in parallel with a capacitance.
 *
 *     RC du/dt = −u + Rx:   c(u) = βu + (1 − β)Rx,   β = 1 − dt/(RC) (`euler`) or exp(−dt/(RC)) (`exact`)
 *
 * x in amperes, u and θ in volts. Then fire and reset as {@link firingOptions} states. It is
 * `leakyIntegrateAndFire({ beta, decayInput: true })` driven by Rx.
 *
 * Lapicque, J. Physiol. Pathol. Gen. 9 (1907). snnTorch's `Lapicque` with R, C and T is `euler`. Given β instead, it
 * infers C = T/(R ln(1/β)) and then decays by 1 − ln(1/β), which is not β; and its reset to zero drops the current of
 * the step after the spike, which ours keeps.
 *
 * @throws INVALID_OPTION, also where Euler's step is not stable in sign (dt > RC)
 * @example
 * const model = lapicque({ resistance: 2, capacitance: 5, method: 'exact', reset: 'none' })
 * const { state } = unroll(model, {}, model.rest([1]), tensor([0.4]), { steps: 10 }, spike(atan()))
 * await state.membrane.item() // 0.5057
 */
export const lapicque = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'lapicque',
    summary: "Lapicque's neuron: a resistance in parallel with a capacitance",
    facts: {
      equation: 'c(u) = βu + (1 − β)Rx; β = 1 − dt/(RC), or exp(−dt/(RC))',
      use: 'parameters in units of a circuit',
    },
    options,
  },
  (read) =>
    (settings: LapicqueOptions = {}): NeuronModel<Learned<never>, MembraneState> => {
      const { resistance, capacitance, timeStep, method, ...rest } = read(settings)
      const share = timeStep / (resistance * capacitance)
      if (method === 'euler' && share > 1) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `lapicque: timeStep is ${timeStep}, above RC = ${resistance * capacitance}; Euler's step would turn the membrane's sign; shorten it or set method to 'exact'`,
        )
      }
      const beta = method === 'exact' ? Math.exp(-share) : 1 - share
      const leaky = leakyIntegrateAndFire({ ...rest, beta, decayInput: true })
      return {
        ...leaky,
        name: 'lapicque',
        step: (params, state, x, spike) => leaky.step(params, state, mul(resistance, x), spike),
      }
    },
)
