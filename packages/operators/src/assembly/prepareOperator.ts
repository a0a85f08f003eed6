import { SpikewardError, toOperatorTensors } from '@spikeward/core'
import type {
  Declared,
  HardConditions,
  OperatorData,
  OperatorNetwork,
  OperatorProblem,
  Tree,
  Variables,
} from '@spikeward/core'
import type { OutputScale, ShiftScale } from '../scales/outputScale.js'
import { standardiseHardOutputs, standardiseOutputs } from '../statistics/standardiseOperator.js'
import type { Amplitude } from '../wrappers/amplitude.js'
import { divideAmplitude, withAmplitude } from '../wrappers/withAmplitude.js'
import { withHardConditions } from '../wrappers/withHardConditions.js'
import { type AmplitudeTreatment, amplitudeTreatments } from './amplitudeTreatments.js'
import { branchInputOf } from './sensorColumns.js'

/** The number of functions that determine the output scale under an output transform. */
const SAMPLE = 256

/** How an operator is prepared for a network. */
export type PrepareOperatorOptions = {
  /** Treatment of the amplitude of input functions. Default `amplitudeTreatments.none`. */
  readonly amplitude?: AmplitudeTreatment
  /** Whether conditions are built into the output of a network that learns its trunk. Default true. */
  readonly hard?: boolean
}

/** A problem and its training functions as a network receives them, and the output transform around the network. */
export type PreparedOperator = {
  readonly problem: OperatorProblem
  /** The factory of the network. */
  readonly factory: Declared<object>
  /** Training functions and solutions, after the treatment of the amplitude. */
  readonly train: OperatorData
  /** Columns that the treatment adds to the sensors: 1 for the amplitude. */
  readonly told: 0 | 1
  /** (f − shift)/scale of the columns of `train`. */
  readonly branchInput: ShiftScale
  /** Shift and scale to mean 0 and deviation 1 within the output transform. */
  readonly output: OutputScale
  /** The whole output transform, u = transform(network's output, f, x); null if there is none. */
  readonly transform: HardConditions | null
  /** Its parts, for the solvers of readouts. */
  readonly parts: { readonly hard?: HardConditions; readonly amplitude?: Amplitude }
  /** Puts the output transform around a network. */
  wrap(network: OperatorNetwork<Variables, Tree>): OperatorNetwork<Variables, Tree>
}

/** Whether a network declares an option or an argument. */
export const takes = ({ declaration }: Declared<object>, option: string): boolean =>
  Object.hasOwn({ ...declaration.arguments, ...declaration.options }, option)

/** The first functions of a set. */
function firstOf({ sensors }: OperatorProblem, { sensors: rows, values, count }: OperatorData): OperatorData {
  const n = Math.min(SAMPLE, count)
  return {
    count: n,
    sensors: rows.subarray(0, n * sensors.count),
    values: values.subarray(0, (n * values.length) / count),
  }
}

/**
 * Prepares an operator for a network: divides the amplitude out of the training functions if asked, and measures the
 * scales of sensors and solutions. The output transform is
 *
 *     u(f)(x) = hard(α(f) · N(f/α(f))(x), f, x)
 *
 * with the amplitude α of the treatment and the hard conditions of the equation, both optional. A network with a fixed
 * basis, which has no option `trunk`, takes no hard conditions: its basis, of solutions, satisfies linear homogeneous
 * ones.
 *
 * @param train training functions with their solutions, such as `await problem.data('train')`
 * @param factory of the network, of the library or of a package: its declaration says what it takes
 * @throws INVALID_OPTION for the treatment `tell` with a network that has a branch for each input function
 * @example
 * const prepared = await prepareOperator(problem, await problem.data('train'), deepOnet, {
 *   amplitude: amplitudeTreatments.divide,
 * })
 * const { network } = operatorNetwork(prepared, { units, branch: [100], trunk: [50], features: 20 })
 */
export async function prepareOperator(
  problem: OperatorProblem,
  train: OperatorData,
  factory: Declared<object>,
  { amplitude = amplitudeTreatments.none, hard: isHard = true }: PrepareOperatorOptions = {},
): Promise<PreparedOperator> {
  const size = amplitude.make(train)
  const { told = 0 } = size ?? {}
  if (told === 1 && takes(factory, 'branches')) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `the treatment tells the branch the amplitude, and ${factory.declaration.name} has a branch for each input function; take divide or none`,
    )
  }
  const hard = isHard && takes(factory, 'trunk') ? (problem.physics?.hard ?? null) : null
  const received = size === null ? train : await divideAmplitude(train, problem.sensors.count, size)
  const transform = transformOf(size, hard)
  return {
    problem,
    factory,
    train: received,
    told,
    branchInput: branchInputOf(received, told, problem.sensors),
    output:
      transform === null
        ? standardiseOutputs(train, problem.outputs)
        : await standardiseHardOutputs(toOperatorTensors(problem, firstOf(problem, train)), transform, problem.outputs),
    transform,
    parts: { ...(hard === null ? {} : { hard }), ...(size === null ? {} : { amplitude: size }) },
    wrap(inner) {
      const scaled: OperatorNetwork<Variables, Tree> = size === null ? inner : withAmplitude(inner, size)
      return hard === null ? scaled : withHardConditions(scaled, hard)
    },
  }
}

/** The amplitude, and the conditions outside of it. */
function transformOf(size: Amplitude | null, hard: HardConditions | null): HardConditions | null {
  if (size === null) return hard
  return {
    satisfies: hard?.satisfies ?? [],
    apply(raw, f, c) {
      const scaled = size.apply(raw, f)
      return hard === null ? scaled : hard.apply(scaled, f, c)
    },
  }
}
