import type { Finding, Outcome } from '../../src/parts/part.js'
import { availableOf, generated, graphics, processors } from '../../src/parts/programs.js'

/**
 * Repeats a stored case on the backend where it failed; no tries if this machine lacks that backend.
 *
 * @throws Error for a case whose backend or check has another name now: it would pass unseen
 */
export async function replayProgram({ backend, check, group, key, runs }: Finding['how']): Promise<Outcome> {
  const candidate = [...processors, ...graphics].filter((c) => c.name === backend)
  const one = generated.find((c) => c.name === check && c.group === group)
  if (candidate.length === 0) throw new Error(`there is no backend "${String(backend)}"; rename it in the case`)
  if (one === undefined)
    throw new Error(`there is no check "${String(group)}: ${String(check)}"; rename it in the case`)
  const available = await availableOf(candidate)
  const found: Finding[] = []
  for (const tested of available) {
    try {
      await one.run({ ...tested, key: Number(key), runs: Number(runs) })
    } catch (error) {
      found.push({ what: String(error), how: { check: check ?? '' } })
    }
    await tested.backend[Symbol.asyncDispose]()
  }
  return { tries: available.length, found, counts: {} }
}
