import {
  type Affine,
  type Coords,
  type Differentiate,
  type OptionsOf,
  type Physics,
  type Region,
  type Tensor,
  type Tree,
  type Variables,
  affine,
  SpikewardError,
  arange,
  cast,
  concatenate,
  defineFactory,
  defineOptions,
  equal,
  integers,
  jvp,
  mean,
  mul,
  neg,
  number,
  opaque,
  reshape,
  transpose,
  vmap,
} from '@spikeward/core'
import { perFunction } from '../wrappers/amplitude.js'
import { accumulate, affineSolver } from './affineSolver.js'
import { amplitudeOption, hardOption, lambdaOption, passesOption } from './solverOptions.js'
import type { BlockTrained } from '../blocks/block.js'
import type { BranchNetwork } from '../networks/branchNetwork.js'
import { has, isFunction } from '../shared/networkOptions.js'

const isPhysics = (x: unknown): x is Physics => has(x, 'residual', 'interior', 'conditions')

const isDifferentiate = (x: unknown): x is Differentiate => isFunction(x)

/** Options of {@link solvePhysicsReadout}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  physics: opaque("an equation, such as the problem's `physics`", isPhysics, { required: true, help: 'the equation' }),
  /** How the residual is differentiated in the coordinates. */
  differentiate: opaque('a way to differentiate, such as exactDerivatives()', isDifferentiate, {
    required: true,
    help: 'how the residual differentiates in the coordinates',
  }),
  /** Lengths of the grid of cell centres on which the residual is evaluated, one for each axis. */
  grid: integers({ min: 1, minLength: 1, required: true, help: 'lengths of the grid, one for each axis' }),
  /** Output transform around the network, if any. */
  hard: hardOption,
  /**
   * Amplitude divided out around the network, see {@link withAmplitude}. It weights least squares by α². Default: none.
   */
  amplitude: amplitudeOption,
  /** Weight of the conditions that the network does not satisfy; the residual has weight 1. Default 1. */
  conditions: number({ min: 0, default: 1, help: 'weight of the conditions that the network does not satisfy' }),
  /** Penalty on the step, relative to the mean square of a feature. Default 1e-4. */
  lambda: lambdaOption,
  /** Number of steps, each for the residual that the previous ones left. Default 8. */
  passes: passesOption,
}))

/** Options of {@link solvePhysicsReadout}. */
export type SolvePhysicsReadoutOptions = OptionsOf<typeof options>

type WithBranch = { readonly branch: BlockTrained; readonly [name: string]: Tree }

/**
 * The readout of the branch that satisfies an equation best, for the current features and without data: a few
 * Gauss–Newton steps on the mean squared residual r of all input functions,
 *
 *     r(z) on a grid [N, R],   z = Φ W + c,   J_k = ∂r/∂z_k at the mean function,   min ‖r + (Φ ΔW + Δc) J‖²
 *
 * J has one row for each of the p features, from one forward-mode tangent each on one function (of amplitude 1, if an
 * amplitude is divided out). All functions share one J, so that least squares separates (see {@link
 * solveOperatorReadout}). The result is exact if the equation is linear in u with coefficients that do not depend on f
 * (Poisson, diffusion). The steps converge if it is nearly so (reaction–diffusion), but not if functions differ in
 * their transport (advection, Burgers). The readout is built up from zero with the penalty on each step, so that a few
 * steps are enough.
 *
 * The function is pure and traceable, as a callback of a run. The network must have one output.
 *
 * @param network without its wrappers
 * @returns the new learned variables; the function reads only f of the data
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const run = solvePhysicsReadout(network, { physics, hard: physics.hard, differentiate: exactDerivatives(), grid: [24, 24] })
 */
export const solvePhysicsReadout = /* @__PURE__ */ defineFactory(
  {
    kind: 'solver',
    name: 'solvePhysicsReadout',
    summary: 'readout that satisfies an equation best, by least squares on the residual',
    options,
  },
  (read) =>
    <P extends WithBranch, F extends Tree>(
      network: BranchNetwork<Variables<P, F>>,
      settings: SolvePhysicsReadoutOptions,
    ): ((variables: Variables<P, F>, data: { readonly f: Tensor }) => P) => {
      const { physics, differentiate, grid, hard, amplitude, conditions: weight, lambda, passes } = read(settings)
      if (network.outputs !== 1 || grid.length !== network.axes) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `solvePhysicsReadout: a grid of ${grid.length} axes for a network of ${network.axes} axes and ${network.outputs} outputs; ` +
            'the residual of one output is evaluated on the grid; give a length for each axis, and a network of one output',
        )
      }
      const satisfied = [...network.satisfies, ...(hard?.satisfies ?? [])]
      const left = weight === 0 ? [] : physics.conditions.filter((c) => !satisfied.includes(c.name))

      /**
       * The residuals of all functions, [N, R]; their mean square is that of the equation plus those of the conditions.
       */
      const residuals = (v: Variables<P, F>, z: Tensor, f: Tensor, alpha: Tensor | null): Tensor => {
        const apply = (decoded: Tensor, c: Coords): Tensor => {
          const raw = alpha === null ? decoded : mul(decoded, perFunction(decoded, alpha))
          return hard === undefined ? raw : hard.apply(raw, f, c)
        }
        const u = differentiate((c) => apply(network.decode(v, z, c), c), network.coordinates)
        const all = [
          { residual: physics.residual(u, f, gridOf(physics.interior, grid)), weight: 1 },
          ...left.map((c) => ({ residual: c.residual(u, f, gridOf(c.region, grid)), weight })),
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
          const z = affine(readout, phi)
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
    },
)

/** A grid in a region. Throws INVALID_OPTION if the region is not a box. */
function gridOf(region: Region, shape: readonly number[]): Coords {
  if (region.grid !== undefined) return region.grid(shape)
  throw new SpikewardError(
    'INVALID_OPTION',
    'solvePhysicsReadout: the domain of the equation is not a box, so its points form no grid; train the readout instead',
  )
}
