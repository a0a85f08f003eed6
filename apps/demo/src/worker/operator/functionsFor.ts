import { SpikewardError } from '@spikeward/core'
import type { OperatorData, OperatorProblem } from '@spikeward/core'
import type { Functions } from '../../protocol.js'
import type { BuildHow } from '../buildShared.js'

const splits = ['train', 'validation', 'test'] as const

/**
 * Draws the functions of an operator and solves for each, and tells after each how long the rest takes.
 *
 * @param of what they depend on, see `functionsOf`
 * @throws the signal's reason; SOLVER_DIVERGED
 */
async function drawFunctions(
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

/**
 * The functions of an operator: the given ones if they are its own, and otherwise drawn ones.
 *
 * @param of what they depend on, see `functionsOf`
 * @throws FUNCTIONS_MISSING if others are given and none may be drawn; the signal's reason; SOLVER_DIVERGED
 */
export async function functionsFor(problem: OperatorProblem, of: string, how: BuildHow): Promise<Functions> {
  const { functions, draws = true, onDrawn } = how
  if (functions?.of === of) return functions
  if (!draws) {
    throw new SpikewardError(
      'FUNCTIONS_MISSING',
      `the functions of ${problem.name} are not here, since its run has not drawn them; start the run again and ask after its first picture`,
    )
  }
  const drawn = await drawFunctions(problem, of, how)
  onDrawn?.(drawn)
  return drawn
}
