import {
  SpikewardError,
  add,
  cast,
  coordsFrom,
  coordsShape,
  concatenate,
  defineFactory,
  defineOptions,
  equal,
  expandDims,
  flag,
  full,
  iota,
  matmul,
  mul,
  onesLike,
  reshape,
  slice,
  sub,
  transpose,
  zerosLike,
} from '@spikeward/core'
import type { OperatorTensors, OptionsOf, Tensor, Tree, Variables } from '@spikeward/core'
import { perFunction } from '../wrappers/amplitude.js'
import { accumulate, affineSolver, bilinear } from './affineSolver.js'
import { amplitudeOption, hardOption, lambdaOption, passesOption } from './solverOptions.js'
import type { BlockTrained } from '../blocks/block.js'
import type { BranchNetwork } from '../networks/branchNetwork.js'
import type { DeepOnet, DeepOnetVariables } from '../networks/deepOnet.js'
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

type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

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
      const filled = read(given)
      const { lambda, passes, hard, amplitude } = filled
      const solvable = network.outputs === 1 && 'trunkFeatures' in network
      const { trunk = solvable } = filled
      if (trunk && !solvable) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `solveOperatorReadout: trunk is true for ${network.name} with ${network.outputs} outputs; only the trunk of a ` +
            'DeepONet of one output has a readout to solve for; leave trunk out',
        )
      }
      return (variables, { f, u, at }) => {
        const c = coordsFrom(at)
        const space = coordsShape(c)
        const points = space.reduce((a, b) => a * b, 1)
        const flat = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, points * network.outputs])
        const apply = (raw: Tensor): Tensor => (hard === undefined ? raw : hard.apply(raw, f, c))
        const factor = flat(
          slice(
            sub(apply(onesLike(u)), apply(zerosLike(u))),
            u.shape.map(() => 0),
            [1, ...u.shape.slice(1)],
          ),
        )

        const alpha = amplitude === undefined ? null : amplitude.of(f)
        const scaled = (z: Tensor): Tensor => (alpha === null ? z : mul(z, alpha))
        const phi = network.branchFeatures(variables, amplitude === undefined ? f : amplitude.divide(f))
        const p = variables.trained.branch.readout.bias.shape[0]!
        const eye = cast(equal(iota([p, p], 0, 'i32'), iota([p, p], 1, 'i32')), phi.dtype)
        const psi = trunk
          ? (network as unknown as DeepOnet).trunkFeatures(variables as unknown as DeepOnetVariables, c)
          : null

        const { fixed } = variables
        const { branch } = variables.trained
        const none = zerosLike(slice(eye, [0, 0], [1, p]))
        const origin = network.decode(variables, none, c)
        const level = add(origin, zerosLike(u))
        const y = flat(sub(u, apply(alpha === null ? level : mul(level, perFunction(level, alpha)))))
        const basis = mul(flat(sub(network.decode(variables, eye, c), origin)), factor)
        const solve = affineSolver(phi, transpose(basis), lambda, alpha)
        const readout = accumulate(branch.readout, passes, (r) => solve(sub(y, matmul(scaled(affine(phi, r)), basis))))
        const trained: P = { ...variables.trained, branch: { ...branch, readout } }
        if (psi === null) return trained

        const z = scaled(affine(phi, readout))
        const known = { trained, fixed } as unknown as DeepOnetVariables
        const weighted = mul(
          concatenate([psi, full([points, 1], 1, psi.dtype)], 1),
          mul(expandDims(reshape(factor, [points]), 1), known.fixed.output.scale),
        )
        const [target, width, solveTrunk] = [transpose(y), psi.shape[1]!, bilinear(weighted, z, lambda)]
        const { trunk: old } = known.trained
        const found = accumulate(old.readout, passes, (r) => {
          const values = matmul(weighted, concatenate([r.weight, expandDims(r.bias, 0)], 0))
          const both = solveTrunk(sub(target, matmul(values, transpose(z))))
          return {
            weight: slice(both, [0, 0], [width, p]),
            bias: reshape(slice(both, [width, 0], [width + 1, p]), [p]),
          }
        })
        return { ...trained, trunk: { ...old, readout: found } }
      }
    },
)
