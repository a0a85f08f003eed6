import { Tensor } from '../tensor/tensor.js'
import { type Option, type Presence, type PresenceOf, type Spec, option } from './option.js'
import type { Kind, ValueType } from './valueType.js'

/** The type of a declared value; `isOne` recognises one by its methods. */
/* @__NO_SIDE_EFFECTS__ */
export function declaredType<T>(kind: Kind, isOne: (value: unknown) => value is T): ValueType<T> {
  return {
    name: 'declared',
    expects: `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`,
    accepts: isOne,
    parse: (text, resolve) => resolve(kind, text),
    kind,
  }
}

/**
 * An option whose value is itself declared or made by a factory: a distribution, a neuron model, an estimator inside a
 * combinator.
 *
 * @param isOne whether a value is of this type, which is the type of the option
 * @example
 * const distribution = declared('distribution', isDistribution, { default: gaussian, help: 'distribution of the directions' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function declared<T, const S extends Spec<T>>(
  kind: Kind,
  isOne: (value: unknown) => value is T,
  spec: S,
): Option<T, PresenceOf<S>> {
  return option(declaredType(kind, isOne), spec)
}

/**
 * Values that cannot be written as text, such as functions and arrays of numbers. `expects` describes them.
 *
 * @param size the type of their size, if it can be written
 */
/* @__NO_SIDE_EFFECTS__ */
export function opaqueType<T>(
  expects: string,
  isOne: (value: unknown) => value is T,
  size?: ValueType<unknown>,
): ValueType<T> {
  return { name: 'opaque', expects, accepts: isOne, parse: null, ...(size === undefined ? {} : { size }) }
}

/**
 * An option whose value cannot be written as text; command lines and controls leave it out.
 *
 * @param expects a description for messages: `a function of the step`
 * @example
 * const key = opaque('a key', (x) => x instanceof Key, { required: true, help: 'key of the noise' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function opaque<T, const S extends Spec<T>>(
  expects: string,
  isOne: (value: unknown) => value is T,
  spec: S,
): Option<T, PresenceOf<S>> {
  return option(opaqueType(expects, isOne), spec)
}

/**
 * Records with any names, whose values are of one type. A command line writes each entry as an option of its name.
 *
 * @param expects a description for messages: `estimators by the path of their part`
 */
/* @__NO_SIDE_EFFECTS__ */
export function recordType<T>(items: ValueType<T>, expects: string): ValueType<Readonly<Record<string, T>>> {
  return {
    name: 'record',
    expects,
    accepts: (x): x is Readonly<Record<string, T>> =>
      typeof x === 'object' && x !== null && !Array.isArray(x) && Object.values(x).every((e) => items.accepts(e)),
    parse: null,
    items,
  }
}

/** A scalar tensor, for a number that changes from step to step inside a compiled function. */
export const scalarTensor: ValueType<Tensor> = {
  name: 'tensor',
  expects: 'a scalar tensor',
  accepts: (x): x is Tensor => x instanceof Tensor && x.ndim === 0,
  parse: null,
}

/** Null, written `none`. */
export const none: ValueType<null> = {
  name: 'none',
  expects: 'null',
  accepts: (x) => x === null,
  parse: (text) => (text.trim() === 'none' ? null : undefined),
}

/**
 * An option whose value may be of another type as well.
 *
 * @example
 * const size = either(number({ min: 0, above: true, default: 0.05, help: 'length of a step (ε)' }), scalarTensor)
 * const reset = either(number({ default: 0, help: 'membrane after a spike; none: a soft reset' }), none)
 */
/* @__NO_SIDE_EFFECTS__ */
export function either<T, P extends Presence, U>(first: Option<T, P>, other: ValueType<U>): Option<T | U, P> {
  const { type } = first
  const accepts = (x: unknown): x is T | U => type.accepts(x) || other.accepts(x)
  const readers = [type.parse, other.parse].filter((parse) => parse !== null)
  return {
    ...first,
    type: {
      name: 'either',
      expects: `${type.expects}, or ${other.expects}`,
      accepts,
      parse:
        readers.length === 0
          ? null
          : (text, resolve) => {
              for (const [i, parse] of readers.entries()) {
                const value = parse(text, resolve)
                if (accepts(value) || i === readers.length - 1) return value
              }
            },
      alternatives: [type, other],
    },
  }
}
