import { key as keyOf, sizeOf, trace } from '@spikeward/core'
import type { Tree } from '@spikeward/core'
import type { Task } from '@spikeward/train'

/** The number of learned parameters of a task, from shapes only: nothing is computed. */
export function parametersOf({ init }: Pick<Task, 'init'>): number {
  const { program } = trace((key: ReturnType<typeof keyOf>): Tree => init(key).trained, keyOf(0))
  return program.outputs.reduce((sum, { aval }) => sum + sizeOf(aval.shape), 0)
}
