import type { OperatorData } from '@spikeward/core'
import { type Amplitude, amplitude, rootMeanSquare } from '../wrappers/amplitude.js'

/** A treatment of an input function's amplitude. */
export type AmplitudeTreatment = {
  /** Its effect, in a phrase; empty for none. */
  readonly about: string
  /** Whether short trials on data of which nothing is known try it. */
  readonly tried: boolean
  /** The amplitude, with the root mean square of the training functions as its unit; null for none. */
  readonly make: (train: Pick<OperatorData, 'sensors'>) => Amplitude | null
}

/**
 * The treatments of an input function's amplitude by name: `none`, `divide` (u(cf) = c u(f), see
 * {@link withAmplitude}), and `tell`, which gives the amplitude to the branch as well.
 */
export const amplitudeTreatments = {
  none: { about: '', tried: true, make: () => null },
  divide: {
    about: 'divide it out and multiply the output by it',
    tried: true,
    make: ({ sensors }) => amplitude({ unit: rootMeanSquare(sensors) }),
  },
  tell: {
    about: 'divide it out, and also give it to the branch',
    tried: false,
    make: ({ sensors }) => amplitude({ unit: rootMeanSquare(sensors), told: true }),
  },
} as const satisfies Readonly<Record<string, AmplitudeTreatment>>
