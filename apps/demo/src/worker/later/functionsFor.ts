import { type OperatorData, type OperatorProblem, SpikewardError } from '@spikeward/core'
import { countOf } from '@spikeward/problems'
import type { Functions } from '../../protocol.js'
import type { BuildHow } from '../build.js'

const splits = ['train', 'validation', 'test'] as const

/**
 * Draws the functions of an operator and solves for each, and tells after each how long the rest takes.
 *
 * @param of the settings on which they depend, see `functionsOf`
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
 * The most numbers that the functions of an operator may have in a page, 128 MiB: two workers and the page each hold
 * them.
 */
const MAX_NUMBERS = 2 ** 24

/**
 * Refuses more functions than a page can hold: (train + validation + test) · (sensors + points · outputs) numbers.
 *
 * @throws DEMO_FUNCTIONS
 */
function checkFunctions({ name, sizes, sensors, at, outputs }: OperatorProblem): void {
  const each = sensors.count + countOf(at) * outputs
  const others = sizes.validation + sizes.test
  const numbers = (sizes.train + others) * each
  if (numbers <= MAX_NUMBERS) return
  const most = Math.floor(MAX_NUMBERS / each) - others
  throw new SpikewardError(
    'DEMO_FUNCTIONS',
    `the functions of ${name} have ${numbers.toLocaleString('en')} numbers, ${each.toLocaleString('en')} each, and a page holds ${MAX_NUMBERS.toLocaleString('en')}; ${most >= 1 ? `give at most ${most.toLocaleString('en')} as train` : 'give fewer functions, sensors or points'}, or run the command`,
  )
}

/**
 * The functions of an operator: the given ones if they are its own, and otherwise drawn ones.
 *
 * @param of the settings on which they depend, see `functionsOf`
 * @throws DEMO_FUNCTIONS for more than a page can hold; FUNCTIONS_MISSING if others are given and none may be drawn;
 *   the signal's reason; SOLVER_DIVERGED
 */
export async function functionsFor(problem: OperatorProblem, of: string, how: BuildHow): Promise<Functions> {
  const { functions, draws = true, onDrawn } = how
  checkFunctions(problem)
  if (functions?.of === of) return functions
  if (!draws) {
    throw new SpikewardError(
      'FUNCTIONS_MISSING',
      `the functions of ${problem.name} are not here, since its run has not drawn them; start the run again and ask after its first picture`,
    )
  }
  const sample = await drawFunctions(problem, of, how)
  onDrawn?.(sample)
  return sample
}
