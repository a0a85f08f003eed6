import { add, defineFactory, defineOptions, integer, mul, number, square, sub } from '@spikeward/core'
import type { Condition, OperatorProblem, OptionsOf, Physics } from '@spikeward/core'
import { gaussianProcess, rbf } from '../../spaces/gaussianProcess.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { nodesOf } from '../../geometry/gridPoints.js'
import { solveReactionDiffusion } from './solver.js'
import { resample } from '../../interpolation/resample.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { endConditions, region } from '../../geometry/region.js'
import { unit, unitBox, unitSquare } from '../../operatorProblem/unitSquare.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** D. Default 0.01. */
  diffusivity: number({ min: 0, above: true, default: 0.01, help: 'diffusivity D' }),
  /** k. Default 0.01. */
  reaction: number({ default: 0.01, help: 'reaction rate k' }),
  /** Sensors, equally spaced, ends included. Default 100, as in PI-DeepONet; SepONet has 128. */
  sensors: integer({ min: 4, default: 100, help: 'sensors of f, equally spaced, ends included' }),
  /** Length scale ℓ of f. Default 0.2. */
  lengthScale: number({ min: 0, above: true, default: 0.2, help: 'length scale ℓ of f' }),
  /** Points along x and along t at which solutions are given, ends included. Default 51. */
  points: integer({ min: 2, default: 51, help: 'points along x and along t at which solutions are given' }),
  /** Cells of the reference solver, in x and in t. Default 200. */
  cells: integer({ min: 4, default: 200, help: 'cells of the reference solver, in x and in t' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link reactionDiffusion}. */
export type ReactionDiffusionOptions = OptionsOf<typeof options>

/**
 * Nonlinear reaction and diffusion as an operator f ↦ u:
 *
 *     u_t = D u_xx + k u² + f(x) on [0, 1]²,   u(x, 0) = u(0, t) = u(1, t) = 0,   D = k = 0.01,
 *     f a Gaussian process of mean 0, variance 1 and RBF kernel of length 0.2
 *
 * The hard conditions multiply the network's output by 4x(1 − x) t.
 *
 * Reference: implicit differences of second order on 200 × 200 cells (relative L2 difference of 4e-5 from 800²). Note
 * the sign of k u²: some published data are solutions for −k.
 *
 * @throws INVALID_OPTION
 */
export const reactionDiffusion = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'reactionDiffusion',
    summary: 'operator f ↦ u(x, t), u_t = D u_xx + k u² + f(x)',
    options,
    facts: {
      inputs: 'Gaussian process, RBF length 0.2',
      solution: 'implicit differences of second order',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: ReactionDiffusionOptions = {}): OperatorProblem => {
      const { diffusivity, reaction, sensors: m, lengthScale, points, cells, ...split } = read(settings)
      const frame = unitSquare('reaction-diffusion', { sensors: m, points }, split)
      const fine = unit(cells + 1)
      const nodes = nodesOf(fine)
      const space = gaussianProcess({ kernel: rbf({ length: lengthScale }), domain: [0, 1] })
      const conditions: Condition<unknown>[] = [
        { name: 'u(x, 0) = 0', region: region(unitBox, [null, 0]), residual: (u, _, c) => u.at(c) },
        ...endConditions(unitBox, 'u'),
      ]
      const physics: Physics = {
        equation: 'u_t = D u_xx + k u^2 + f(x)',
        order: [2, 1],
        interior: region(unitBox),
        residual: (u, f, c) =>
          sub(
            u.d(c, 1),
            add(add(mul(u.d(c, 0, 2), diffusivity), mul(square(u.at(c)), reaction)), interpolate1d(f, unit(m), c, 0)),
          ),
        conditions,
        hard: {
          satisfies: conditions.map((c) => c.name),
          apply(raw, _, c) {
            const x = axisCoordinate(c, 0)
            return mul(raw, mul(mul(mul(x, sub(1, x)), 4), axisCoordinate(c, 1)))
          },
        },
      }
      return generatedProblem({
        ...frame,
        signature: `${space.name}; D ${diffusivity}, k ${reaction}; implicit on ${cells} cells`,
        sample: (k, n) => sampleFunctions(space, k, n),
        solve(f, where) {
          const g = f(nodes)
          const u = solveReactionDiffusion({ diffusivity, reaction, x: fine, t: fine, source: () => g })
          return resample(u, [fine, fine], where)
        },
        physics,
      })
    },
)
