import type { Estimator } from '@spikeward/core'
import { bp, distributions, exactForward, multiTangent, rfg } from '@spikeward/estimators'
import type { Distribution } from '@spikeward/estimators'
import { pick } from '../usage.js'
import type { Catalogue } from './entry.js'

/** Settings of an estimator; null where the estimator has no such setting or its own default is meant. */
export type EstimatorSettings = {
  readonly scope: string | null
  readonly directions: number | null
  readonly distribution: string | null
}

type Settings = keyof EstimatorSettings
type EstimatorEntry = {
  readonly takes: readonly Settings[]
  readonly build: (settings: EstimatorSettings) => Estimator
}

const drawn = (name: string | null): { distribution?: Distribution } =>
  name === null ? {} : { distribution: pick<Distribution>('distribution', name, distributions) }

const counted = (directions: number | null): { directions?: number } => (directions === null ? {} : { directions })

const scopes = { global: 'global', layerwise: 'layerwise' } as const

/** Gradient estimators. */
export const estimatorEntries: Catalogue<EstimatorEntry> = {
  rfg: {
    about: 'random forward gradient: mean of (∇L·v) v over random directions, no reverse pass',
    make: {
      takes: ['scope', 'directions', 'distribution'],
      build: ({ scope, directions, distribution }) =>
        rfg({
          ...(scope === null ? {} : { scope: pick('scope', scope, scopes) }),
          ...counted(directions),
          ...drawn(distribution),
        }),
    },
  },
  multiTangent: {
    about: 'mean over K directions that span all parameters, the primal shared',
    make: {
      takes: ['directions', 'distribution'],
      build: ({ directions, distribution }) => multiTangent({ ...counted(directions), ...drawn(distribution) }),
    },
  },
  exactForward: {
    about: 'the exact gradient by forward mode, one basis direction a parameter: for tests',
    make: { takes: [], build: () => exactForward() },
  },
  bp: { about: 'back-propagation through time: the reference', make: { takes: [], build: () => bp() } },
}
