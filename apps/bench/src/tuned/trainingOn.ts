/** Trainings on a problem of a name: a function of points, or an operator. */
import type { Backend } from '@spikeward/core'
import { factoryOf, namesOf, problemOf, taken } from '../catalogue.js'
import type { Options } from '../catalogue.js'
import { openBranch } from './networks/openBranch.js'
import { openNetwork } from './networks/openNetwork.js'
import { isOperator, operatorNames } from '../operatorProblems.js'
import { operatorSamples, operatorSizes } from './networks/operatorSamples.js'
import { trainTuned } from './trainTuned.js'
import type { Purpose, TrainingOutcome, TrainingSettings } from './trainTuned.js'

/** Names of the problems. */
export const problemNames: readonly string[] = [...namesOf('problem'), ...operatorNames]

/** The options of a problem: its own ones among `given`, or the sizes of an operator and of its network. */
export const problemOptions = (problem: string, given: Options): Options =>
  isOperator(problem) ? { ...operatorSizes } : taken(factoryOf('problem', problem), given)

/** Runs one training. */
export type TrainingOn = (settings: TrainingSettings, backend: Backend, purpose: Purpose) => Promise<TrainingOutcome>

/** Trainings on a problem. The points of a function are a fixed grid; an operator draws its functions from the key of the network. */
export function trainingOn(problem: string, options: Options): TrainingOn {
  if (isOperator(problem)) {
    const samples = operatorSamples(problem, { ...operatorSizes, ...options })
    return (settings, backend, purpose) =>
      trainTuned(settings, async (one) => openBranch(one, await samples(settings.networkKey)), backend, purpose)
  }
  const points = problemOf(problem, options)
  return (settings, backend, purpose) => trainTuned(settings, (one) => openNetwork(one, points), backend, purpose)
}
