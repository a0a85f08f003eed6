/** The baseline of an equation: the untrained network with the readout that satisfies the equation best. */
import { key, treeLeaves, treePaths } from '@spikeward/core'
import type { OperatorNetwork, PinnProblem, Tree } from '@spikeward/core'
import { readoutLeaves, residualRidge } from '@spikeward/operators'
import { asRegression, equationResiduals, evaluate, evaluator } from '@spikeward/train'
import type { PhysicsOptions, Variables } from '@spikeward/train'

/** Points for each number that is solved, at least. */
const POINTS_EACH = 4

/** The key of the points: the same for every run. */
const POINTS = 0x51de_0001

/** Paths of the unknown coefficients of an equation among the parameters. */
const coefficientPaths = (network: OperatorNetwork<Variables, Tree, null>, trained: Tree): readonly string[] =>
  network.coefficients === undefined ? [] : treePaths(trained).filter((path) => path.startsWith('coefficients.'))

/** The numbers of the system that the baseline solves; 0 if the network has no single readout, or the loss no equation at points. */
export function solvedNumbers(network: OperatorNetwork<Variables, Tree, null>, physics: PhysicsOptions | null): number {
  if (typeof physics?.interior !== 'number') return 0
  const { trained } = network.init(key(0))
  const readout = readoutLeaves(trained)
  if (readout === null) return 0
  const leaves = treeLeaves(trained)
  return readout.reduce((n, leaf) => n + leaves[leaf]!.size, coefficientPaths(network, trained).length)
}

/**
 * The relative L2 error on test points of the untrained network whose readout is solved from residual and conditions (`residualRidge`), at
 * as many points as a step of training takes, but at least {@link POINTS_EACH} for each number. Null if no solution is known, or the network
 * has no single readout.
 */
export async function equationBaseline(
  network: OperatorNetwork<Variables, Tree, null>,
  problem: PinnProblem,
  physics: PhysicsOptions | null,
  untrained: Variables,
): Promise<number | null> {
  if (physics === null || problem.target === undefined || typeof physics.interior !== 'number') return null
  const plain = asRegression(network)
  const checked = evaluator(plain, problem.points('validation'))
  const points = Math.max(physics.interior, POINTS_EACH * solvedNumbers(network, physics))
  const residuals = equationResiduals(
    network,
    problem.physics,
    { ...physics, interior: points, conditions: points },
    key(POINTS),
  )
  try {
    const found = await residualRidge({
      variables: untrained,
      residuals,
      validate: async (variables) => (await checked.evaluate(variables)).relativeL2,
      also: coefficientPaths(network, untrained.trained),
    })
    return found === null ? null : (await evaluate(plain, found.variables, problem.points('test'))).relativeL2
  } finally {
    checked.dispose()
  }
}
