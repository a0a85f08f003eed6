import { evaluate, fit } from '@spikeward/train'
import { treeLeaves } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import {
  trainerEstimator,
  trainerOptimizer,
  trainers,
  trainingNetwork,
  trainingProblem,
  trainingStep,
} from './trainers.js'
import type { TrainerName } from './trainers.js'

/** A whole training and its result. Errors are relative L2; null if not finite. */
export type Training = {
  readonly steps: number
  readonly seconds: number
  readonly validation: number | null
  readonly relativeL2: number | null
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Trains from the initial parameters of a key. The seconds are those of training, including compilation. */
export async function trainOurs(name: TrainerName, steps: number, key: number, backend: Backend): Promise<Training> {
  const trainer = trainers[name]
  const problem = trainingProblem()
  const network = trainingNetwork(problem)
  for await (const e of fit({
    network,
    problem,
    estimator: trainerEstimator(trainer),
    optimizer: trainerOptimizer(trainer, steps),
    batch: trainingStep.batch,
    backend,
    key,
    steps,
    every: steps,
  })) {
    if (e.type !== 'end') continue
    const errorOn = async (split: 'validation' | 'test'): Promise<number | null> =>
      finite((await evaluate(network, e.variables, problem.points(split))).relativeL2)
    const found = { validation: await errorOn('validation'), relativeL2: await errorOn('test') }
    treeLeaves(e.variables).forEach((t) => t.dispose())
    return { steps, seconds: e.seconds, ...found }
  }
  throw new Error(`the training by ${name} returned no final event`)
}
