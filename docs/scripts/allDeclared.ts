import { type Declared, type Kind, declaredIn } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import * as train from '@spikeward/train'
import { factories } from '@spikeward/experiment'

/**
 * The packages whose exports are declared, and what the command lists of packages that the docs do not import. No kind
 * is in two of them.
 */
const packages: readonly Readonly<Record<string, unknown>>[] = [
  estimators,
  neurons,
  operators,
  optim,
  problems,
  train,
  factories.backend,
  factories.deviceEstimator,
]

/** All declared factories and values of a kind, by name. */
export const allDeclared = (kind: Kind): readonly Declared<object>[] =>
  // A namespace lists its exports in an order that depends on who bundled it.
  packages
    .flatMap((from) => Object.values(declaredIn({ ...from }, kind)))
    .sort((a, b) => (a.declaration.name < b.declaration.name ? -1 : 1))
