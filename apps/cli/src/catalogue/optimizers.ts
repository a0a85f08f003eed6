import type { Optimizer } from '@spikeward/core'
import { adaBelief, adam, momentum, sgd } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import type { Catalogue } from './entry.js'

/** Optimisers, by learning rate or schedule. */
export const optimizers = {
  adam: { about: 'Adam with decays 0.9 and 0.98', make: adam },
  adaBelief: { about: 'AdaBelief with decays 0.9 and 0.98', make: adaBelief },
  momentum: { about: 'descent with momentum 0.9', make: momentum },
  sgd: { about: 'plain descent', make: sgd },
} satisfies Catalogue<(rate: number | Schedule) => Optimizer>
