import type { HardConditions, OperatorData, OperatorNetwork, OperatorProblem, Tree } from '@spikeward/core'
import { amplitude, divideAmplitude, rootMeanSquare, withAmplitude, withHardConditions } from '@spikeward/operators'
import type { Amplitude } from '@spikeward/operators'
import type { Variables } from '@spikeward/train'

type Treatment = {
  /** Its effect, for the help of its flag; empty for none. */
  readonly about: string
  /** Whether the trials on the user's own data compare it. */
  readonly tried: boolean
  readonly make: (train: OperatorData) => Amplitude | null
}

/** The treatments of an input function's amplitude. */
export const amplitudes: Readonly<Record<string, Treatment>> = {
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
}

/** The output transforms of a network, and the training data that the network receives. */
export type Around = {
  /** Training functions in the form that the network receives. */
  readonly train: OperatorData
  readonly told: 0 | 1
  /** The whole output transform, u = transform(network's output, f, x); null if there is none. */
  readonly transform: HardConditions | null
  /** Its parts, for the solvers of readouts. */
  readonly parts: { readonly hard?: HardConditions; readonly amplitude?: Amplitude }
  wrap(network: OperatorNetwork<Variables, Tree>): OperatorNetwork<Variables, Tree>
}

/** The amplitude, and the conditions outside of it. */
export async function aroundOf(
  { sensors }: Pick<OperatorProblem, 'sensors'>,
  train: OperatorData,
  size: Amplitude | null,
  hard: HardConditions | null,
): Promise<Around> {
  const bound = (n: OperatorNetwork<Variables, Tree>): OperatorNetwork<Variables, Tree> =>
    hard === null ? n : withHardConditions(n, hard)
  const conditions = hard === null ? {} : { hard }
  if (size === null) return { train, told: 0, transform: hard, parts: conditions, wrap: bound }
  return {
    train: await divideAmplitude(train, sensors.count, size),
    told: size.told,
    transform: {
      satisfies: hard?.satisfies ?? [],
      apply(raw, f, c) {
        const scaled = size.apply(raw, f)
        return hard === null ? scaled : hard.apply(scaled, f, c)
      },
    },
    parts: { ...conditions, amplitude: size },
    wrap: (n) => bound(withAmplitude(n, size)),
  }
}
