import { kebabCase } from '@spikeward/core'
import type { ProblemDefaults } from '@spikeward/experiment/tuned'

type ByName = Readonly<Record<string, ProblemDefaults>>

/**
 * Tuned settings of the problems that load later, by the name of the command line: the worker sends them with its
 * catalogue. Those of an operator are of its own network, with all of its sizes, and of networks on a grid.
 */
export type Tuned = { readonly equations: ByName; readonly operators: ByName }

/** Before the worker has sent them. */
export const nothingTuned: Tuned = { equations: {}, operators: {} }

/** The entry of a name that an address may hold, such as `constructor`, which every object inherits. */
export const ownEntry = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** The tuned settings of an equation; undefined for any other problem. */
export const tunedEquation = (problem: string, { equations }: Tuned): ProblemDefaults | undefined =>
  ownEntry(equations, kebabCase(problem))

/** The tuned settings of an operator; undefined for any other problem. */
export const tunedOperator = (problem: string, { operators }: Tuned): ProblemDefaults | undefined =>
  ownEntry(operators, kebabCase(problem))

/**
 * The tuned settings of an equation or an operator, of its own network or of another one that they hold; undefined for
 * a function of points, and before they are loaded.
 */
export function tunedFor(problem: string, tuned: Tuned, network: string | null = null): ProblemDefaults | undefined {
  const base = tunedEquation(problem, tuned) ?? tunedOperator(problem, tuned)
  const sizes = base === undefined || network === null ? undefined : ownEntry(base.networks, network)
  if (base === undefined || network === null || sizes === undefined) return base
  const { estimator = base.estimator, byEstimator = base.byEstimator } = sizes
  return { ...base, network, estimator, byEstimator }
}

/** The task of a network: a function of points, the solution of an equation, or an operator. */
export type ProblemKind = 'function' | 'equation' | 'operator'

/** The kind of a problem; a function of points before the tuned settings are loaded. */
export const kindOf = (problem: string, tuned: Tuned): ProblemKind =>
  tunedOperator(problem, tuned) !== undefined
    ? 'operator'
    : tunedEquation(problem, tuned) !== undefined
      ? 'equation'
      : 'function'
