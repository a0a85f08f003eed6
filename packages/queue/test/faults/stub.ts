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
