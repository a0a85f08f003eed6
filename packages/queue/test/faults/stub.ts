/** A trial of milliseconds, which notes in a file when it begins and ends. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Work } from '@spikeward/core'

/** The input of a stub trial. */
export type StubInput = {
  readonly id: string
  readonly value: number
  readonly ms: number
  /** Whether it does not end when it runs for the first time, so that its worker is killed while it runs. */
  readonly hangs: boolean
}

/** The result of a trial. */
export const resultOf = ({ id, value }: StubInput): { id: string; error: number } => ({ id, error: Math.sin(value) })

/**
 * Notes in a file each pause in which this process did not run for a quarter of the time after which its locks end or
 * longer. The trials of a worker that pauses so long may run elsewhere, as they must.
 *
 * @returns ends the watch
 */
export function watchPauses(ledger: string, lockMs: number): () => void {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (now - last > lockMs / 4) appendFileSync(ledger, `paused - ${process.pid}\n`)
    last = now
  }, 100)
  return () => clearInterval(timer)
}

/** Runs stub trials and notes each beginning and end under the name of a worker. */
export const stubTrials =
  (ledger: string, worker: string) =>
  async ({ input }: Work): Promise<unknown> => {
    const given = input as StubInput
    const isFirst = !existsSync(ledger) || !readFileSync(ledger, 'utf8').includes(`begin ${given.id} `)
    appendFileSync(ledger, `begin ${given.id} ${worker}\n`)
    if (given.hangs && isFirst) await new Promise(() => undefined)
    await sleep(given.ms)
    appendFileSync(ledger, `end ${given.id} ${worker}\n`)
    return resultOf(given)
  }
