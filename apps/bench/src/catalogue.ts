/** The declarations of the packages: choices for the options of benchmarks, and the objects that they measure. */
import { type Estimator, type Surrogate, construct, onlyDeclared } from '@spikeward/core'
import { type Factories, type Factory, factories } from '@spikeward/experiment'

export type Options = Readonly<Record<string, string | number | boolean>>

type Offered = 'estimator' | 'distribution' | 'surrogate' | 'problem'

/** Names of a kind, in the order of the packages' exports. */
export const namesOf = (kind: Offered): readonly string[] => Object.keys(factories[kind])

export function factoryOf(kind: Offered, name: string): Factory {
  const all: Factories = factories[kind]
  const benchmark = Object.hasOwn(all, name) ? all[name] : undefined
  if (benchmark !== undefined) return benchmark
  throw new Error(`no ${kind} is called "${name}"; there are ${namesOf(kind).join(', ')}`)
}

/** The notation of a name with options: `rfg(directions=8)`. */
export const written = (name: string, options: Options): string =>
  `${name}(${Object.entries(options)
    .map(([option, value]) => `${option}=${value}`)
    .join(',')})`

// The kind of a declaration fixes what its factory returns.

export const surrogateOf = (name: string): Surrogate => construct(factoryOf('surrogate', name), {}) as Surrogate

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
 * apply to it. Estimators that compute a signal for each neuron also draw noise, but with the options that they
 * declare.
 */
export function hasDirections(name: string): boolean {
  const { options, facts } = factoryOf('estimator', variantOf(name).estimator).declaration
  return Object.hasOwn(options, 'directions') && facts['local'] === 'a scalar for all weights'
}

/**
 * The estimator of a name or of a variant, with those of further options that it declares; the variant's own come
 * first.
 */
export function makeEstimator(name: string, options: Readonly<Record<string, unknown>> = {}): Estimator {
  const { estimator, options: own } = variantOf(name)
  const factory = factoryOf('estimator', estimator)
  return construct(factory, { ...onlyDeclared(factory, options), ...own }) as Estimator
}
