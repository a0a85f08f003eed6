import { makeProblem } from '../catalogue/kinds/problems.js'
import type { Problem, ProblemChoice } from '../catalogue/kinds/problems.js'
import { leafOf } from '../catalogue/make.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { Io } from '../io/io.js'

const countOf = (made: Problem): number => (made.kind === 'operator' ? made.sizes.train : made.points('train').count)

export const batchFor = (preferred: number, made: Problem): number =>
  made.kind === 'pinn' ? preferred : Math.min(preferred, countOf(made))

/** Whether a problem may have fewer points than its defaults assume: one of the user's own, or one of another size. */
const mayBeSmaller = (problem: string, { named }: Pick<ProblemChoice, 'named'>, values: OptionValues): boolean =>
  named !== null && (named.plugin !== null || 'train' in values || 'train' in leafOf('problem', problem).options)

/**
 * The default batch of a run: that of the problem's defaults, reduced to the number of its training points or functions, with a note.
 *
 * @param preferred the batch of the problem's defaults
 * @param values of the problem, by flag
 */
export async function batchOf(
  preferred: number,
  problem: string,
  choice: Pick<ProblemChoice, 'kind' | 'named'>,
  values: OptionValues,
  dataKey: number,
  { err }: Pick<Io, 'err'>,
): Promise<number> {
  // The points of one equation are drawn at each step.
  if (choice.kind === 'pinn' || !mayBeSmaller(problem, choice, values)) return preferred
  const made = await makeProblem(problem, values, dataKey)
  const count = countOf(made)
  if (count >= preferred) return preferred
  const what = made.kind === 'operator' ? 'functions' : 'points'
  err(`note: ${count} training ${what}; the batch is reduced from ${preferred} to that number\n`)
  return count
}
