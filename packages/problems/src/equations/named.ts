import { SpikewardError } from '@spikeward/core'

/**
 * Things by name. `Usual` are names that need no check for undefined in code that compiles with
 * `noUncheckedIndexedAccess`.
 */
export type Named<T, Usual extends string> = Readonly<Record<string, T>> & Readonly<Record<Usual, T>>

/**
 * A record that throws INVALID_OPTION if an unknown name is read.
 *
 * @param kind its contents, as a plural noun for the message
 */
export function named<T, Usual extends string>(kind: string, record: Readonly<Record<string, T>>): Named<T, Usual> {
  const checked: Readonly<Record<string, T>> = new Proxy(record, {
    get(target, name, receiver): unknown {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name, receiver)
      const names = Object.keys(target)
      throw new SpikewardError(
        'INVALID_OPTION',
        `the equation reads '${name}', but ${names.length === 0 ? `there are no ${kind} here` : `the ${kind} are ${names.join(', ')}`}; name one of them`,
      )
    },
  })
  return checked
}
