import {
  SpikewardError,
  concatenate,
  defineFactory,
  defineOptions,
  expandDims,
  flag,
  matmul,
  mul,
  readOptions,
  sub,
  transpose,
} from '@spikeward/core'
import type { Filled, OperatorTensors, OptionsOf, Tensor, Tree, Variables } from '@spikeward/core'
import { accumulate, affineSolver, bilinear, halvesOf } from './affineSolver.js'
import { functionSide, pointSide } from './operatorSystem.js'
import type { WithBranch } from './operatorSystem.js'
import { amplitudeOption, hardOption, lambdaOption, passesOption } from './solverOptions.js'
import type { BranchNetwork } from '../networks/branchNetwork.js'
import type { DeepOnetVariables } from '../networks/deepOnet.js'
import { affine } from '../shared/affine.js'

/** Options of {@link solveOperatorReadout}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** Penalty on the change of a readout, relative to the mean square of a feature. Default 1e-4. */
  lambda: lambdaOption,
  /** Solves, each for the error that the previous ones left. Default 8. */
  passes: passesOption,
  /** Output transform around the network, if any. Its factor must not depend on f. */
  hard: hardOption,
  /** Amplitude divided out around the network, see {@link withAmplitude}. It weights least squares by α². Default: none. */
  amplitude: amplitudeOption,
  /** Whether to solve for the readout of the trunk after that of the branch. Default: if the network shows its trunk and has one output. */
  trunk: flag({ computed: 'whether the network shows its trunk and has one output', help: 'solve for the trunk too' }),
}))

/** Options of {@link solveOperatorReadout}. */
export type SolveOperatorReadoutOptions = OptionsOf<typeof options>

/**
 * The settings with `trunk` decided for a network.
 *
 * @throws INVALID_OPTION
 */
function withTrunk<V extends Tree>(network: BranchNetwork<V>, filled: Filled<typeof options>) {
  const solvable = network.outputs === 1 && 'trunkFeatures' in network
  const { trunk = solvable } = filled
  if (trunk && !solvable) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveOperatorReadout: trunk is true for ${network.name} with ${network.outputs} outputs; only the trunk of a ` +
        'DeepONet of one output has a readout to solve for; leave trunk out',
    )
  }
  return { ...filled, trunk }
}

/** The settings of a solve for a network, checked. */
export const operatorReadoutSettings = <V extends Tree>(
  network: BranchNetwork<V>,
  given: SolveOperatorReadoutOptions,
): ReturnType<typeof withTrunk> => withTrunk(network, readOptions('solveOperatorReadout', options, given))

/**
 * The exact readouts of an operator network for its current features, over all given functions and points. The output is
 * u = g + m(x) · Σ_k z_k t_k(x) with z = Φ_b W_b + c_b, so that, for given t_k, least squares for W_b separates:
 *
 *     ΔW_b = (Φ_bᵀΦ_b)⁻¹ Φ_bᵀ Y T (TᵀT)⁻¹,   Y = u − g − z Tᵀ [N, P],  T = m t [P, p],   both Gram matrices with a penalty
 *
 * The readout of the trunk, for given z, follows in the same way. If an amplitude is divided out, z is multiplied by α and the
 * rows of Φ_b weigh α². Each solve is exact while the other readout is fixed. No product grows beyond N·P·p.
 *
 * Features of smooth functions are nearly dependent, and f32 needs a large penalty. The readout is therefore built up from
 * zero in a few passes with the penalty on the change of each (iterated Tikhonov regularisation). The result does not depend on
 * the previous readouts.
 *
 * The function is pure and traceable. As a callback of a run, `{ every: 20, run: solveOperatorReadout(network) }`, it leaves the
 * hidden layers to the estimator. Several outputs act as additional points for the branch; the trunk then keeps its readout.
 *
 * @param network without its wrappers; name its hard conditions in the options
 * @returns the new learned variables
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const solveOperatorReadout = /* @__PURE__ */ defineFactory(
  {
    kind: 'solver',
    name: 'solveOperatorReadout',
    summary: 'exact readouts of an operator network, by least squares',
    options,
  },
  (read) =>
    <P extends WithBranch, F extends Tree>(
      network: BranchNetwork<Variables<P, F>>,
      given: SolveOperatorReadoutOptions = {},
    ): ((variables: Variables<P, F>, data: OperatorTensors) => P) => {
      const { lambda, passes, hard, amplitude, trunk } = withTrunk(network, read(given))
      return (variables, data) => {
        const around = { hard, amplitude }
        const { origin, basis, weighted } = pointSide(network, variables, data, { hard, trunk })
        const { phi, alpha, y } = functionSide(network, variables, data, around, origin)
        const scaled = (z: Tensor): Tensor => (alpha === null ? z : mul(z, alpha))
        const { fixed } = variables
        const { branch } = variables.trained
        const solve = affineSolver(phi, transpose(basis), lambda, alpha)
        const readout = accumulate(branch.readout, passes, (r) => solve(sub(y, matmul(scaled(affine(phi, r)), basis))))
        const trained: P = { ...variables.trained, branch: { ...branch, readout } }
        if (weighted === null) return trained

        const z = scaled(affine(phi, readout))
        const known = { trained, fixed } as unknown as DeepOnetVariables
        const target = transpose(y)
        const solveTrunk = bilinear(weighted, z, lambda)
        const { trunk: old } = known.trained
        const found = accumulate(old.readout, passes, (r) => {
          const values = matmul(weighted, concatenate([r.weight, expandDims(r.bias, 0)], 0))
          return halvesOf(solveTrunk(sub(target, matmul(values, transpose(z)))))
        })
        return { ...trained, trunk: { ...old, readout: found } }
      }
    },
)
