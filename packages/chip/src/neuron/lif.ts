import { add, cast, greater, scan, where, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { checkWord, saturate, scaleDown, shiftLeft, wrap } from '../integer/integer.js'

/** Parameters of the neurons of a layer, in the chip's words. */
export interface LifParameters {
  /** Decay of the synaptic current, 0 … 2^12 − 1: after a step, (2^12 − du − 1)/2^12 of it remains on Loihi. */
  readonly du: number
  /** Decay of the membrane, 0 … 2^12 − 1. */
  readonly dv: number
  /** The bias is mantissa · 2^exponent. */
  readonly biasMant: number
  readonly biasExp: number
  /** Threshold, in units of 2^stateShift. */
  readonly vth: number
}

/** State of a layer: i32 [batch, n]. */
export type LifState = { readonly current: Tensor; readonly membrane: Tensor }

/** One step of a layer. The membrane of `charged` is the one before its reset. */
export type LifStep = { readonly state: LifState; readonly charged: LifState; readonly spikes: Tensor }

/**
 * Checks parameters against the chip's words.
 *
 * @throws CHIP_RANGE
 */
export function checkLif(chip: Chip, p: LifParameters): void {
  const decay = 2 ** chip.decayBits - 1
  const mantissa = 2 ** (chip.biasBits.mantissa - 1)
  checkWord('du', p.du, 0, decay, chip.name)
  checkWord('dv', p.dv, 0, decay, chip.name)
  checkWord('biasMant', p.biasMant, -mantissa, mantissa - 1, chip.name)
  checkWord('biasExp', p.biasExp, 0, 2 ** chip.biasBits.exponent - 1, chip.name)
  checkWord('vth', p.vth, 0, 2 ** chip.thresholdBits - 1, chip.name)
}

/** Currents and membranes of 0. */
export const lifRest = (shape: readonly number[]): LifState => ({
  current: zeros([...shape], 'i32'),
  membrane: zeros([...shape], 'i32'),
})

/**
 * One step of a layer of current-based leaky neurons in integers, U = 2^decayBits, r(x) = sign(x) ⌊|x|/U⌋:
 *
 *     u ← r(u (U − du − 1)) + a 2^stateShift         wraps at stateBits
 *     v ← r(v (U − dv)) + u + biasMant 2^biasExp     saturates at ±(2^(stateBits−1) − 1)
 *     s = v > vth 2^stateShift,  v ← 0 if s = 1
 *
 * @param activation a, the sum of the weights of this step's spikes, i32 of the state's shape
 * @see Lava's bit-accurate LIF, with which every integer agrees
 */
export function lifStep(chip: Chip, p: LifParameters, { current, membrane }: LifState, activation: Tensor): LifStep {
  const unit = 2 ** chip.decayBits
  const { decayBits, decayOffset, stateBits, stateShift } = chip
  const decayedCurrent = scaleDown(current, Math.max(0, unit - p.du - decayOffset.current), decayBits)
  const u = wrap(add(decayedCurrent, shiftLeft(activation, stateShift)), stateBits)
  const decayedMembrane = scaleDown(membrane, unit - p.dv - decayOffset.membrane, decayBits)
  const v = saturate(add(add(decayedMembrane, u), p.biasMant * 2 ** p.biasExp), stateBits)
  const fires = greater(v, p.vth * 2 ** stateShift)
  return {
    state: { current: u, membrane: where(fires, 0, v) },
    charged: { current: u, membrane: v },
    spikes: cast(fires, 'i32'),
  }
}

/** The result of {@link runLif}, each i32 [time, …]: the membrane is the one before its reset. */
export type LifTrace = { readonly current: Tensor; readonly membraneBeforeReset: Tensor; readonly spikes: Tensor }

/**
 * A layer through time, as one kernel.
 *
 * @param activation i32 [time, …]
 * @throws CHIP_RANGE if a parameter does not fit the chip's words
 * @example
 * const { spikes } = runLif(loihi1, { du: 4095, dv: 0, biasMant: 0, biasExp: 0, vth: 10 }, tensor([[6], [6]], { dtype: 'i32' }))
 * await spikes.data() // [0, 1]
 */
export function runLif(chip: Chip, p: LifParameters, activation: Tensor): LifTrace {
  checkLif(chip, p)
  const [, trace] = scan(
    (state: LifState, a: Tensor): [LifState, LifTrace] => {
      const { state: next, charged, spikes } = lifStep(chip, p, state, a)
      return [next, { current: charged.current, membraneBeforeReset: charged.membrane, spikes }]
    },
    lifRest(activation.shape.slice(1)),
    activation,
  )
  return trace
}
