import { Key, SpikewardError, Tensor, integer, number, opaque } from '@spikeward/core'

/** The argument of an encoder that is the signal. */
/* @__NO_SIDE_EFFECTS__ */
export const signalArgument = () =>
  opaque('a tensor', (x): x is Tensor => x instanceof Tensor, { required: true, help: 'the values to encode (x)' })

/** The argument of an encoder that draws random numbers. */
/* @__NO_SIDE_EFFECTS__ */
export const keyArgument = () =>
  opaque('a key', (x): x is Key => x instanceof Key, { required: true, help: 'key that the spikes are drawn from' })

/** The option of every encoder that makes time. */
/* @__NO_SIDE_EFFECTS__ */
export const stepsOption = () => integer({ min: 1, required: true, help: 'number of time steps' })

/** The interval of values that an encoder distinguishes. */
/* @__NO_SIDE_EFFECTS__ */
export const intervalOptions = () => ({
  /** Smallest value. */
  min: number({ default: 0, help: 'least value that is distinguished' }),
  /** Largest value, above `min`. */
  max: number({ default: 1, help: 'largest value that is distinguished, above min' }),
})

/**
 * Checks that an interval holds a value.
 *
 * @throws INVALID_OPTION
 */
export function checkInterval(factory: string, { min, max }: { readonly min: number; readonly max: number }): void {
  if (min < max) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: min is ${min} and max ${max}; the interval would hold no value; pass min < max`,
  )
}
