/** The training that is timed against other libraries: the Mexican hat by one hidden layer, to a given error. */
import { type Backend, type Variables, treeLeaves } from '@spikeward/core'
import { finiteOrNull } from '@spikeward/experiment'
import { learnerOf, pointParts } from '@spikeward/experiment/points'
import { evaluate, fit } from '@spikeward/train'
import { written } from '../catalogue.js'
import { type StepSettings, adamSettings, standard } from '../step/stepSettings.js'

/**
 * A training method in the notation of the command: tuned settings, whose learning rates were chosen by the validation
 * points.
 */
export type Trainer = {
  readonly about: string
  readonly estimator: string
  readonly optimizer: string
  readonly learningRate: number
  /** Lengths of whole trainings in steps, each with its own schedule. */
  readonly ladder: readonly number[]
}

const { b1, b2, eps } = adamSettings
const optimizer = written('adam', { b1, b2, eps })

export const trainers = {
  bp: {
    ...{ about: 'back-propagation', estimator: 'bp', optimizer, learningRate: 3e-2 },
    ladder: [250, 500, 1000, 2000],
  },
  eligibility: {
    ...{ about: 'eligibility traces, forward only', estimator: 'eligibility', optimizer, learningRate: 3e-2 },
    ladder: [250, 500, 1000, 2000],
  },
  gaussNewton: {
    about: 'forward Gauss–Newton, forward only',
    ...{ estimator: 'gaussNewton(adapt=false)', optimizer: 'sgd', learningRate: 0.5 },
    ladder: [15, 30, 60, 120, 250],
  },
  rfg: {
    about: 'random forward gradient, K = 8, forward only',
    ...{ estimator: 'rfg(directions=8)', optimizer, learningRate: 2e-3 },
    ladder: [4000, 8000, 16_000],
  },
} satisfies Record<string, Trainer>

/** The estimator and the optimiser of a training. */
export const learnerFor = (trainer: Trainer, steps: number): ReturnType<typeof learnerOf> =>
  learnerOf({ ...trainer, schedule: 'cosine', steps })

export type TrainerName = keyof typeof trainers

export const trainingStep: StepSettings = { ...standard, estimator: 'bp', widths: [2, 100, 1], time: 32, batch: 256 }

/** Last learning rate as a share of the first. */
export const FINAL_SHARE = 1e-3

/** The problem, its network and its task. */
export const trainingParts = (): ReturnType<typeof pointParts> => {
  const { widths, time, batch, beta, surrogate } = trainingStep
  const neuron = written('lif', { beta })
  return pointParts('mexican-hat', { hidden: widths.slice(1, -1), time, batch, neuron, surrogate })
}

/** A whole training and its result. Errors are relative L2; null if not finite. */
export type Training = {
  readonly steps: number
  readonly seconds: number
  readonly validation: number | null
  readonly relativeL2: number | null
}

/** Trains from the initial parameters of a key. The seconds are those of training, including compilation. */
export async function trainOurs(name: TrainerName, steps: number, key: number, backend: Backend): Promise<Training> {
  const { problem, network, task } = trainingParts()
  for await (const e of fit({ task, ...learnerFor(trainers[name], steps), backend, key, steps, every: steps })) {
    if (e.type !== 'end') continue
    const errorOn = async (split: 'validation' | 'test'): Promise<number | null> =>
      finiteOrNull((await evaluate<Variables>(network, e.variables, problem.points(split))).relativeL2)
    const errors = { validation: await errorOn('validation'), relativeL2: await errorOn('test') }
    treeLeaves(e.variables).forEach((t) => t.dispose())
    return { steps, seconds: e.seconds, ...errors }
  }
  throw new Error(`the training by ${name} returned no final event`)
}
