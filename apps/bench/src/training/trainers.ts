/** The training that is timed against other libraries: the Mexican hat by one hidden layer, to a given error. */
import { evaluate, fit } from '@spikeward/train'
import { treeLeaves } from '@spikeward/core'
import type { Backend, Estimator, Optimizer, RegressionProblem } from '@spikeward/core'
import { leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import { finiteOrNull } from '@spikeward/experiment'
import { cosineDecay } from '@spikeward/optim'
import { estimatorOf, factoryOf, optimizerOf, problemOf, surrogateOf, taken } from '../catalogue.js'
import type { Options } from '../catalogue.js'
import { adamSettings, standard } from '../step/stepSettings.js'
import type { StepSettings } from '../step/stepSettings.js'

/** A training method: tuned settings, whose learning rates were chosen by the validation points. */
export type Trainer = {
  readonly about: string
  readonly estimator: string
  readonly options: Options
  readonly optimizer: string
  readonly learningRate: number
  /** Lengths of whole trainings in steps, each with its own schedule. */
  readonly ladder: readonly number[]
}

export const trainers = {
  bp: {
    about: 'back-propagation',
    estimator: 'bp',
    options: {},
    optimizer: 'adam',
    learningRate: 3e-2,
    ladder: [250, 500, 1000, 2000],
  },
  eligibility: {
    about: 'eligibility traces, forward only',
    estimator: 'eligibility',
    options: {},
    optimizer: 'adam',
    learningRate: 3e-2,
    ladder: [250, 500, 1000, 2000],
  },
  gaussNewton: {
    about: 'forward Gauss–Newton, forward only',
    estimator: 'gaussNewton',
    options: { adapt: false },
    optimizer: 'sgd',
    learningRate: 0.5,
    ladder: [15, 30, 60, 120, 250],
  },
  rfg: {
    about: 'random forward gradient, K = 8, forward only',
    estimator: 'rfg',
    options: { directions: 8 },
    optimizer: 'adam',
    learningRate: 2e-3,
    ladder: [4000, 8000, 16_000],
  },
} satisfies Record<string, Trainer>

export const trainerEstimator = ({ estimator, options }: Trainer): Estimator => estimatorOf(estimator, options)

export function trainerOptimizer({ optimizer, learningRate }: Trainer, steps: number): Optimizer {
  const { b1, b2, eps } = adamSettings
  const rate = cosineDecay({ initial: learningRate, steps })
  return optimizerOf(optimizer, rate, taken(factoryOf('optimizer', optimizer), { b1, b2, eps }))
}

export type TrainerName = keyof typeof trainers

export const trainingStep: StepSettings = {
  ...standard,
  estimator: 'bp',
  widths: [2, 100, 1],
  time: 32,
  batch: 256,
}

/** Last learning rate as a share of the first. */
export const FINAL_SHARE = 1e-3

export const trainingProblem = (): RegressionProblem => problemOf('mexican-hat', {})

/** The network; `plain` omits shift and scale at its output, as in the peers, whose targets are standardised. */
export function trainingNetwork(problem: RegressionProblem, plain = false, step = trainingStep): SpikingMlp {
  const { widths, time, beta, surrogate } = step
  return spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden: widths.slice(1, -1),
    time,
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(surrogateOf(surrogate)),
    domain: problem.domain,
    ...(plain ? {} : { output: standardise(problem.points('train')) }),
  })
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
      finiteOrNull((await evaluate(network, e.variables, problem.points(split))).relativeL2)
    const found = { validation: await errorOn('validation'), relativeL2: await errorOn('test') }
    treeLeaves(e.variables).forEach((t) => t.dispose())
    return { steps, seconds: e.seconds, ...found }
  }
  throw new Error(`the training by ${name} returned no final event`)
}
