import type { FloatDType, OperatorNetwork, OperatorTensors, Tree, Variables } from '@spikeward/core'
import type { GridNetwork, GridParams } from '../grids/gridOperator.js'
import { gridReadoutPath } from '../readouts/operator/gridReadoutPath.js'
import { operatorReadoutPath } from '../readouts/operator/operatorReadoutPath.js'
import type { Solvable, SolveOperatorReadoutOptions } from '../readouts/operator/operatorReadoutSettings.js'
import { sharedOperatorReadout } from '../readouts/operator/sharedOperatorReadout.js'
import { solveOperatorReadout } from '../readouts/operator/solveOperatorReadout.js'
import type { SharedReadout } from '../readouts/sharedReadout.js'
import { type SolvePhysicsReadoutOptions, solvePhysicsReadout } from '../readouts/solvePhysicsReadout.js'
import { type PreparedOperator, takes } from './prepareOperator.js'

/** The options that a prepared operator gives. */
type Around = 'hard' | 'amplitude'

/** The callback of a training run that solves readouts, without its period. */
export type ReadoutSolver = {
  run(variables: Variables, data: OperatorTensors, precision: FloatDType): Tree
  /** The same over several processes. */
  readonly shared?: SharedReadout<Variables, Tree, OperatorTensors>
}

/** How the readouts of an operator network are solved for; null where they cannot be. */
export type OperatorSolvers = {
  /** The learned variables with the readouts that fit data best; null if the network does not show its features. */
  readonly solve: ((options?: Omit<SolveOperatorReadoutOptions, Around>) => ReadoutSolver) | null
  /**
   * The same for each of several penalties; null if the network shows neither these features nor those of points on a
   * grid.
   */
  readonly path:
    | ((
        penalties: readonly number[],
      ) => (variables: Variables, data: OperatorTensors, precision: FloatDType) => readonly Tree[])
    | null
  /** The same from the equation alone; null if the trunk is not a function that can be differentiated. */
  readonly solvePhysics: ((options: Omit<SolvePhysicsReadoutOptions, Around>) => ReadoutSolver) | null
}

/**
 * The solvers of the readouts of a network within the output transform of its operator.
 *
 * @param network as its factory makes it, without the output transform
 */
export function operatorSolvers(
  { factory, parts }: PreparedOperator,
  network: OperatorNetwork<Variables, Tree>,
): OperatorSolvers {
  const showsBranch = 'branchFeatures' in network
  const showsTrunk = 'trunkFeatures' in network && network.outputs === 1
  if ('pointFeatures' in network) {
    const onGrid = network as unknown as GridNetwork<GridParams>
    const path = (penalties: readonly number[]) => gridReadoutPath(onGrid, parts.amplitude, penalties)
    return { solve: null, path: path as unknown as OperatorSolvers['path'], solvePhysics: null }
  }
  if (!showsBranch && !showsTrunk) return { solve: null, path: null, solvePhysics: null }
  const solvable = network as unknown as Solvable<Variables>
  return {
    solve(options = {}) {
      const whole = { ...parts, ...options }
      return { run: solveOperatorReadout(solvable, whole), shared: sharedOperatorReadout(solvable, whole) }
    },
    path: (penalties) => operatorReadoutPath(solvable, parts, penalties),
    solvePhysics:
      showsBranch && takes(factory, 'trunk')
        ? (options) => ({
            run: solvePhysicsReadout(network as Parameters<typeof solvePhysicsReadout>[0], { ...parts, ...options }),
          })
        : null,
  }
}
