/** The training that is timed against other libraries: the Mexican hat by one hidden layer, to a given error. */
import type { Estimator, Optimizer, RegressionProblem } from '@spikeward/core'
import { bp, eligibility, gaussNewton, rfg } from '@spikeward/estimators'
import { leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp } from '@spikeward/operators'
import { adam, cosineDecay, sgd } from '@spikeward/optim'
import { mexicanHat } from '@spikeward/problems'
import { adamSettings, standard, surrogates } from '../settings.js'
import type { StepSettings } from '../settings.js'

/** A training method; learning rates were chosen by the validation points. */
export type Trainer = {
  readonly about: string
  estimator(): Estimator
  readonly learningRate: number
  optimizer(rate: number, steps: number): Optimizer
  /** Lengths of whole trainings in steps, each with its own schedule. */
  readonly ladder: readonly number[]
}

const adamOn = (rate: number, steps: number): Optimizer =>
  adam(cosineDecay({ initial: rate, steps }), { b1: adamSettings.b1, b2: adamSettings.b2, eps: adamSettings.eps })

/** Training methods by name. */
export const trainers = {
  bp: {
    about: 'back-propagation',
    estimator: () => bp(),
    learningRate: 3e-2,
    optimizer: adamOn,
    ladder: [250, 500, 1000, 2000],
  },
  eligibility: {
    about: 'eligibility traces, forward only',
    estimator: () => eligibility(),
    learningRate: 3e-2,
    optimizer: adamOn,
    ladder: [250, 500, 1000, 2000],
  },
  gaussNewton: {
    about: 'forward Gauss–Newton, forward only',
    estimator: () => gaussNewton({ adapt: false }),
    learningRate: 0.5,
    optimizer: (rate, steps) => sgd(cosineDecay({ initial: rate, steps })),
    ladder: [15, 30, 60, 120, 250],
  },
  rfg: {
    about: 'random forward gradient, K = 8, forward only',
    estimator: () => rfg({ directions: 8 }),
    learningRate: 2e-3,
    optimizer: adamOn,
    ladder: [4000, 8000, 16_000],
  },
} satisfies Record<string, Trainer>

/** The name of a training method. */
export type TrainerName = keyof typeof trainers

/** Its step, as described to the peers. */
export const trainingStep: StepSettings = {
  ...standard,
  estimator: 'bp',
  widths: [2, 100, 1],
  time: 32,
  batch: 256,
}

/** Last learning rate as a share of the first. */
export const FINAL_SHARE = 1e-3

/** The problem. */
export const trainingProblem = (): RegressionProblem => mexicanHat()

/** The network; `plain` omits shift and scale at its output, as in the peers, whose targets are standardised. */
export function trainingNetwork(problem: RegressionProblem, plain = false): SpikingMlp {
  const { widths, time, beta, surrogate } = trainingStep
  return spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden: widths.slice(1, -1),
    time,
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(surrogates[surrogate].make()),
    domain: problem.domain,
    ...(plain ? {} : { output: standardise(problem.points('train')) }),
  })
}
