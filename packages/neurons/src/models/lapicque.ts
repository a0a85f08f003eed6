import { SpikewardError, mul } from '@spikeward/core'
import type { NeuronModel } from '@spikeward/core'
import { firingNames } from '../firing.js'
import type { FiringOptions } from '../firing.js'
import type { Learned } from '../learned.js'
import { checkNames, checkNumber } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'

/** Options of {@link lapicque}. */
export interface LapicqueOptions extends FiringOptions {
  /** Resistance R > 0 in ohms; 1 by default. */
  readonly resistance?: number
  /** Capacitance C > 0 in farads; 10 by default. */
  readonly capacitance?: number
  /** Duration dt > 0 of a step in seconds; 1 by default. */
  readonly timeStep?: number
  /** `euler` (the default) or `exact`: how β follows from dt/(RC). */
  readonly method?: 'euler' | 'exact'
  /** Membrane before the first step in volts; 0 by default. */
  readonly initialMembrane?: number
}

/**
 * Lapicque's neuron: a leaky membrane by its circuit, a resistance beside a capacitance.
 *
 *     RC du/dt = −u + Rx:   c(u) = βu + (1 − β)Rx,   β = 1 − dt/(RC) (`euler`) or exp(−dt/(RC)) (`exact`)
 *
 * x in amperes, u and θ in volts. Then fire and reset as {@link FiringOptions} state. It is
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
export function lapicque(options: LapicqueOptions = {}): NeuronModel<Learned<never>, MembraneState> {
  const name = 'lapicque'
  checkNames(name, options, [...firingNames, 'resistance', 'capacitance', 'timeStep', 'method', 'initialMembrane'])
  const { resistance = 1, capacitance = 10, timeStep = 1, method = 'euler', initialMembrane = 0, ...fire } = options
  checkNumber(name, 'resistance', resistance, { min: 0, above: true })
  checkNumber(name, 'capacitance', capacitance, { min: 0, above: true })
  checkNumber(name, 'timeStep', timeStep, { min: 0, above: true })
  const share = timeStep / (resistance * capacitance)
  if (method !== 'exact' && method !== 'euler') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `lapicque: method is ${String(method)}; the methods are euler, exact; pass one of them`,
    )
  }
  if (method === 'euler' && share > 1) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `lapicque: timeStep is ${timeStep}, above RC = ${resistance * capacitance}; Euler's step would turn the membrane's sign; shorten it or set method to 'exact'`,
    )
  }
  const leaky = leakyIntegrateAndFire({
    ...fire,
    beta: method === 'exact' ? Math.exp(-share) : 1 - share,
    decayInput: true,
    initialMembrane,
  })
  return { ...leaky, name, step: (params, state, x, spike) => leaky.step(params, state, mul(resistance, x), spike) }
}
