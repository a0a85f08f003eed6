import { kebabCase } from '@spikeward/core'
import type { ProblemDefaults } from '@spikeward/experiment/tuned'

type ByName = Readonly<Record<string, ProblemDefaults>>

/**
 * Tuned settings of the problems that load later, by the name of the command line: the worker sends them with its
 * catalogue. Those of an operator are of its own network alone, with all of its sizes.
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

/** The tuned settings of an equation or an operator; undefined for a function of points, and before they are loaded. */
export const tunedFor = (problem: string, tuned: Tuned): ProblemDefaults | undefined =>
  tunedEquation(problem, tuned) ?? tunedOperator(problem, tuned)

/** The task of a network: a function of points, the solution of an equation, or an operator. */
export type ProblemKind = 'function' | 'equation' | 'operator'

/** The kind of a problem; a function of points before the tuned settings are loaded. */
export const kindOf = (problem: string, tuned: Tuned): ProblemKind =>
  tunedOperator(problem, tuned) !== undefined
    ? 'operator'
    : tunedEquation(problem, tuned) !== undefined
      ? 'equation'
      : 'function'
