import type { Estimator } from '@spikeward/core'
import * as e from '@spikeward/estimators'
import type { Catalogue } from './entry.js'

/** Names of the settings that estimators share, in the order in which messages list them. */
export const estimatorSettings = ['scope', 'directions', 'distribution', 'size', 'readout', 'damping', 'adapt'] as const

/** One of the settings that estimators share. */
export type EstimatorSetting = (typeof estimatorSettings)[number]

/** An estimator by its factory. */
export type EstimatorEntry = {
  /** The factory; it checks its options itself. */
  readonly of: (options: object) => Estimator
  /** Which of the shared settings it takes. */
  readonly takes: readonly EstimatorSetting[]
  /** Settings that go by another name there. */
  readonly as?: Partial<Record<EstimatorSetting, string>>
  /** Whether it forms the readout's gradient exactly by itself: `--exact-readout` then has nothing to add. */
  readonly ownReadout?: true
}

/** Gradient estimators. All options that are no shared setting are given in parentheses: `evolution(fitness=rank)`. */
export const estimatorEntries = {
  rfg: {
    about: 'random forward gradient: mean of (∇L·v) v over random directions, no reverse pass',
    make: { of: e.rfg, takes: ['scope', 'directions', 'distribution'] },
  },
  multiTangent: {
    about: 'mean over K directions that span all parameters, the primal shared',
    make: { of: e.multiTangent, takes: ['directions', 'distribution'] },
  },
  activity: {
    about: 'activity perturbation: noise on the pre-activations of each sample, its own loss along it',
    make: { of: e.activity, takes: ['scope', 'directions', 'distribution', 'readout'], ownReadout: true },
  },
  eligibility: {
    about: 'eligibility traces carried forward: exact for one hidden layer, activity perturbation below the last',
    make: { of: e.eligibility, takes: ['directions', 'distribution'], ownReadout: true },
  },
  spsa: {
    about: 'simultaneous perturbation: differences of the loss itself, no derivative; also (at=activity)',
    make: { of: e.spsa, takes: ['directions', 'distribution', 'size'] },
  },
  mezo: {
    about: 'spsa along Gaussian directions: the gradient of the smoothed loss',
    make: { of: e.mezo, takes: ['directions', 'distribution', 'size'] },
  },
  evolution: {
    about: 'evolution strategy: antithetic pairs weighted by fitness=raw, zscore or rank; directions are pairs',
    make: { of: e.evolution, takes: ['directions', 'distribution', 'size'], as: { directions: 'pairs' } },
  },
  eggroll: {
    about: 'evolution with perturbations of low rank; directions are pairs',
    make: { of: e.eggroll, takes: ['directions', 'size'], as: { directions: 'pairs' } },
  },
  gaussNewton: {
    about: 'forward Gauss–Newton on the traces’ Jacobian, damped; takes sgd',
    make: { of: e.gaussNewton, takes: ['directions', 'distribution', 'damping', 'adapt'], ownReadout: true },
  },
  subspaceGaussNewton: {
    about: 'Gauss–Newton in the span of K random directions; takes sgd',
    make: { of: e.subspaceGaussNewton, takes: ['directions', 'distribution', 'damping', 'adapt'] },
  },
  lowRank: {
    about: 'random forward gradient along directions of rank one in each weight; (perSample=true): one for each sample',
    make: { of: e.lowRank, takes: ['scope', 'directions'] },
  },
  guided: {
    about: 'random forward gradient with one direction along a running guess of the gradient',
    make: { of: e.guided, takes: ['directions'] },
  },
  orthogonalTangents: {
    about: 'projection of the gradient on K random directions; scale=unbiased, projection or length',
    make: { of: e.orthogonalTangents, takes: ['directions'] },
  },
  localLoss: {
    about: 'a loss for each hidden layer through a head of its own, no credit through layers',
    make: { of: e.localLoss, takes: [], ownReadout: true },
  },
  feedback: {
    about: 'direct feedback to each layer, learned forward',
    make: { of: e.feedback, takes: [], ownReadout: true },
  },
  rateBackpropagation: {
    about:
      'traces carried forward in every layer, the error passed down the layers once a step; (transport=weightMirror) without the forward weights',
    make: { of: e.rateBackpropagation, takes: [], ownReadout: true },
  },
  pseudoZeroth: {
    about: 'feedback learned from how the output answers to noise: no derivative of a spike',
    make: { of: e.pseudoZeroth, takes: ['distribution', 'size'], ownReadout: true },
  },
  exactForward: {
    about: 'the exact gradient by forward mode, one basis direction a parameter: for tests',
    make: { of: e.exactForward, takes: [] },
  },
  bp: {
    about: 'back-propagation through time: the reference; (checkpoint=true) keeps √T of T steps and computes again',
    make: { of: e.bp, takes: [] },
  },
} satisfies Catalogue<EstimatorEntry>
