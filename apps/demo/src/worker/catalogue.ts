import type { BackendFactory } from '@spikeward/backend-auto'
import * as cpuPackage from '@spikeward/backend-cpu'
import * as webgpuPackage from '@spikeward/backend-webgpu'
import { type Declared, declaredIn, describeFactory } from '@spikeward/core'
import { pointFactories } from '@spikeward/experiment/points'
import type { Catalogue, Offered } from '../protocol.js'
import { nothingTuned } from '../settings/tuned.js'
import { ownPoints } from '../points/ownPoints.js'

/** Whether the page can construct it from text, and can draw its architecture. */
export function isOffered({ declaration }: Declared<object>): boolean {
  const { kind, options, arguments: args, facts } = declaration
  if (kind === 'neuron' && facts['spikes'] === false) return false
  // No problem of the page is a sequence.
  if (kind === 'estimator' && facts['loss'] === 'over time') return false
  const ofRun = kind === 'schedule' ? ['initial', 'steps'] : kind === 'optimizer' ? ['rate'] : []
  return Object.entries({ ...args, ...options }).every(([name, o]) => ofRun.includes(name) || o.presence !== 'required')
}

/** The offers among declared factories. */
const among = (declared: Readonly<Record<string, Declared<object>>>): readonly Declared<object>[] =>
  Object.values(declared).filter(isOffered)

/** The backends of a page. */
export const backendFactories = among(declaredIn({ ...cpuPackage, ...webgpuPackage }, 'backend')) as BackendFactory[]

/** The functions of points, built in or of the user. */
export const functions: readonly Declared<object>[] = [...among(pointFactories.problem), ownPoints]

/** Whether a problem is a function of points. */
export const isFunction = (wanted: string): boolean =>
  functions.some(({ declaration: { name, aliases } }) => name === wanted || aliases.includes(wanted))

/** Offers as data. */
export const offered = (entries: readonly Declared<object>[]): Offered[] =>
  entries.map(({ declaration }) => describeFactory(declaration))

/** The page's offers without equations and operators, as data: those load later. */
export const catalogue: Catalogue = {
  problems: offered(functions),
  neurons: offered(among(pointFactories.neuron)),
  surrogates: offered(among(pointFactories.surrogate)),
  estimators: offered(among(pointFactories.estimator)),
  optimizers: offered(among(pointFactories.optimizer)),
  schedules: offered(among(pointFactories.schedule)),
  distributions: offered(among(pointFactories.distribution)),
  backends: offered(backendFactories),
  formats: [],
  tuned: nothingTuned,
  isWhole: false,
}
