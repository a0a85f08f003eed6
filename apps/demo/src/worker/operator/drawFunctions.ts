import type { OperatorData, OperatorProblem } from '@spikeward/core'
import type { Functions } from '../../protocol.js'
import type { Settings } from '../../settings/settings.js'
import type { BuildHow } from '../buildShared.js'

const splits = ['train', 'validation', 'test'] as const

/** Everything that the functions of settings depend on, as text. */
export const functionsOf = ({ problem, problemOptions }: Pick<Settings, 'problem' | 'problemOptions'>): string =>
  JSON.stringify([problem, Object.entries(problemOptions).sort(([a], [b]) => (a < b ? -1 : 1))])

/**
 * Draws the functions of an operator and solves for each, and tells after each how long the rest takes.
 *
 * @param of what they depend on, see {@link functionsOf}
 * @throws the signal's reason; SOLVER_DIVERGED
 */
export async function drawFunctions(
  { sizes, data }: OperatorProblem,
  of: string,
  { onProgress, signal }: Pick<BuildHow, 'onProgress' | 'signal'>,
): Promise<Functions> {
  const total = sizes.train + sizes.validation + sizes.test
  const begun = performance.now()
  let before = 0
  const sets: Partial<Record<(typeof splits)[number], OperatorData>> = {}
  for (const split of splits) {
    sets[split] = await data(split, {
      ...(signal === undefined ? {} : { signal }),
      onProgress({ done: ofSplit }) {
        const done = before + ofSplit
        const passed = (performance.now() - begun) / 1000
        onProgress?.({ done, total, seconds: done === 0 ? null : (passed * (total - done)) / done })
      },
    })
    before += sizes[split]
  }
  return { of, sets: sets as Functions['sets'] }
}
