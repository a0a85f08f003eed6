import type { BackendFactory } from '@spikeward/backend-auto'
import * as cpuPackage from '@spikeward/backend-cpu'
import * as webgpuPackage from '@spikeward/backend-webgpu'
import { SpikewardError, construct, decodeOptions, describeFactory, isDeclared } from '@spikeward/core'
import type { Declared, Kind } from '@spikeward/core'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems/regression'
import type { Catalogue, Offered } from '../protocol.js'
import type { OptionTexts } from '../settings/settings.js'
import { nothingTuned } from '../settings/tuned.js'
import { ownPoints } from '../points/ownPoints.js'

/** Whether the page can construct it from text, and can draw its architecture. */
export function isOffered({ declaration }: Declared<object>): boolean {
  const { kind, options, arguments: args, facts } = declaration
  if (kind === 'neuron' && facts['spikes'] === false) return false
  // No problem of the page is a sequence.
  if (kind === 'estimator' && facts['loss'] === 'over time') return false
  const given = kind === 'schedule' ? ['initial', 'steps'] : kind === 'optimizer' ? ['rate'] : []
  return Object.entries({ ...args, ...options }).every(([name, o]) => given.includes(name) || o.presence !== 'required')
}

/** The offers of a kind among the exports of a package. */
const entriesIn = (exports: Readonly<Record<string, unknown>>, kind: Kind): readonly Declared<object>[] =>
  Object.values(exports).filter((one): one is Declared<object> => isDeclared(one, kind) && isOffered(one))

const known = {
  problem: entriesIn({ ...problems, ownPoints }, 'problem'),
  neuron: entriesIn({ ...neurons }, 'neuron'),
  surrogate: entriesIn({ ...neurons }, 'surrogate'),
  estimator: entriesIn({ ...estimators }, 'estimator'),
  optimizer: entriesIn({ ...optim }, 'optimizer'),
  schedule: entriesIn({ ...optim }, 'schedule'),
  distribution: entriesIn({ ...estimators }, 'distribution'),
  backend: entriesIn({ ...cpuPackage, ...webgpuPackage }, 'backend'),
}

/** The backends of a page. */
export const backendFactories = known.backend as BackendFactory[]

type Offer = keyof typeof known

/**
 * The declared factory or value with this name or alias.
 *
 * @throws UNKNOWN_NAME
 */
function withName(kind: Offer, name: string): Declared<object> {
  const found = known[kind].find(({ declaration }) => isNamed(declaration, name))
  if (found !== undefined) return found
  const names = known[kind].map(({ declaration }) => declaration.name).join(', ')
  throw new SpikewardError('UNKNOWN_NAME', `no ${kind} is called "${name}"; choose one of ${names}`)
}

const isNamed = ({ name, aliases }: Declared<object>['declaration'], wanted: string): boolean =>
  name === wanted || aliases.includes(wanted)

/** Whether a problem is a function of points, built in or of the user. */
export const isFunction = (name: string): boolean => known.problem.some(({ declaration }) => isNamed(declaration, name))

/** The functions of points. */
export const functions: readonly Declared<object>[] = known.problem

const isOffer = (kind: Kind): kind is Offer => Object.hasOwn(known, kind)

const resolve = (kind: Kind, name: string): unknown => {
  if (isOffer(kind)) return construct(withName(kind, name), {})
  throw new SpikewardError('UNKNOWN_NAME', `"${name}" is a ${kind}; the page offers none; leave the option out`)
}

/**
 * Constructs the object with this name from options as text, which the declaration checks.
 *
 * @param given arguments that the page supplies, such as the rate of an optimiser; those that the factory lacks are
 * omitted
 * @throws UNKNOWN_NAME, UNKNOWN_OPTION, INVALID_OPTION
 */
export function make(
  kind: Offer,
  name: string,
  options: OptionTexts,
  given: Readonly<Record<string, unknown>> = {},
): unknown {
  const factory = withName(kind, name)
  const { declaration } = factory
  const taken = { ...declaration.arguments, ...declaration.options }
  const supplied = Object.entries(given).filter(([option]) => Object.hasOwn(taken, option))
  return construct(factory, { ...Object.fromEntries(supplied), ...decodeOptions(declaration, options, resolve) })
}

/** Offers as data. */
export const offered = (entries: readonly Declared<object>[]): Offered[] =>
  entries.map(({ declaration }) => describeFactory(declaration))

/** The page's offers without equations and operators, as data: those load later. */
export const catalogue: Catalogue = {
  problems: offered(known.problem),
  neurons: offered(known.neuron),
  surrogates: offered(known.surrogate),
  estimators: offered(known.estimator),
  optimizers: offered(known.optimizer),
  schedules: offered(known.schedule),
  distributions: offered(known.distribution),
  backends: offered(known.backend),
  formats: [],
  tuned: nothingTuned,
  isWhole: false,
}
