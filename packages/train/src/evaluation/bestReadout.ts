import { jit, precisionOf, toOperatorTensors, treeLeaves } from '@spikeward/core'
import type {
  DataOptions,
  FloatDType,
  OperatorNetwork,
  OperatorProblem,
  OperatorTensors,
  Tree,
  Variables,
} from '@spikeward/core'
import { evaluateOperator, operatorEvaluator } from './evaluateOperator.js'

/** The penalties from which {@link bestReadout} chooses by default: 1e-7, 1e-6, …, 0.1. */
export const readoutPenalties: readonly number[] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]

/**
 * Variables with solved readouts, and the penalty of the solve, which had the least error on the validation functions.
 */
export type BestReadout = { readonly variables: Variables; readonly penalty: number; readonly validation: number }

/** Options of {@link bestReadout}. */
export type BestReadoutOptions = {
  /** The network within its output transform. */
  readonly network: OperatorNetwork<Variables, Tree>
  readonly problem: OperatorProblem
  /** The learned variables with the readouts for each penalty, as `operatorNetwork` returns it. */
  readonly path: (
    penalties: readonly number[],
  ) => (variables: Variables, data: OperatorTensors, precision: FloatDType) => readonly Tree[]
  /** Default {@link readoutPenalties}. */
  readonly penalties?: readonly number[]
  /** How the problem's data are generated. */
  readonly dataOptions?: DataOptions
}

/**
 * Solves the readouts of an operator network for its present features from all training functions, with each of several
 * penalties, and takes the solution with the least mean relative L2 error on the validation functions.
 *
 * @returns null if no penalty gives a finite error
 */
export async function bestReadout(
  start: Variables,
  { network, problem, path, penalties = readoutPenalties, dataOptions = {} }: BestReadoutOptions,
): Promise<BestReadout | null> {
  const precision = precisionOf(start)
  const solve = path(penalties)
  const compiled = jit((v: Variables, data: OperatorTensors) => solve(v, data, precision))
  const train = toOperatorTensors(problem, await problem.data('train', dataOptions))
  const each = compiled(start, train)
  compiled.dispose()
  const validator = operatorEvaluator(network, problem, await problem.data('validation', dataOptions))
  let best: BestReadout | null = null
  for (const [i, penalty] of penalties.entries()) {
    const variables = { ...start, trained: each[i]! }
    const { relativeL2 } = await validator.evaluate(variables)
    if (relativeL2 < (best?.validation ?? Infinity)) best = { variables, penalty, validation: relativeL2 }
  }
  validator.dispose()
  const results = new Set([...treeLeaves(start), ...(best === null ? [] : treeLeaves(best.variables))])
  for (const t of [...treeLeaves(train), ...treeLeaves(each)]) if (!results.has(t)) t.dispose()
  return best
}

/**
 * The end of a run that solves its readouts: {@link bestReadout} of the trained variables. A small penalty makes hidden
 * layers unstable while they train; after the last step it only improves the fit.
 *
 * @returns null if no penalty reduces the validation error of the trained variables
 */
export async function lastReadout(trained: Variables, options: BestReadoutOptions): Promise<BestReadout | null> {
  const { network, problem, dataOptions = {} } = options
  const { relativeL2 } = await evaluateOperator(
    network,
    trained,
    problem,
    await problem.data('validation', dataOptions),
  )
  const best = await bestReadout(trained, options)
  // An error that is not a number is reduced by any other.
  return best !== null && !(best.validation >= relativeL2) ? best : null
}
