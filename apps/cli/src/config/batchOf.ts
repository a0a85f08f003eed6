import { makeProblem } from '../catalogue/kinds/problems.js'
import type { Problem, ProblemChoice } from '../catalogue/kinds/problems.js'
import type { OptionValues } from '../catalogue/optionValues.js'

/** The number of training functions of an operator, or of the training points of another problem. */
const countOf = (made: Problem): number => (made.kind === 'operator' ? made.sizes.train : made.points('train').count)

/**
 * The default batch of a run: that of the problem, reduced to the number of its training points or functions.
 *
 * @param usual the batch of the problem's defaults; that of a problem of the user's own was chosen without knowing its size
 * @param values of the problem, by flag
 */
export async function batchOf(
  usual: number,
  problem: string,
  { kind, thing }: Pick<ProblemChoice, 'kind' | 'thing'>,
  values: OptionValues,
  dataKey: number,
): Promise<number> {
  const given = values['train']
  if (typeof given === 'number') return Math.min(usual, given)
  if (kind === 'pinn' || thing === null || thing.plugin === null) return usual
  return Math.min(usual, countOf(await makeProblem(problem, values, dataKey)))
}
