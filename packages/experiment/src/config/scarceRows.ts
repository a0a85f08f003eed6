import { type Problem, type ProblemChoice, makeProblem } from '../catalogue/kinds/problems.js'
import { leafOf } from '../catalogue/make.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { Io } from '../io/io.js'

/** The number of training functions of an operator, or of the training points of another problem. */
export type TrainingRows = { readonly count: number; readonly what: 'functions' | 'points' }

/** The training rows of a problem; null for an equation, whose points are drawn at each step. */
export function trainingRows(made: Problem): TrainingRows | null {
  if (made.kind === 'pinn') return null
  return made.kind === 'operator'
    ? { count: made.sizes.train, what: 'functions' }
    : { count: made.points('train').count, what: 'points' }
}

/**
 * The training rows of a problem that may have fewer than its defaults assume: one of the user's own, or one of another size. Null for
 * others.
 *
 * @param values of the problem, by flag
 */
export async function scarceRows(
  problem: string,
  { kind, named }: Pick<ProblemChoice, 'kind' | 'named'>,
  values: OptionValues,
  dataKey: number,
): Promise<TrainingRows | null> {
  const mayBeSmaller =
    named !== null && (named.plugin !== null || 'train' in values || 'train' in leafOf('problem', problem).options)
  return kind !== 'pinn' && mayBeSmaller ? trainingRows(await makeProblem(problem, values, dataKey)) : null
}

/** A default that is at most the number of training rows; if that reduces it, with a note. */
export function atMost(name: string, preferred: number, rows: TrainingRows | null, { err }: Pick<Io, 'err'>): number {
  if (rows === null || rows.count >= preferred) return preferred
  err(`note: ${rows.count} training ${rows.what}; ${name} is reduced from ${preferred} to that number\n`)
  return rows.count
}
