import type { Backend, StepTrial } from '@spikeward/core'

/** The findings about one backend. */
export type Measured = {
  readonly name: string
  /** Milliseconds per step, the shortest of several rounds; null if not measured. */
  readonly milliseconds: number | null
  /** Why nothing was measured, or a remark about the number; null if there is none. */
  readonly note: string | null
}

/**
 * A round is as many steps as fit into this many milliseconds: the clock of a page has a resolution of a tenth of a
 * millisecond.
 */
const ROUND = 5

/** The largest number of rounds. The shortest round counts, so that other load on the machine has little influence. */
const MAX_ROUNDS = 12

const MAX_STEPS = 4096

/** The remark about a backend whose first step left no time for another. */
export const FIRST_STEP = 'its first step'

/** The measurement, and the milliseconds that the steps took. */
type Timing = Omit<Measured, 'name'> & { readonly spent: number }

/**
 * Milliseconds of a step on a backend. Compilation does not count. The first step counts only if it takes the whole
 * share.
 *
 * @param share milliseconds that the steps may take; one that has begun is not interrupted
 * @param now a clock, in milliseconds
 */
export async function measureStep(
  backend: Backend,
  trial: (backend: Backend) => Promise<StepTrial>,
  share: number,
  now: () => number,
): Promise<Timing> {
  await using run = await trial(backend)
  const begun = now()
  const spent = (): number => now() - begun
  await run.run(1)
  const first = spent()
  if (2 * first > share) return { milliseconds: first, note: FIRST_STEP, spent: first }
  let best = first
  for (let round = 0; round < MAX_ROUNDS && spent() + best <= share; round++) {
    const within = Math.min(ROUND, share - spent())
    const steps = Math.min(MAX_STEPS, Math.max(1, Math.floor(within / Math.max(best, 1e-6))))
    const from = now()
    await run.run(steps)
    const each = (now() - from) / steps
    best = round === 0 ? each : Math.min(best, each)
  }
  return { milliseconds: best, note: null, spent: spent() }
}

/** A remark in the words of a reason. */
const remark = (note: string): string =>
  note === FIRST_STEP ? 'only the first step was measured; later ones may be faster' : note

const textOf = ({ name, milliseconds, note }: Measured): string => {
  if (milliseconds === null) return `${name}: ${note ?? 'not measured'}`
  return `${name}: ${Number(milliseconds.toPrecision(2))} ms per step${note === null ? '' : ` (${remark(note)})`}`
}

/**
 * The reason for a choice, in one line: `native, 0.21 ms per step; cpu: 0.52 ms per step; webgpu: a software renderer`.
 *
 * @param name the chosen backend
 */
export function explainChoice(name: string, measured: readonly Measured[]): string {
  const fastest = measured.find((one) => one.name === name)
  const others = measured.filter((one) => one !== fastest)
  const first = fastest === undefined ? name : textOf(fastest).replace(': ', ', ')
  return [first, ...others.map(textOf)].join('; ')
}
