import {
  SpikewardError,
  add,
  cast,
  coordsFrom,
  coordsShape,
  concatenate,
  equal,
  expandDims,
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
import type { HardConditions, OperatorTensors, Tensor, Tree } from '@spikeward/core'
import { perFunction } from '../wrappers/amplitude.js'
import type { Amplitude } from '../wrappers/amplitude.js'
import { accumulate, affineSolver, bilinear } from './affineSolver.js'
import type { BlockTrained } from '../blocks/block.js'
import type { BranchNetwork } from '../networks/branchNetwork.js'
import type { DeepOnet, DeepOnetVariables } from '../networks/deepOnet.js'
import { checkCounts } from '../shared/checkOptions.js'
import { affine } from '../shared/affine.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link solveOperatorReadout}. */
export type SolveOperatorReadoutOptions = {
  /** Penalty on the change of a readout, relative to the mean square of a feature. Default 1e-4. */
  readonly lambda?: number
  /** Solves, each of what the ones before have left. Default 8. */
  readonly passes?: number
  /** The transform that the network is wrapped in, where it is; its factor must not depend on f. */
  readonly hard?: HardConditions
  /** The amplitude that is divided out around it, see {@link withAmplitude}: least squares weighted by α². Default: none. */
  readonly amplitude?: Amplitude
  /** Whether to solve for the trunk's readout as well, after the branch's. Default: where the network shows its trunk and has one output. */
  readonly trunk?: boolean
}

type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/**
 * The exact readouts of an operator network for the features as they are, over all functions and points given. The output
 * is u = g + m(x) · Σ_k z_k t_k(x) with z = Φ_b W_b + c_b, so that, given the t_k, least squares for W_b separates:
 *
 *     ΔW_b = (Φ_bᵀΦ_b)⁻¹ Φ_bᵀ Y T (TᵀT)⁻¹,   Y = u − g − z Tᵀ [N, P],  T = m t [P, p],   both Gram matrices with a penalty
 *
 * and the same for the trunk's readout, given z. Where an amplitude is divided out, z is α times that, and the rows of Φ_b count by α². Each is exact with the other held; no product grows beyond N·P·p.
 * Features of smooth functions are nearly dependent, and f32 asks for a penalty that is far from small. So a readout is built up
 * from zero in a few passes, each with the penalty on its own change: what one leaves, the next takes up (iterated
 * Tikhonov regularisation). The result does not depend on the readouts that were there.
 * Pure and traceable: an interlude of a run, `{ every: 20, run: solveOperatorReadout(network) }`, leaves the hidden layers
 * to the estimator. Several outputs are so many more points to the branch, whatever they share; the trunk is left as it is then.
 *
 * @param network unwrapped; name its hard conditions in the options
 * @returns what replaces the learned variables
 * @throws INVALID_OPTION
 */
export function solveOperatorReadout<P extends WithBranch, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  options: SolveOperatorReadoutOptions = {},
): (variables: Variables<P, F>, data: OperatorTensors) => P {
  const {
    lambda = 1e-4,
    passes = 8,
    hard,
    amplitude,
    trunk = network.outputs === 1 && 'trunkFeatures' in network,
  } = options
  checkCounts('solveOperatorReadout', { passes })
  const fits =
    lambda > 0 && Number.isFinite(lambda) && (!trunk || (network.outputs === 1 && 'trunkFeatures' in network))
  if (!fits) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveOperatorReadout: lambda = ${lambda}, ${network.outputs} outputs, trunk: ${trunk}; give a finite number above 0, and ` +
        'a DeepONet of one output where the trunk is to be solved for',
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
      return { weight: slice(both, [0, 0], [width, p]), bias: reshape(slice(both, [width, 0], [width + 1, p]), [p]) }
    })
    return { ...trained, trunk: { ...old, readout: found } }
  }
}
