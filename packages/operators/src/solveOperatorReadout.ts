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
  mean,
  mul,
  onesLike,
  reshape,
  slice,
  solveSpd,
  sub,
  sum,
  transpose,
  zerosLike,
} from '@spikeward/core'
import type { HardConditions, OperatorTensors, Tensor, Tree } from '@spikeward/core'
import type { BlockTrained } from './blocks/block.js'
import type { BranchNetwork, DeepOnet, DeepOnetVariables } from './deepOnet.js'
import type { Affine, Variables } from './variables.js'

/** Options of {@link solveOperatorReadout}. */
export type SolveOperatorReadoutOptions = {
  /** Penalty, relative to the mean square of a feature. Default 1e-4. */
  readonly lambda?: number
  /** The transform that the network is wrapped in, where it is; its factor must not depend on f. */
  readonly hard?: HardConditions
  /** Whether to solve for the trunk's readout as well, after the branch's. Default: where the network shows its trunk. */
  readonly trunk?: boolean
}

type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/** A + λ tr(A)/n · I for a Gram matrix A. */
function regularised(a: Tensor, lambda: number): Tensor {
  const n = a.shape[0]!
  const eye = cast(equal(iota([n, n], 0, 'i32'), iota([n, n], 1, 'i32')), a.dtype)
  return add(a, mul(eye, add(mul(sum(mul(a, eye)), lambda / n), 1e-12)))
}

/** argmin_W ‖A W Bᵀ − Y‖² with a penalty on both Gram matrices: (AᵀA)⁻¹ AᵀYB (BᵀB)⁻¹. */
function bilinear(a: Tensor, b: Tensor, y: Tensor, lambda: number): Tensor {
  const [n, p] = [a.shape[0]!, b.shape[0]!]
  const right = mul(matmul(matmul(transpose(a), y), b), 1 / (n * p))
  const left = solveSpd(regularised(mul(matmul(transpose(a), a), 1 / n), lambda), right)
  // The second factor has few columns, all of which are used: a smaller penalty is enough for f32.
  return transpose(solveSpd(regularised(mul(matmul(transpose(b), b), 1 / p), lambda / 10), transpose(left)))
}

/** The readout W, b of centred features: Φ W + b ≈ the solution of {@link bilinear}, the bias without a penalty. */
function solveAffine(phi: Tensor, basis: Tensor, y: Tensor, lambda: number): Affine {
  const [phiMean, yMean] = [mean(phi, 0, { keepDims: true }), mean(y, 0, { keepDims: true })]
  const weight = bilinear(sub(phi, phiMean), basis, sub(y, yMean), lambda)
  const one = full([1, 1], 1, phi.dtype)
  const level = bilinear(one, basis, yMean, lambda)
  return { weight, bias: reshape(sub(level, matmul(phiMean, weight)), [-1]) }
}

/**
 * The exact readouts of an operator network for the features as they are, over all functions and points given. The output
 * is u = g + m(x) · Σ_k z_k t_k(x) with z = Φ_b W_b + c_b, so that, given the t_k, least squares for W_b separates:
 *
 *     W_b = (Φ_bᵀΦ_b)⁻¹ Φ_bᵀ Y T (TᵀT)⁻¹,   Y = u − g [N, P],  T = m t [P, p],   both Gram matrices with a penalty
 *
 * and the same for the trunk's readout, given z. Each is exact with the other held; neither product grows beyond N·P·p.
 * Pure and traceable: an interlude of a run, `{ every: 20, run: solveOperatorReadout(network) }`, leaves the hidden layers
 * to the estimator. Of one output only.
 *
 * @param network unwrapped; name its hard conditions in the options
 * @returns what replaces the learned variables
 * @throws INVALID_OPTION
 */
export function solveOperatorReadout<P extends WithBranch, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  options: SolveOperatorReadoutOptions = {},
): (variables: Variables<P, F>, data: OperatorTensors) => P {
  const { lambda = 1e-4, hard, trunk = 'trunkFeatures' in network } = options
  const fits = lambda > 0 && Number.isFinite(lambda) && network.outputs === 1 && (!trunk || 'trunkFeatures' in network)
  if (!fits) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveOperatorReadout: lambda = ${lambda}, ${network.outputs} outputs, trunk: ${trunk}; give a finite number above 0, a ` +
        'network of one output, and a DeepONet where the trunk is to be solved for',
    )
  }
  return (variables, { f, u, at }) => {
    const c = coordsFrom(at)
    const space = coordsShape(c)
    const [n, points] = [u.shape[0]!, space.reduce((a, b) => a * b, 1)]
    const flat = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, points])
    const apply = (raw: Tensor): Tensor => (hard === undefined ? raw : hard.apply(raw, f, c))
    const factor = flat(
      slice(
        sub(apply(onesLike(u)), apply(zerosLike(u))),
        u.shape.map(() => 0),
        [1, ...space],
      ),
    )

    const phi = network.branchFeatures(variables, f)
    const p = variables.trained.branch.readout.bias.shape[0]!
    const eye = cast(equal(iota([p, p], 0, 'i32'), iota([p, p], 1, 'i32')), phi.dtype)
    const origin = network.decode(variables, zerosLike(slice(eye, [0, 0], [1, p])), c)
    const offset = apply(add(origin, zerosLike(u)))
    const basis = mul(flat(sub(network.decode(variables, eye, c), origin)), factor)
    const y = flat(sub(u, offset))
    const branch = solveAffine(phi, transpose(basis), y, lambda)
    const trained = { ...variables.trained, branch: { ...variables.trained.branch, readout: branch } }
    if (!trunk) return trained

    const deep = network as unknown as DeepOnet
    const known = variables as unknown as DeepOnetVariables
    const z = add(matmul(phi, branch.weight), branch.bias)
    const psi = deep.trunkFeatures(known, c)
    const weighted = mul(
      concatenate([psi, full([points, 1], 1, psi.dtype)], 1),
      mul(expandDims(reshape(factor, [points]), 1), known.fixed.output.scale),
    )
    const both = bilinear(weighted, z, transpose(reshape(y, [n, points])), lambda)
    const width = psi.shape[1]!
    const readout = {
      weight: slice(both, [0, 0], [width, p]),
      bias: reshape(slice(both, [width, 0], [width + 1, p]), [p]),
    }
    return { ...trained, trunk: { ...known.trained.trunk, readout } }
  }
}
