import { kebabCase } from '@spikeward/core'
import type { ProblemDefaults } from './problemDefaults.js'

/** Defaults by the name of their problem: `mexicanHatDefaults` are those of `mexican-hat`. */
export const byProblem = (
  tuned: Readonly<Record<string, ProblemDefaults>>,
): Readonly<Record<string, ProblemDefaults>> =>
  Object.fromEntries(
    Object.entries(tuned).map(([name, defaults]) => [kebabCase(name.replace(/Defaults$/, '')), defaults]),
  )
