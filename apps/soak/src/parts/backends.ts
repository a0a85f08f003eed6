import { fork } from 'node:child_process'
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

/** Bytes by which the heap may vary from then on. A round that kept its backends would add more. */
const SLACK = 2 ** 20

/** Native backends made and disposed in one process: the heap stays what it was. */
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
    const child = fork(fileURLToPath(new URL('parts/disposer.js', import.meta.url)), [], { execArgv: ['--expose-gc'] })
    await once(child, 'message')
    let settled: Disposed | null = null
    return {
      async round(index) {
        const answer = once(child, 'message') as Promise<[Disposed | { readonly error: string }]>
        child.send(ROUND)
        const [now] = await answer
        if ('error' in now) throw new Error(`making backends failed: ${now.error}`)
        if (index === WARM) settled = now
        const grown = settled === null ? 0 : now.heapUsed - settled.heapUsed
        const what = `the heap grew by ${grown} bytes in ${(index - WARM) * ROUND} backends`
        const mebibytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10
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
