import { SpikewardError, defineOptions, flag, readOptions } from '@spikeward/core'
import type { OperatorTensors, OptionsOf, Tensor, Tree, Variables } from '@spikeward/core'
import { amplitudeOption, hardOption, lambdaOption, passesOption } from '../solverOptions.js'
import type { BranchNetwork, TrunkNetwork } from '../../networks/branchNetwork.js'
import type { SharedReadout } from '../sharedReadout.js'

/** Options of a solve of the readouts of an operator network. */
export const operatorReadoutOptions = /* @__PURE__ */ defineOptions(() => ({
  /**
   * Penalty on the change of a readout, relative to the mean square of a feature. Default 1e-4. A smaller one fits
   * better and has larger weights, which make the training of hidden layers between two solves unstable: on poisson1d
   * by eligibility 1e-4 ends at 0.0098 and 1e-6 at 0.034. In single precision, on a backend without f64, one that is
   * too small is raised tenfold.
   */
  lambda: lambdaOption,
  /** Solves, each for the error that the previous ones left. Default 8. */
  passes: passesOption,
  /** Output transform around the network, if any. Its factor must not depend on f. */
  hard: hardOption,
  /**
   * Amplitude divided out around the network, see {@link withAmplitude}. It weights least squares by α². Default: none.
   */
  amplitude: amplitudeOption,
  /**
   * Whether to solve for the readout of the trunk after that of the branch. Default: if the network shows its trunk and
   * has one output.
   */
  trunk: flag({ computed: 'whether the network shows its trunk and has one output', help: 'solve for the trunk too' }),
}))

/** Options of {@link solveOperatorReadout}. */
export type SolveOperatorReadoutOptions = OptionsOf<typeof operatorReadoutOptions>

/** A network whose readouts can be solved for: of its one branch, or of its trunk. */
export type Solvable<V extends Tree> = BranchNetwork<V> | TrunkNetwork<V>

/** The settings of a solve, with `trunk` decided. */
export type ReadoutSettings = ReturnType<typeof operatorReadoutSettings>

/** A solve in parts, and the number of sums of a part, from what `prepare` returns. */
export type ReadoutParts<P extends Tree, F extends Tree> = SharedReadout<Variables<P, F>, P, OperatorTensors> & {
  readonly lengthOf: (prepared: readonly Tensor[]) => number
}

/**
 * The settings of a solve for a network, with `trunk` decided.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function operatorReadoutSettings<V extends Tree>(network: Solvable<V>, options: SolveOperatorReadoutOptions) {
  const filled = readOptions('solveOperatorReadout', operatorReadoutOptions, options)
  const solvable = network.outputs === 1 && 'trunkFeatures' in network
  const { trunk = solvable } = filled
  if (trunk && !solvable) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveOperatorReadout: trunk is true for ${network.name} with ${network.outputs} outputs; only the trunk of a ` +
        'DeepONet or a MIONet of one output has a readout to solve for; leave trunk out',
    )
  }
  if (!trunk && !('branchFeatures' in network)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveOperatorReadout: ${network.name} with ${network.outputs} outputs has no readout to solve for but that of its trunk, for one ` +
        'output; do not set trunk to false, or train without solves',
    )
  }
  return { ...filled, trunk }
}
