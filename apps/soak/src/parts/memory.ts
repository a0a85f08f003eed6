/** Parts that do the same for ever in processes whose memory must not grow. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { native } from '@spikeward/backend-native'
import { type Part, lackOf } from './part.js'

/** The memory of a process after a round, in bytes; what its backend holds, if it has one. */
export type Memory = {
  readonly rss: number
  readonly heapUsed: number
  readonly liveBytes?: number
  readonly peakBytes?: number
}

/** Steps between two metrics, validations and checkpoints of an endless run. */
export const EVERY = 10_000

/**
 * Rounds of which the lowest resident memory counts: it varies by 30 MiB with the moments at which pages are returned.
 */
export const RECENT = 5

/**
 * Bytes by which memory may exceed that of the settled state: the heap, which a leak exceeds; resident, because of the
 * allocator.
 */
export type Slack = { readonly heap?: number; readonly rss?: number }

const MEBI = 2 ** 20

/** Bytes in MiB, to one decimal. */
export const mebibytes = (bytes: number): number => Math.round((bytes / MEBI) * 10) / 10

/**
 * The verdict on the memory of a round, compared with the round in which it had settled; null if it is right.
 *
 * @param rounds the latest rounds, the newest last
 */
export function judge(
  rounds: readonly Memory[],
  settled: Memory | undefined,
  { heap = Infinity, rss = Infinity }: Slack = { rss: 24 * MEBI },
): string | null {
  const now = rounds.at(-1)
  if (now === undefined || settled === undefined) return null
  if (now.liveBytes !== settled.liveBytes)
    return `the backend holds ${now.liveBytes} bytes, and held ${settled.liveBytes} when settled`
  if (now.peakBytes !== settled.peakBytes) return `the peak rose from ${settled.peakBytes} to ${now.peakBytes} bytes`
  if (now.heapUsed > settled.heapUsed + heap) return `the heap grew from ${settled.heapUsed} to ${now.heapUsed} bytes`
  const lowest = Math.min(...rounds.map((r) => r.rss))
  return rounds.length >= RECENT && lowest > settled.rss + rss
    ? `resident memory rose from ${settled.rss} to ${lowest} bytes or more in ${rounds.length} rounds`
    : null
}

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

/** A process, and its memory since it was started. */
type Growing = { readonly child: ChildProcess; rounds: number; settled?: Memory; recent: readonly Memory[] }

async function start(name: string, key: number): Promise<Growing> {
  const program = fileURLToPath(new URL('parts/grower.js', import.meta.url))
  const child = fork(program, [name, String(key & 0xffff)], { execArgv: ['--expose-gc'] })
  const ready = await answerOf<'ready'>(child)
  if (ready !== 'ready') throw new Error(`the process of ${name} ended ${ready.ended}`)
  return { child, rounds: 0, recent: [] }
}

type Grows = {
  /** The work of each process, see grower.ts; they take turns. */
  readonly names: readonly string[]
  /** Tries of a round. */
  readonly perRound: number
  /** Rounds until memory counts as settled: compilers of JavaScript are done by then, and its caches full. */
  readonly warm: number
  readonly slack: Slack
}

const memoryPart = (part: Omit<Part, 'open'>, { names, perRound, warm, slack }: Grows): Part => ({
  ...part,
  async open({ key }) {
    const lack = await lackOf(() => native({ threads: 1 }))
    if (lack !== null) return lack
    const all: Growing[] = []
    for (const name of names) all.push(await start(name, key))
    return {
      async round(index) {
        const which = index % names.length
        const [name, one] = [names[which]!, all[which]!]
        const answer = answerOf<Memory | { readonly error: string }>(one.child)
        if (one.child.connected) one.child.send(perRound)
        const now = await answer
        const how = { of: name, key, round: index }
        const common = { tries: perRound, counts: { [name]: perRound } }
        if ('ended' in now) {
          all[which] = await start(name, key)
          return { ...common, found: [{ what: `the process ended ${now.ended} within ${perRound} tries`, how }] }
        }
        if ('error' in now) throw new Error(`the process of ${name} failed: ${now.error}`)
        one.recent = [...one.recent, now].slice(-RECENT)
        if (++one.rounds === warm) one.settled = now
        const what = judge(one.recent, one.settled, slack)
        const gauges = {
          [`${name}: MiB resident`]: mebibytes(now.rss),
          [`${name}: MiB resident, lowest of ${RECENT} rounds`]: mebibytes(Math.min(...one.recent.map((r) => r.rss))),
          [`${name}: MiB heap`]: mebibytes(now.heapUsed),
          ...(now.liveBytes === undefined ? {} : { [`${name}: bytes on the backend`]: now.liveBytes }),
          ...(one.settled && {
            [`${name}: MiB resident when settled`]: mebibytes(one.settled.rss),
            [`${name}: MiB heap when settled`]: mebibytes(one.settled.heapUsed),
          }),
        }
        return { ...common, found: what === null ? [] : [{ what, how }], gauges }
      },
      async close() {
        for (const { child } of all) child.kill()
      },
    }
  },
})

/** Endless training: memory must not grow. */
export const steps = memoryPart(
  { name: 'steps', unit: 'steps of one run, with metrics, validations and checkpoints', target: 4_300_000 },
  { names: ['native', 'cpu'], perRound: 10 * EVERY, warm: 2, slack: { rss: 24 * MEBI } },
)

/**
 * Native backends made and disposed in one process: the heap must not grow. A round that leaked its backends would add
 * more.
 */
export const backends = memoryPart(
  { name: 'backends', unit: 'native backends made, used and disposed in one process', target: 9000 },
  { names: ['backends'], perRound: 300, warm: 15, slack: { heap: MEBI } },
)
