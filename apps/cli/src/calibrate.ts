import type { Backend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import type { Parts } from './build.js'

/**
 * How many steps fit into a time, from a short trial run whose result is thrown away. The number of steps is then part
 * of the run's settings: its learning rate follows a schedule over them, and a resume ends where the run would have.
 */
export async function stepsWithin(seconds: number, parts: Parts, backend: Backend): Promise<number> {
  const { subject, estimator, optimizer } = parts
  const { task, interludes } = subject
  const trial = Math.min(1.5, Math.max(0.3, 0.05 * seconds))
  const marks: { step: number; seconds: number }[] = []
  const most = 3 * (trial + seconds)
  for await (const e of fit({ task, interludes, estimator, optimizer, backend, key: 0, seconds: most, every: 1 })) {
    if (e.type !== 'metrics') continue
    marks.push({ step: e.step, seconds: e.seconds })
    // A first step that takes longer than the trial tells nothing yet, for it compiles; one that fills the budget does.
    const begun = marks[0]?.seconds ?? 0
    if (e.seconds >= trial && (marks.length > 1 || begun >= seconds)) break
  }
  // The first step compiles, and so does the first solve of the readout.
  const warm = Math.max(1, ...interludes.map(({ every }) => every))
  const last = marks.at(-1)
  const first = marks.find(({ step }) => step >= warm && step < (last?.step ?? 0)) ?? marks[0]
  if (first === undefined || last === undefined || last.step <= first.step) return 1
  return Math.max(1, Math.round((seconds * (last.step - first.step)) / (last.seconds - first.seconds)))
}
