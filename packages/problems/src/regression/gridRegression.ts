import { type Domain, type RegressionProblem, type Shape, SpikewardError } from '@spikeward/core'
import { gridPoints, scatteredPoints } from '../geometry/gridPoints.js'
import { assertDisjoint, pointSet, pointsOnRequest } from './pointSet.js'
import { withNoise } from './withNoise.js'

/** Options of {@link gridRegression}. */
export type GridRegression = {
  readonly name: string
  readonly domain: Domain
  readonly outputs: number
  readonly target: (x: readonly number[]) => number[]
  /** Points along each axis of the training grid, ends included. */
  readonly train: Shape
  /** Points along each axis of the test grid, cell centres. */
  readonly test: Shape
  /** Number of scattered validation points. */
  readonly validation: number
  /**
   * Deviation of Gaussian noise on the training targets, as a share of their own; default 0. Validation and test have
   * exact targets.
   */
  readonly noise?: number
}

/**
 * A regression problem from a formula.
 *
 * - `train`: a regular grid that includes the ends of every axis;
 * - `test`: the cell centres of another regular grid, which covers the domain and has no training point;
 * - `validation`: a fixed scattered set of low discrepancy (see {@link scatteredPoints}), for choosing settings.
 *
 * The three sets share no point; this is checked here. Targets are computed when a set is first asked for.
 *
 * @throws SPLITS_OVERLAP if the chosen grids share a point; INVALID_OPTION if a count is impossible
 */
export function gridRegression(
  spec: GridRegression,
): Required<Omit<RegressionProblem, 'columns' | 'outputColumns' | 'notes' | 'window'>> {
  const { name, domain, outputs, target } = spec
  const inputs = domain.length
  if (!Number.isInteger(spec.validation) || spec.validation < 1) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: ${spec.validation} validation points; settings are chosen on them; give a whole number of at least 1`,
    )
  }
  const sets = {
    train: { x: gridPoints(domain, spec.train, 'ends'), grid: spec.train },
    test: { x: gridPoints(domain, spec.test, 'centres'), grid: spec.test },
    validation: { x: scatteredPoints(domain, spec.validation), grid: null },
  }
  assertDisjoint(inputs, sets)
  return {
    kind: 'regression',
    name,
    inputs,
    outputs,
    domain,
    points: pointsOnRequest(name, (split) => {
      const { x, grid } = sets[split]
      const exact = pointSet(x, inputs, outputs, target, grid)
      return split === 'train' ? withNoise(exact, spec.noise ?? 0) : exact
    }),
    target: (x) => target(x),
  }
}
