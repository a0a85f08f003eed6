import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Random, mix, randomOf } from '../randomOf.js'
import { mebibytes } from './memory.js'
import type { Finding, Part } from './part.js'

/** Rows of a round. */
const ROUND = 20_000
/**
 * Samples after which memory must grow no more, and the bounds: bytes above the start, and the share of those after
 * these samples.
 */
const [EARLY, ABOVE, GROWTH] = [100_000, 64 * 2 ** 20, 1.02]

const NAMES = ['a', 'b', 'c'] as const

/**
 * Rows of three waves, of which some are missing, doubled, late, not numbers, of another width or without a number; the
 * number of outcomes that `learn` prints for them, and the time of the last row.
 */
export function faultyRows(count: number, begin: number, random: Random) {
  let [text, outcomes, time] = ['', 0, begin]
  const values = (t: number): string[] => [0.1, 0.23, 0.31].map((f) => Math.sin(f * t).toFixed(6))
  for (let i = 0; i < count; i++) {
    const fault = random(200)
    time += fault === 0 ? 2 + random(5) : 1
    const cells = values(time)
    if (fault === 1) cells[random(3)] = ['', 'NaN', 'null'][random(3)]!
    text += `${time},${cells.join(',')}\n`
    outcomes++
    if (fault === 2) text += `${time},${cells.join(',')}\n`
    if (fault === 3) text += `${time - 1 - random(20)},${cells.join(',')}\n`
    if (fault === 4) text += [`${time},1,2\n`, `${time},inf,0,0\n`, 'no sample\n', `${time},1,2,3,4\n`][random(4)]!
  }
  return { text, outcomes, time }
}

/** The greatest resident memory of a process so far, in bytes. */
const greatest = (pid: number): number =>
  1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

/** The verdict on the memory of a process that learns; `early` is undefined before {@link EARLY} samples. */
export function judgeMemory(start: number, early: number | undefined, now: number): string | null {
  if (now > start + ABOVE) return `memory rose from ${start} to ${now} bytes`
  if (early !== undefined && now > GROWTH * early)
    return `memory rose from ${early} bytes after ${EARLY} samples to ${now}`
  return null
}

/** `learn` on a stream without end, with faults: each row is answered or passed over, and memory stays. */
export const streams: Part = {
  name: 'streams',
  unit: 'rows of a faulty stream that `learn` reads',
  target: 10_000_000,
  async open({ key, root }) {
    if (!existsSync('/proc/self/status')) return 'the memory of a process is read from /proc, which is not here'
    const columns = ['--inputs', NAMES.join(), '--target', NAMES.join(), '--time', 't', '--interval', '1']
    const sizes = ['--hidden', '128,128', '--delays', '1', '--horizon', '1', '--backend', 'native', '--threads', '1']
    const program = [join(root, 'apps/cli/dist/main.js'), 'learn', '--source', '-', ...columns, ...sizes]
    const child = spawn(process.execPath, [...program, '--skip-invalid', '--json'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const feed = async (text: string): Promise<void> => {
      if (!child.stdin.write(text)) await once(child.stdin, 'drain')
    }
    await feed(`t,${NAMES.join()}\n`)
    let [time, samples, start, seconds] = [0, 0, 0, 0]
    let early: number | undefined
    return {
      async round(index) {
        const rows = faultyRows(ROUND, time, randomOf(mix(key, index)))
        const begun = performance.now()
        const fed = feed(rows.text)
        const findings: Finding[] = []
        // The first row of the stream has no outcome.
        const expected = rows.outcomes - (index === 0 ? 1 : 0)
        for (let i = 0; i < expected; i++) {
          const line = await lines.next()
          if (line.done === true) throw new Error(`learn ended after ${samples + i} outcomes`)
          const { prediction } = JSON.parse(line.value) as { readonly prediction?: readonly number[] }
          if (prediction?.length !== NAMES.length || !prediction.every((v) => Number.isFinite(v)))
            findings.push({ what: `an outcome is ${line.value}`, how: { key, round: index } })
          if (start === 0) start = greatest(child.pid!)
        }
        await fed
        seconds += (performance.now() - begun) / 1000
        time = rows.time
        samples += expected
        const now = greatest(child.pid!)
        if (early === undefined && samples >= EARLY) early = now
        const what = judgeMemory(start, early, now)
        if (what !== null) findings.push({ what, how: { key, samples } })
        return {
          tries: ROUND,
          found: findings,
          counts: { outcomes: expected },
          gauges: {
            'MiB above the start': mebibytes(now - start),
            ...(early === undefined ? {} : { 'growth since 100,000 samples': Math.round((1e4 * now) / early) / 1e4 }),
            'outcomes a second': Math.round(samples / seconds),
          },
        }
      },
      async close() {
        child.kill()
      },
    }
  },
}
