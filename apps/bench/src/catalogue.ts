/** The declarations of the packages: choices for the options of benchmarks, and the objects that they measure. */
import type { Declared, Estimator, Kind, Optimizer, RegressionProblem, Resolve, Surrogate } from '@spikeward/core'
import { construct, declaredIn, decodeOptions, kebabCase } from '@spikeward/core'
import * as estimatorPackage from '@spikeward/estimators'
import * as neuronPackage from '@spikeward/neurons'
import * as optimPackage from '@spikeward/optim'
import * as problemPackage from '@spikeward/problems/regression'

type Factory = Declared<object>
type Known = Readonly<Record<string, Factory>>

export type Options = Readonly<Record<string, unknown>>

/** Whether a factory can be called with written options, none of them required. */
const isPlain = ({ declaration: { arguments: args, options } }: Factory): boolean =>
  Object.values({ ...args, ...options }).every(({ presence }) => presence !== 'required')

const plain = (known: Known): Known => Object.fromEntries(Object.entries(known).filter(([, one]) => isPlain(one)))

const byShortName = (known: Known): Known =>
  Object.fromEntries(Object.values(known).map((one) => [one.declaration.aliases[0] ?? one.declaration.name, one]))

const known = {
  estimator: plain(declaredIn({ ...estimatorPackage }, 'estimator')),
  distribution: declaredIn({ ...estimatorPackage }, 'distribution'),
  surrogate: plain(byShortName(declaredIn({ ...neuronPackage }, 'surrogate'))),
  optimizer: declaredIn({ ...optimPackage }, 'optimizer'),
  problem: Object.fromEntries(
    Object.entries(plain(declaredIn({ ...problemPackage }, 'problem'))).map(([name, one]) => [kebabCase(name), one]),
  ),
} as const satisfies Readonly<Record<string, Known>>

type Offered = keyof typeof known

/** Names of a kind, in the order of the packages' exports. */
export const namesOf = (kind: Offered): readonly string[] => Object.keys(known[kind])

export function factoryOf(kind: Offered, name: string): Factory {
  const all: Known = known[kind]
  const found = Object.hasOwn(all, name) ? all[name] : undefined
  if (found !== undefined) return found
  throw new Error(`no ${kind} is called "${name}"; there are ${namesOf(kind).join(', ')}`)
}

const isOffered = (kind: Kind): kind is Offered => Object.hasOwn(known, kind)

const resolve: Resolve = (kind, text) => {
  if (isOffered(kind)) return construct(factoryOf(kind, text), {})
  throw new Error(`a ${kind} has no name here`)
}

function make(kind: Offered, name: string, options: Options): unknown {
  const factory = factoryOf(kind, name)
  return construct(factory, decodeOptions(factory.declaration, options, resolve))
}

// The kind of a declaration fixes what its factory returns.

export const estimatorOf = (name: string, options: Options): Estimator => make('estimator', name, options) as Estimator

export const surrogateOf = (name: string): Surrogate => make('surrogate', name, {}) as Surrogate

export const optimizerOf = (name: string, rate: unknown, options: Options): Optimizer =>
  make('optimizer', name, { rate, ...options }) as Optimizer

export const problemOf = (name: string, options: Options): RegressionProblem =>
  make('problem', name, options) as RegressionProblem

export const taken = (factory: Factory, options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(factory.declaration.options, name)))

type Variant = { readonly estimator: string; readonly options: Options }

/** Variants under the names that stored runs have for them: a slash separates the two. */
const variants: Readonly<Record<string, Variant>> = {
  'bp/checkpoint': { estimator: 'bp', options: { checkpoint: true } },
  'rateBackpropagation/weightMirror': { estimator: 'rateBackpropagation', options: { transport: 'weightMirror' } },
  'rfg/layerwise': { estimator: 'rfg', options: { scope: 'layerwise' } },
}

export const estimatorNames: readonly string[] = [...namesOf('estimator'), ...Object.keys(variants)]

const variantOf = (name: string): Variant => variants[name] ?? { estimator: name, options: {} }

/**
 * Whether an estimator moves all weights along random directions, so that the scope, number and distribution of a step
 * apply to it. Estimators that compute a signal for each neuron also draw noise, but with the options that they declare.
 */
export function hasDirections(name: string): boolean {
  const { options, facts } = factoryOf('estimator', variantOf(name).estimator).declaration
  return Object.hasOwn(options, 'directions') && facts['local'] === 'a scalar for all weights'
}

/** The estimator of a name or of a variant, with further options; those of the variant come first. */
export function makeEstimator(name: string, options: Options = {}): Estimator {
  const { estimator, options: own } = variantOf(name)
  return estimatorOf(estimator, { ...options, ...own })
}
