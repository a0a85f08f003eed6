import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { native } from '@spikeward/backend-native'
import { UnavailableError } from '@spikeward/core/backend'
import type { Part } from './part.js'

/** The memory of the process after a round, in bytes: the heap after a collection. */
export type Disposed = { readonly heapUsed: number; readonly rss: number }

/** Backends of a round. */
const ROUND = 300

/** Rounds until the heap counts as settled: the caches of JavaScript are full by then. */
const WARM = 15

/** Bytes by which the heap may vary from then on. A round that leaked its backends would add more. */
const SLACK = 2 ** 20

/** How a process ended. */
type Ended = { readonly ended: string }

/** The next message of a process, or how it ended. */
export async function answerOf<T>(child: ChildProcess): Promise<T | Ended> {
  const ended = (code: number | null, by: NodeJS.Signals | null): Ended => ({
    ended: by === null ? `with exit code ${code}` : `by ${by}`,
  })
  if (child.exitCode !== null || child.signalCode !== null) return ended(child.exitCode, child.signalCode)
  const done = new AbortController()
  const { signal } = done
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as T),
      once(child, 'exit', { signal }).then(([code, by]) => ended(code as number | null, by as NodeJS.Signals | null)),
    ])
  } finally {
    done.abort()
  }
}

/** A process that makes backends. */
async function disposer(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('parts/disposer.js', import.meta.url)), [], { execArgv: ['--expose-gc'] })
  const ready = await answerOf<'ready'>(child)
  if (ready !== 'ready') throw new Error(`the process that makes backends ended ${ready.ended}`)
  return child
}

const mebibytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10

/** Native backends made and disposed in one process: the heap must not grow. */
export const backends: Part = {
  name: 'backends',
  unit: 'native backends made, used and disposed in one process',
  target: 9000,
  async open() {
    try {
      await (await native({ threads: 1 }))[Symbol.asyncDispose]()
    } catch (error) {
      if (error instanceof UnavailableError) return error.message
      throw error
    }
    let child = await disposer()
    let rounds = 0
    let settled: Disposed | null = null
    return {
      async round(index) {
        const answer = answerOf<Disposed | { readonly error: string }>(child)
        if (child.connected) child.send(ROUND)
        const now = await answer
        if ('ended' in now) {
          child = await disposer()
          ;[rounds, settled] = [0, null]
          const what = `the process ended ${now.ended} while it made ${ROUND} backends`
          return { tries: ROUND, found: [{ what, how: { round: index } }], counts: {} }
        }
        if ('error' in now) throw new Error(`making backends failed: ${now.error}`)
        rounds++
        if (rounds === WARM) settled = now
        const grown = settled === null ? 0 : now.heapUsed - settled.heapUsed
        const what = `the heap grew by ${grown} bytes in ${(rounds - WARM) * ROUND} backends`
        return {
          tries: ROUND,
          found: grown > SLACK ? [{ what, how: { round: index } }] : [],
          counts: {},
          gauges: {
            'MiB heap': mebibytes(now.heapUsed),
            'MiB resident': mebibytes(now.rss),
            ...(settled === null ? {} : { 'MiB heap when settled': mebibytes(settled.heapUsed) }),
          },
        }
      },
      async close() {
        child.kill()
      },
    }
  },
}
