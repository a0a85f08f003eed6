import type { Estimator, Optimizer } from '../contracts/estimator.js'
import type { NeuronModel, Surrogate } from '../contracts/neuron.js'
import { type Option, type PresenceOf, type Spec, option } from './option.js'
import { listType } from './numberOptions.js'
import { declared, declaredType, recordType } from './valueTypes.js'

/** Whether a value has a name and these methods. */
const hasMethods = (value: unknown, ...methods: readonly string[]): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Readonly<Record<string, unknown>>
  return typeof record['name'] === 'string' && methods.every((m) => typeof record[m] === 'function')
}

/** Whether a value is a gradient estimator, recognised by its methods. */
export const isEstimator = (x: unknown): x is Estimator => hasMethods(x, 'init', 'estimate')

/** Whether a value is a neuron model, recognised by its methods. */
export const isNeuronModel = (x: unknown): x is NeuronModel => hasMethods(x, 'init', 'rest', 'step')

/** Whether a value is a surrogate, recognised by its methods. */
export const isSurrogate = (x: unknown): x is Surrogate => hasMethods(x, 'slope')

/** Whether a value is an optimiser or another transform of gradients, recognised by its methods. */
export const isOptimizer = (x: unknown): x is Optimizer => hasMethods(x, 'init', 'update')

/** An option that takes an estimator, such as the one that a combinator wraps. */
/* @__NO_SIDE_EFFECTS__ */
export function estimatorOption<const S extends Spec<Estimator>>(spec: S): Option<Estimator, PresenceOf<S>> {
  return declared('estimator', isEstimator, spec)
}

/** An option that takes a record of estimators by any names, such as the paths of parameters. */
/* @__NO_SIDE_EFFECTS__ */
export function estimatorsOption<const S extends Spec<Readonly<Record<string, Estimator>>>>(
  expects: string,
  spec: S,
): Option<Readonly<Record<string, Estimator>>, PresenceOf<S>> {
  return option(recordType(declaredType('estimator', isEstimator), expects), spec)
}

/** An option that takes a neuron model. */
/* @__NO_SIDE_EFFECTS__ */
export function neuronOption<const S extends Spec<NeuronModel>>(spec: S): Option<NeuronModel, PresenceOf<S>> {
  return declared('neuron', isNeuronModel, spec)
}

/** An option that takes a surrogate. */
/* @__NO_SIDE_EFFECTS__ */
export function surrogateOption<const S extends Spec<Surrogate>>(spec: S): Option<Surrogate, PresenceOf<S>> {
  return declared('surrogate', isSurrogate, spec)
}

/** An option that takes an optimiser or another transform of gradients. */
/* @__NO_SIDE_EFFECTS__ */
export function optimizerOption<const S extends Spec<Optimizer>>(spec: S): Option<Optimizer, PresenceOf<S>> {
  return declared('optimizer', isOptimizer, spec)
}

/** An option that takes a list of optimisers and transforms of gradients, such as the links of a chain. */
/* @__NO_SIDE_EFFECTS__ */
export function optimizersOption<const S extends Spec<readonly Optimizer[]>>(
  spec: S,
): Option<readonly Optimizer[], PresenceOf<S>> {
  return option(listType(declaredType('optimizer', isOptimizer), 'optimisers and transforms', {}), spec)
}
