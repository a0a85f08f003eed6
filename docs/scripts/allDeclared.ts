import * as cpu from '@spikeward/backend-cpu'
import * as native from '@spikeward/backend-native'
import * as webgpu from '@spikeward/backend-webgpu'
import { declaredIn, referenceBackend } from '@spikeward/core'
import type { Declared, Kind } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import * as train from '@spikeward/train'

/** The packages whose exports are declared. No kind is in two of them, except the backends. */
const packages: readonly Readonly<Record<string, unknown>>[] = [
  estimators,
  neurons,
  operators,
  optim,
  problems,
  train,
  { referenceBackend },
  cpu,
  native,
  webgpu,
]

/** All declared factories and values of a kind, by name. */
export const allDeclared = (kind: Kind): readonly Declared<object>[] =>
  // A namespace lists its exports in an order that depends on who bundled it.
  packages
    .flatMap((from) => Object.values(declaredIn({ ...from }, kind)))
    .sort((a, b) => (a.declaration.name < b.declaration.name ? -1 : 1))
