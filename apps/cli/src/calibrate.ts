import type { Backend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import type { Parts } from './build.js'

/**
 * How many steps fit into a time, from a short trial run whose result is thrown away. The number of steps is then part
 * of the run's settings: its learning rate follows a schedule over them, and a resume ends where the run would have.
 */
export async function stepsWithin(seconds: number, parts: Parts, batch: number, backend: Backend): Promise<number> {
  const { network, problem, estimator, optimizer } = parts
  const trial = Math.min(1.5, Math.max(0.3, 0.05 * seconds))
  const marks: { step: number; seconds: number }[] = []
  for await (const e of fit({
    network,
    problem,
    estimator,
    optimizer,
    batch,
    backend,
    key: 0,
    seconds: trial,
    every: 1,
  })) {
    if (e.type === 'metrics') marks.push({ step: e.step, seconds: e.seconds })
  }
  // The first step compiles.
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined || last.step <= first.step) return 1
  return Math.max(1, Math.round((seconds * (last.step - first.step)) / (last.seconds - first.seconds)))
}
