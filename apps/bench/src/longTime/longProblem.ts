import type { Backend } from '@spikeward/core'
import type { Options } from '../catalogue.js'
import type { LongOutcome, LongTraining } from './longTraining.js'
import { adding } from './sequences/adding.js'
import { lorenz } from './sequences/lorenz.js'
import { sequenceOptions, trainSequence } from './sequences/trainSequence.js'
import type { SequenceProblem } from './sequences/sequence.js'
import { vanDerPol } from './sequences/vanDerPol.js'
import { trainXor, xorOptions } from './xor/trainXor.js'

/** A problem over a long time. */
type LongProblem = {
  readonly title: string
  /** The name of the measure in `loss`. */
  readonly error: string
  /** Options of the estimators, if they differ from their defaults. */
  readonly options: Readonly<Record<string, Options>>
  train(settings: LongTraining, backend: Backend): Promise<LongOutcome>
}

const ofSequences = (problem: SequenceProblem): LongProblem => ({
  title: `${problem.title}, a recurrent layer with learned leaks`,
  error: 'relative L2',
  options: sequenceOptions,
  train: (settings, backend) => trainSequence(problem, settings, backend),
})

/** The problems by name. */
export const longProblems = {
  'delayed-xor': {
    title: 'Delayed exclusive or, neurons with learned leaks and thresholds',
    error: 'mean squared error',
    options: xorOptions,
    train: trainXor,
  },
  'van-der-pol': ofSequences(vanDerPol),
  lorenz: ofSequences(lorenz),
  adding: ofSequences(adding),
} as const satisfies Readonly<Record<string, LongProblem>>

/** The name of a problem. */
export type LongProblemName = keyof typeof longProblems

/** The problem of a name. */
export const longProblem = (name: LongProblemName): LongProblem => longProblems[name]
