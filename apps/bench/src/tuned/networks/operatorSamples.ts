/** Data of operators that `tuned` trains on. */
import type { OperatorData, OperatorProblem } from '@spikeward/core'
import { podBasis, principalComponents } from '@spikeward/operators'
import type { PodBasis, PrincipalComponents } from '@spikeward/operators'
import { operatorOf } from '../../operatorProblems.js'

/** Sizes of the data of an operator, and of a network whose branch is trained. */
export type OperatorSizes = {
  /** Functions for training; the validation and the test split have a fifth as many each. */
  readonly functions: number
  /** Principal components of an input function, which the branch receives. */
  readonly components: number
  /** Modes of the training solutions, whose coefficients the branch returns. */
  readonly modes: number
  /** Points per step at which the field is compared. */
  readonly points: number
}

/** The sizes of every run. */
export const operatorSizes: OperatorSizes = { functions: 500, components: 10, modes: 50, points: 256 }

/** The data of one key. */
export type OperatorSample = {
  readonly problem: OperatorProblem
  readonly train: OperatorData
  /** Points per step. */
  readonly points: number
  readonly basis: PodBasis
  readonly principal: PrincipalComponents
}

/** The data of an operator by key; those of a key are solved once. */
export function operatorSamples(
  name: string,
  { functions, components, modes, points }: OperatorSizes,
): (key: number) => Promise<OperatorSample> {
  const solved = new Map<number, Promise<OperatorSample>>()
  const solve = async (key: number): Promise<OperatorSample> => {
    const held = Math.ceil(functions / 5)
    const problem = operatorOf(name, { key, train: functions, validation: held, test: held })
    const train = await problem.data('train')
    return {
      ...{ problem, train, points },
      basis: podBasis(train.values, train.count, modes),
      principal: principalComponents(train.sensors, train.count, components),
    }
  }
  return (key) => {
    const sample = solved.get(key) ?? solve(key)
    solved.set(key, sample)
    return sample
  }
}
