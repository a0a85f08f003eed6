import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Found, Outcome, Part } from './part.js'

/** The memory of a training process after its steps, in bytes. */
export type Advanced = {
  readonly step: number
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly liveBytes: number
  readonly peakBytes: number
}

/** Steps of a round. */
const ROUND = 100_000

/** Steps between two metrics, validations and checkpoints of the run. */
const EVERY = 10_000

/** Rounds until memory counts as settled: the compilers of JavaScript are done by then. */
const WARM = 1

/** Bytes by which resident memory may exceed that of the settled state, because of the allocator. */
const SLACK = 24 * 2 ** 20

/** Rounds of which the lowest resident memory counts: it varies by 30 MiB with the moments at which pages are returned. */
export const RECENT = 5

/**
 * The verdict on the memory of a round, compared with the round in which it had settled.
 *
 * @param rounds the latest rounds, the newest last
 */
export function judge(rounds: readonly Advanced[], settled: Advanced | undefined): string | null {
  const now = rounds.at(-1)
  if (now === undefined) return null
  if (settled === undefined) return null
  if (now.liveBytes !== settled.liveBytes)
    return `the backend holds ${now.liveBytes} bytes, and held ${settled.liveBytes} at step ${settled.step}`
  if (now.peakBytes !== settled.peakBytes) return `the peak rose from ${settled.peakBytes} to ${now.peakBytes} bytes`
  const lowest = Math.min(...rounds.map((r) => r.rss))
  if (rounds.length >= RECENT && lowest > settled.rss + SLACK)
    return `resident memory rose from ${settled.rss} at step ${settled.step} to ${lowest} bytes or more in ${rounds.length} rounds`
  return null
}

/** Endless training: memory must not grow. */
export const steps: Part = {
  name: 'steps',
  unit: 'steps of one run, with metrics, validations and checkpoints',
  target: 4_300_000,
  async open({ key }) {
    const names = ['native', 'cpu'] as const
    const children: ChildProcess[] = []
    for (const name of names) {
      const args = [name, String(key & 0xffff), String(EVERY)]
      const child = fork(fileURLToPath(new URL('parts/stepper.js', import.meta.url)), args, {
        execArgv: ['--expose-gc'],
      })
      await once(child, 'message')
      children.push(child)
    }
    const settled = new Map<string, Advanced>()
    const recent = new Map<string, readonly Advanced[]>()
    return {
      async round(index) {
        const which = index % names.length
        const [name, child] = [names[which]!, children[which]!]
        const answer = once(child, 'message') as Promise<[Advanced | { readonly error: string }]>
        child.send(ROUND)
        const [now] = await answer
        if ('error' in now) throw new Error(`training on ${name} ended: ${now.error}`)
        if (Math.floor(index / names.length) === WARM) settled.set(name, now)
        const rounds = [...(recent.get(name) ?? []), now].slice(-RECENT)
        recent.set(name, rounds)
        const what = judge(rounds, settled.get(name))
        const found: Found[] = what === null ? [] : [{ what, how: { backend: name, key, step: now.step } }]
        const mebibytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10
        const first = settled.get(name)
        const outcome: Outcome = {
          tries: ROUND,
          found,
          counts: { [name]: ROUND },
          gauges: {
            [`${name}: MiB resident`]: mebibytes(now.rss),
            [`${name}: MiB heap`]: mebibytes(now.heapUsed),
            [`${name}: bytes on the backend`]: now.liveBytes,
            [`${name}: MiB resident, lowest of ${RECENT} rounds`]: mebibytes(Math.min(...rounds.map((r) => r.rss))),
            ...(first === undefined ? {} : { [`${name}: MiB resident when settled`]: mebibytes(first.rss) }),
          },
        }
        return outcome
      },
      async close() {
        for (const child of children) child.kill()
      },
    }
  },
}
