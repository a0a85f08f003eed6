/**
 * The baseline of an equation: the untrained network whose readout fits the equation, or the values, by least squares.
 */
import { key, mul, reshape, sub, treeLeaves, treePaths } from '@spikeward/core'
import type { FloatDType, Network, OperatorNetwork, PinnProblem, PointSet, Tensor, Tree } from '@spikeward/core'
import { readoutLeaves, residualRidge } from '@spikeward/operators'
import { asRegression, equationResiduals, evaluate, evaluator, toPoints } from '@spikeward/train'
import type { PhysicsOptions, Variables } from '@spikeward/train'

const POINTS_EACH = 4

/** The key of the points: the same for every run. */
const POINTS = 0x51de_0001

const coefficientPaths = (network: OperatorNetwork<Variables, Tree, null>, trained: Tree): readonly string[] =>
  network.coefficients === undefined ? [] : treePaths(trained).filter((path) => path.startsWith('coefficients.'))

/** Whether a loss has residuals at points: those of values at the training points, or those of the equation. */
const atPoints = (physics: PhysicsOptions | null): boolean => physics === null || typeof physics.interior === 'number'

/**
 * The numbers of the system that the baseline solves; 0 if the network has no single readout, or the loss no residuals
 * at points.
 */
export function solvedNumbers(network: OperatorNetwork<Variables, Tree, null>, physics: PhysicsOptions | null): number {
  if (!atPoints(physics)) return 0
  const { trained } = network.init(key(0))
  const readout = readoutLeaves(trained)
  if (readout === null) return 0
  const leaves = treeLeaves(trained)
  const coefficients = physics === null ? 0 : coefficientPaths(network, trained).length
  return readout.reduce((n, leaf) => n + leaves[leaf]!.size, coefficients)
}

/**
 * The relative L2 error on the points `test` of the untrained network with a solved readout (`residualRidge`). The
 * readout fits the residual and the conditions at as many points as a step of training takes, but at least
 * {@link POINTS_EACH} for each unknown. If the loss has no equation, the readout fits the values at the training
 * points. Null if no solution is known, or the network has no single readout.
 */
export async function equationBaseline(
  network: OperatorNetwork<Variables, Tree, null>,
  problem: PinnProblem,
  physics: PhysicsOptions | null,
  untrained: Variables,
  test: PointSet,
): Promise<number | null> {
  if (problem.target === undefined || !atPoints(physics)) return null
  const plain = asRegression(network)
  const checked = evaluator(plain, problem.points('validation'))
  try {
    const ridge = await residualRidge({
      variables: untrained,
      residuals:
        physics === null
          ? valueResiduals(plain, problem, treeLeaves(untrained.trained)[0]!.dtype as FloatDType)
          : residualsAtPoints(network, problem, physics),
      validate: async (variables) => (await checked.evaluate(variables)).relativeL2,
      also: physics === null ? [] : coefficientPaths(network, untrained.trained),
    })
    return ridge === null ? null : (await evaluate(plain, ridge.variables, test)).relativeL2
  } finally {
    checked.dispose()
  }
}

function residualsAtPoints(
  network: OperatorNetwork<Variables, Tree, null>,
  problem: PinnProblem,
  physics: PhysicsOptions,
): (variables: Variables) => Tensor {
  const points = Math.max(physics.interior as number, POINTS_EACH * solvedNumbers(network, physics))
  return equationResiduals(network, problem.physics, { ...physics, interior: points, conditions: points }, key(POINTS))
}

/** Prediction minus value at the training points, scaled so that the sum of squares is the mean squared error. */
function valueResiduals(
  network: Network<Variables>,
  problem: PinnProblem,
  dtype: FloatDType,
): (variables: Variables) => Tensor {
  const { x, y } = toPoints(problem.points('train'), dtype)
  return (variables) => mul(reshape(sub(network.apply(variables, x), y), [-1]), Math.sqrt(1 / y.size))
}
