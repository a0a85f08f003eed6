import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

/** Milliseconds between two questions. */
const PAUSE_MS = 200

/**
 * Waits until a promise settles, as long as the server answers. If an answer takes longer than `awayMs`, it
 * disconnects: then all commands that wait for the server fail, and the promise can settle.
 */
export async function whileItAnswers(redis: Redis, pending: Promise<unknown>, awayMs: number): Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  const settled = pending.then(
    () => ended.abort(),
    () => ended.abort(),
  )
  const answers = (): Promise<boolean> =>
    Promise.race([
      redis.ping().then(
        () => true,
        () => true,
      ),
      settled.then(() => true),
      sleep(awayMs, false, { ref: false }),
    ])
  while (!signal.aborted) {
    if (!(await answers())) return redis.disconnect()
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
}
