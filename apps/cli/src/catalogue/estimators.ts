import type { Estimator } from '@spikeward/core'
import {
  activity,
  bp,
  distributions,
  eligibility,
  exactForward,
  exactReadout,
  gaussNewton,
  guided,
  lowRank,
  mezo,
  multiTangent,
  orthogonalTangents,
  rfg,
  spsa,
  subspaceGaussNewton,
} from '@spikeward/estimators'
import type { Distribution } from '@spikeward/estimators'
import { pick, usageError } from '../usage.js'
import type { Catalogue } from './entry.js'

/** Settings of an estimator; null where the estimator has no such setting or its own default is meant. */
export type EstimatorSettings = {
  readonly scope: string | null
  readonly directions: number | null
  readonly distribution: string | null
  /** Length of a finite step along a direction. */
  readonly size: number | null
  /** Whether the readout is perturbed like the rest, or differentiated exactly. */
  readonly readout: string | null
  /** First damping of a least-squares step. */
  readonly damping: number | null
  /** Whether the damping follows from the loss before and after a step. */
  readonly adapt: boolean | null
}

/** Names of the settings, in the order in which messages list them. */
export const estimatorSettings = ['scope', 'directions', 'distribution', 'size', 'readout', 'damping', 'adapt'] as const

type EstimatorEntry = {
  readonly takes: readonly (typeof estimatorSettings)[number][]
  readonly build: (settings: EstimatorSettings) => Estimator
  /** Whether it forms the readout's gradient exactly by itself: `--exact-readout` then has nothing to add. */
  readonly ownReadout?: boolean
}

const scopes = { global: 'global', layerwise: 'layerwise' } as const
const readouts = { exact: 'exact', noise: 'noise' } as const

const drawn = (name: string | null): { distribution?: Distribution } =>
  name === null ? {} : { distribution: pick<Distribution>('distribution', name, distributions) }
const scoped = (name: string | null): { scope?: 'global' | 'layerwise' } =>
  name === null ? {} : { scope: pick('scope', name, scopes) }
const counted = (directions: number | null): { directions?: number } => (directions === null ? {} : { directions })
const sized = (size: number | null): { size?: number } => (size === null ? {} : { size })

const common = (s: EstimatorSettings): { directions?: number; distribution?: Distribution } => ({
  ...counted(s.directions),
  ...drawn(s.distribution),
})

const damped = (s: EstimatorSettings): { damping?: number; adapt?: boolean } => ({
  ...(s.damping === null ? {} : { damping: s.damping }),
  ...(s.adapt === null ? {} : { adapt: s.adapt }),
})

/** Gradient estimators. */
export const estimatorEntries: Catalogue<EstimatorEntry> = {
  rfg: {
    about: 'random forward gradient: mean of (∇L·v) v over random directions, no reverse pass',
    make: {
      takes: ['scope', 'directions', 'distribution'],
      build: (s) => rfg({ ...scoped(s.scope), ...common(s) }),
    },
  },
  multiTangent: {
    about: 'mean over K directions that span all parameters, the primal shared',
    make: { takes: ['directions', 'distribution'], build: (s) => multiTangent(common(s)) },
  },
  activity: {
    about: 'activity perturbation: noise on the pre-activations of each sample, its own loss along it',
    make: {
      takes: ['scope', 'directions', 'distribution', 'readout'],
      build: (s) =>
        activity({
          ...scoped(s.scope),
          ...common(s),
          ...(s.readout === null ? {} : { readout: pick('readout', s.readout, readouts) }),
        }),
      ownReadout: true,
    },
  },
  eligibility: {
    about: 'eligibility traces carried forward: exact for one hidden layer, activity perturbation below the last',
    make: { takes: ['directions', 'distribution'], build: (s) => eligibility(common(s)), ownReadout: true },
  },
  spsa: {
    about: 'simultaneous perturbation: differences of the loss itself, no derivative of anything',
    make: { takes: ['directions', 'distribution', 'size'], build: (s) => spsa({ ...common(s), ...sized(s.size) }) },
  },
  mezo: {
    about: 'spsa along Gaussian directions: the gradient of the smoothed loss',
    make: { takes: ['directions', 'distribution', 'size'], build: (s) => mezo({ ...common(s), ...sized(s.size) }) },
  },
  gaussNewton: {
    about: 'forward Gauss–Newton on the traces’ Jacobian, damped; takes sgd',
    make: {
      takes: ['directions', 'distribution', 'damping', 'adapt'],
      build: (s) => gaussNewton({ ...common(s), ...damped(s) }),
      ownReadout: true,
    },
  },
  subspaceGaussNewton: {
    about: 'Gauss–Newton in the span of K random directions; takes sgd',
    make: {
      takes: ['directions', 'distribution', 'damping', 'adapt'],
      build: (s) => subspaceGaussNewton({ ...common(s), ...damped(s) }),
    },
  },
  lowRank: {
    about: 'random forward gradient along directions of low rank in each weight',
    make: {
      takes: ['scope', 'directions'],
      build: (s) => lowRank({ ...scoped(s.scope), ...counted(s.directions) }),
    },
  },
  guided: {
    about: 'random forward gradient with one direction along a running guess of the gradient',
    make: { takes: ['directions'], build: (s) => guided(counted(s.directions)) },
  },
  orthogonalTangents: {
    about: 'random forward gradient along K orthogonal directions',
    make: { takes: ['directions'], build: (s) => orthogonalTangents(counted(s.directions)) },
  },
  exactForward: {
    about: 'the exact gradient by forward mode, one basis direction a parameter: for tests',
    make: { takes: [], build: () => exactForward() },
  },
  bp: { about: 'back-propagation through time: the reference', make: { takes: [], build: () => bp() } },
}

/**
 * The estimator of a name and its settings, the readout's gradient exact where asked for.
 *
 * @throws CLI_USAGE where the estimator forms the readout's gradient exactly by itself
 */
export function makeEstimator(name: string, settings: EstimatorSettings, readoutExact: boolean): Estimator {
  const { build, ownReadout = false } = pick('estimator', name, estimatorEntries).make
  const made = build(settings)
  if (!readoutExact) return made
  if (ownReadout) {
    throw usageError('CLI_USAGE', `${name} forms the readout's gradient exactly by itself; leave --exact-readout out`)
  }
  return exactReadout(made)
}
