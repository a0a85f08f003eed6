import type { Declared, FloatDType, OperatorNetwork, OperatorTensors, Tree, Variables } from '@spikeward/core'
import { operatorReadoutPath } from '../readouts/operator/operatorReadoutPath.js'
import type { Solvable, SolveOperatorReadoutOptions } from '../readouts/operator/operatorReadoutSettings.js'
import { sharedOperatorReadout } from '../readouts/operator/sharedOperatorReadout.js'
import { solveOperatorReadout } from '../readouts/operator/solveOperatorReadout.js'
import type { SharedReadout } from '../readouts/sharedReadout.js'
import { solvePhysicsReadout } from '../readouts/solvePhysicsReadout.js'
import type { SolvePhysicsReadoutOptions } from '../readouts/solvePhysicsReadout.js'
import { takes } from './prepareOperator.js'

/** The callback of a training run that solves readouts, without its period. */
export type ReadoutSolver = {
  run(variables: Variables, data: OperatorTensors, precision: FloatDType): Tree
  /** The same over several processes. */
  readonly shared?: SharedReadout<Variables, Tree, OperatorTensors>
}

/** How the readouts of an operator network are solved for; null where they cannot be. */
export type OperatorSolvers = {
  /** The learned variables with the readouts that fit data best; null if the network does not show its features. */
  readonly solve: ((options: SolveOperatorReadoutOptions) => ReadoutSolver) | null
  /** The same for each of several penalties; null where `solve` is. */
  readonly path:
    | ((
        options: SolveOperatorReadoutOptions,
        penalties: readonly number[],
      ) => (variables: Variables, data: OperatorTensors, precision: FloatDType) => readonly Tree[])
    | null
  /** The same from the equation alone; null if the trunk is not a function that can be differentiated. */
  readonly solvePhysics: ((options: SolvePhysicsReadoutOptions) => ReadoutSolver) | null
}

/**
 * The solvers of the readouts of a network.
 *
 * @param network within the output transform, as its factory makes it
 * @param factory the factory: a network that declares a trunk learns it
 */
export function operatorSolvers(network: OperatorNetwork<Variables, Tree>, factory: Declared<object>): OperatorSolvers {
  const showsBranch = 'branchFeatures' in network
  const showsTrunk = 'trunkFeatures' in network && network.outputs === 1
  if (!showsBranch && !showsTrunk) return { solve: null, path: null, solvePhysics: null }
  const solvable = network as unknown as Solvable<Variables>
  return {
    solve: (o) => ({ run: solveOperatorReadout(solvable, o), shared: sharedOperatorReadout(solvable, o) }),
    path: (o, penalties) => operatorReadoutPath(solvable, o, penalties),
    solvePhysics:
      showsBranch && takes(factory, 'trunk')
        ? (o) => ({ run: solvePhysicsReadout(network as Parameters<typeof solvePhysicsReadout>[0], o) })
        : null,
  }
}
