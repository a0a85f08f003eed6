import type { Estimator, Tensor, TensorLike } from '@spikeward/core'
import * as e from '@spikeward/estimators'
import type { Size } from '@spikeward/estimators'
import { cosineDecay } from '@spikeward/optim'
import { usageError } from '../usage/usageError.js'
import type { Catalogue } from './entry.js'

/** What stands in a combinator's parentheses, made. */
export type Inside = {
  /** The estimators, in order. */
  readonly estimators: readonly Estimator[]
  /** The bare numbers, in order. */
  readonly numbers: readonly number[]
  readonly options: object
  /** Makes the first estimator anew with a size of perturbation that changes. */
  readonly sized: (size: Size) => Estimator
  /** Steps of the run. */
  readonly steps: number
}

/** A combinator: what it takes, and how it is made of that. */
export type CombinatorEntry = {
  /** The function of the package. */
  readonly of: unknown
  /** How it is written; also what it must be given. */
  readonly usage: string
  /** How many estimators it stands around; the least and the most where that is not one number. */
  readonly estimators: number | readonly [number, number]
  readonly numbers: number
  /** Whether it has options: `controlVariate(rfg, rate=0.01)`. */
  readonly options?: true
  readonly build: (inside: Inside) => Estimator
}

/** Wraps around one estimator. */
const one = (usage: string, of: (inner: Estimator) => Estimator): CombinatorEntry => ({
  of,
  usage,
  estimators: 1,
  numbers: 0,
  build: ({ estimators: [inner] }) => of(inner!),
})

/** Estimators of estimators, written around them: `controlVariate(rfg)`. */
export const combinators = {
  exactReadout: {
    about: "the readout's gradient exactly, the rest by the estimator; the same as --exact-readout",
    make: one('exactReadout(rfg)', e.exactReadout),
  },
  controlVariate: {
    about:
      'estimates only the error of a guess: a running one (rate= how fast it follows), or that of a second estimator',
    make: {
      of: e.controlVariate,
      usage: 'controlVariate(rfg, feedback)',
      estimators: [1, 2],
      numbers: 0,
      options: true,
      build: ({ estimators: [inner, guess], options }) =>
        e.controlVariate(inner!, guess === undefined ? options : { ...options, guess }),
    },
  },
  guided: {
    about: 'projection on the gradient of another estimator and on K random directions; alone, on the last estimates',
    make: {
      of: e.guided,
      usage: 'guided(feedback, directions=8)',
      estimators: 1,
      numbers: 0,
      options: true,
      build: ({ estimators: [guess], options }) => e.guided({ ...options, guess: guess! }),
    },
  },
  annealed: {
    about: 'the size of a perturbation goes from one number to another over the run, by a cosine',
    make: {
      of: e.annealed,
      usage: 'annealed(spsa, 0.1, 0.02)',
      estimators: 1,
      numbers: 2,
      build: ({ numbers: [from, to], sized, steps }) => e.annealed(sized, between(from!, to!, steps)),
    },
  },
  average: {
    about: 'mean of k estimates, one after another',
    make: {
      of: e.average,
      usage: 'average(rfg, 4)',
      estimators: 1,
      numbers: 1,
      build: ({ estimators: [inner], numbers: [count] }) => e.average(count!, inner!),
    },
  },
  beside: {
    about: 'the first for parameters of affine maps that a loss shows, the second for the rest',
    make: {
      of: e.beside,
      usage: 'beside(eligibility, rfg)',
      estimators: 2,
      numbers: 0,
      build: ({ estimators: [sited, rest] }) => e.beside(sited!, rest!),
    },
  },
  antithetic: {
    about: 'half the difference of an estimate and its mirror image',
    make: one('antithetic(evolution)', e.antithetic),
  },
  normalise: { about: 'the estimate, brought to length 1: biased', make: one('normalise(rfg)', e.normalise) },
  mix: {
    about: 'weighted mean of two estimators, the number being the share of the second',
    make: {
      of: e.mix,
      usage: 'mix(rfg, bp, 0.1)',
      estimators: 2,
      numbers: 1,
      build: ({ estimators: [first, second], numbers: [weight] }) => e.mix(first!, second!, weight!),
    },
  },
} satisfies Catalogue<CombinatorEntry>

/** From one size down to another over a run. */
function between(from: number, to: number, steps: number): (step: Tensor) => TensorLike {
  if (to > 0 && from >= to) return cosineDecay({ initial: from, steps, floor: to / from })
  throw usageError('CLI_BAD_VALUE', `annealed goes from ${from} to ${to}; give two sizes above 0, the larger one first`)
}
