import type { Backend, StepTrial } from '@spikeward/core'

/** What was found about one backend. */
export type Measured = {
  readonly name: string
  /** Milliseconds of a step, the shortest of several rounds; null where none was measured. */
  readonly milliseconds: number | null
  /** Why nothing was measured, or what is to be known about the number; null where there is nothing to say. */
  readonly note: string | null
}

/** Rounds that a share of the time is divided into: the shortest counts, so that other work of the machine matters little. */
const ROUNDS = 10

const MOST_STEPS = 4096

/**
 * Milliseconds of a step on a backend. The first step compiles; its time counts only if there is none left for a second one.
 *
 * @param share milliseconds that the trial may take, compilation included. A step that has begun is not interrupted.
 * @param now milliseconds of a clock
 */
export async function measureStep(
  backend: Backend,
  trial: (backend: Backend) => Promise<StepTrial>,
  share: number,
  now: () => number,
): Promise<Omit<Measured, 'name'>> {
  const begun = now()
  await using run = await trial(backend)
  await run.run(1)
  const first = now() - begun
  const left = (): number => share - (now() - begun)
  if (left() <= 0) return { milliseconds: first, note: 'its first step, with compilation' }
  const round = async (steps: number): Promise<number> => {
    const from = now()
    await run.run(steps)
    return (now() - from) / steps
  }
  let best = await round(1)
  while (left() > best) {
    const within = Math.min(share / ROUNDS, left())
    const steps = Math.min(MOST_STEPS, Math.max(1, Math.floor(within / Math.max(best, 1e-6))))
    best = Math.min(best, await round(steps))
  }
  return { milliseconds: best, note: null }
}
