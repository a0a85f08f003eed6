import {
  SpikewardError,
  arange,
  cast,
  concatenate,
  equal,
  jvp,
  mean,
  mul,
  neg,
  reshape,
  transpose,
  vmap,
} from '@spikeward/core'
import type { Coords, Differentiate, HardConditions, Physics, Tensor, Tree } from '@spikeward/core'
import { perFunction } from '../wrappers/amplitude.js'
import type { Amplitude } from '../wrappers/amplitude.js'
import { accumulate, affineSolver } from './affineSolver.js'
import type { BlockTrained } from '../blocks/block.js'
import type { BranchNetwork } from '../networks/branchNetwork.js'
import { checkCounts } from '../shared/checkOptions.js'
import { affine } from '../shared/affine.js'
import type { Affine } from '../shared/affine.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link solvePhysicsReadout}. */
export type SolvePhysicsReadoutOptions = {
  readonly physics: Physics
  /** How the residual differentiates in the coordinates. */
  readonly differentiate: Differentiate
  /** Lengths of the grid on which the residual is asked, cell centres; one for each axis. */
  readonly grid: readonly number[]
  /** The transform that the network is wrapped in, where it is. */
  readonly hard?: HardConditions
  /** The amplitude that is divided out around it, see {@link withAmplitude}: least squares weighted by α². Default: none. */
  readonly amplitude?: Amplitude
  /** Weight of the conditions that the network does not satisfy, against the residual's 1. Default 1. */
  readonly conditions?: number
  /** Penalty on the step, relative to the mean square of a feature. Default 1e-4. */
  readonly lambda?: number
  /** Steps, each of what the ones before have left. Default 8. */
  readonly passes?: number
}

type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/**
 * The readout of the branch that satisfies an equation best, for the features as they are and without any data: a few
 * Gauss–Newton steps on the mean squared residual r of all input functions,
 *
 *     r(z) on a grid [N, R],   z = Φ W + c,   J_k = ∂r/∂z_k at the mean function,   min ‖r + (Φ ΔW + Δc) J‖²
 *
 * J is one row for each of the p features, by as many forward-mode tangents on one function (of amplitude 1, where that is divided out). One J serves all functions,
 * so that least squares separates (see {@link solveOperatorReadout}): exact where the equation is linear in u with coefficients that do
 * not depend on f (Poisson, diffusion), a contraction where it nearly is (reaction–diffusion), of no use where the functions
 * differ in how they transport (advection, Burgers). The readout is built up from zero, with the penalty on each step, so that a few
 * steps lose little by it.
 *
 * Pure and traceable, as an interlude of a run. Of one output only.
 *
 * @param network unwrapped; name its hard conditions in the options
 * @returns what replaces the learned variables; of the data only f is read
 * @throws INVALID_OPTION
 * @example
 * const run = solvePhysicsReadout(network, { physics, hard: physics.hard, differentiate: exactDerivatives(), grid: [24, 24] })
 * fit({ task, interludes: [{ every: 50, run }], … })
 */
export function solvePhysicsReadout<P extends WithBranch, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  options: SolvePhysicsReadoutOptions,
): (variables: Variables<P, F>, data: { readonly f: Tensor }) => P {
  const { physics, differentiate, grid, hard, amplitude, conditions: weight = 1, lambda = 1e-4, passes = 8 } = options
  const name = 'solvePhysicsReadout'
  checkCounts(name, { passes, ...Object.fromEntries(grid.map((n, a) => [`grid[${a}]`, n])) })
  const fits = lambda > 0 && Number.isFinite(lambda) && weight >= 0 && network.outputs === 1
  if (!fits || grid.length !== network.axes) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: lambda = ${lambda}, conditions = ${weight}, ${network.outputs} outputs, a grid of ${grid.length} axes; give a ` +
        `penalty above 0, a network of one output, and a length for each of the ${network.axes} axes`,
    )
  }
  const satisfied = [...network.satisfies, ...(hard?.satisfies ?? [])]
  const left = weight === 0 ? [] : physics.conditions.filter((c) => !satisfied.includes(c.name))

  /** The residuals of all functions, [N, R]; their mean square is that of the equation plus those of the conditions. */
  const residuals = (v: Variables<P, F>, z: Tensor, f: Tensor, alpha: Tensor | null): Tensor => {
    const apply = (decoded: Tensor, c: Coords): Tensor => {
      const raw = alpha === null ? decoded : mul(decoded, perFunction(decoded, alpha))
      return hard === undefined ? raw : hard.apply(raw, f, c)
    }
    const u = differentiate((c) => apply(network.decode(v, z, c), c), network.coordinates)
    const all = [
      { residual: physics.residual(u, f, physics.interior.grid(grid)), weight: 1 },
      ...left.map((c) => ({ residual: c.residual(u, f, c.region.grid(grid)), weight })),
    ]
    const rows = all.map(({ residual, weight: w }) => {
      const flat = reshape(residual, [z.shape[0]!, -1])
      return mul(flat, Math.sqrt(w / flat.shape[1]!))
    })
    return rows.length === 1 ? rows[0]! : concatenate(rows, 1)
  }

  return (variables, { f }) => {
    const { trained, fixed } = variables
    const alpha = amplitude === undefined ? null : amplitude.of(f)
    const phi = network.branchFeatures(variables, amplitude === undefined ? f : amplitude.divide(f))
    const p = trained.branch.readout.bias.shape[0]!
    const source = mean(f, 0, { keepDims: true })
    const step = (readout: Affine): Affine => {
      const v = { trained: { ...trained, branch: { ...trained.branch, readout } }, fixed }
      const z = affine(phi, readout)
      const middle = mean(z, 0, { keepDims: true })
      const slopes = vmap((k: Tensor) => {
        const unit = reshape(cast(equal(arange(p, 'i32'), k), z.dtype), [1, p])
        return jvp((at: Tensor) => reshape(residuals(v, at, source, null), [-1]), [middle], [unit])[1]
      })(arange(p, 'i32'))
      return affineSolver(phi, transpose(slopes), lambda, alpha)(neg(residuals(v, z, f, alpha)))
    }
    const readout = accumulate(trained.branch.readout, passes, step)
    return { ...trained, branch: { ...trained.branch, readout } }
  }
}
