import type { FloatDType, OperatorTensors, Tree, Variables } from '@spikeward/core'
import type { SharedReadout } from '../sharedReadout.js'
import { branchReadoutParts } from './branchReadoutParts.js'
import { operatorReadoutSettings } from './operatorReadoutSettings.js'
import type { ReadoutParts, ReadoutSettings, Solvable, SolveOperatorReadoutOptions } from './operatorReadoutSettings.js'
import { trunkReadoutParts } from './trunkReadoutParts.js'

/** The parts of a solve of the readouts that a network shows: of its one branch, and else of its trunk. */
export const operatorReadoutParts = <P extends Tree, F extends Tree>(
  network: Solvable<Variables<P, F>>,
  settings: ReadoutSettings,
  precision: FloatDType,
): ReadoutParts<P, F> =>
  ('branchFeatures' in network
    ? branchReadoutParts(network as never, settings, precision)
    : trunkReadoutParts(network as never, settings, precision)) as unknown as ReadoutParts<P, F>

/**
 * The parts of {@link solveOperatorReadout} for several processes: `shared` of a callback of `fit`, together with `run:
 * solveOperatorReadout(…)`. Both give the same readouts for any number of processes: the sums of the parts are added in
 * a fixed order, and every process computes the readouts from them, and the features of the trunk. All sums and solves
 * are in double precision.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const sharedOperatorReadout = <P extends Tree, F extends Tree>(
  network: Solvable<Variables<P, F>>,
  options: SolveOperatorReadoutOptions = {},
): SharedReadout<Variables<P, F>, P, OperatorTensors> =>
  operatorReadoutParts(network, operatorReadoutSettings(network, options), 'f64')
