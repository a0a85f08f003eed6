/** A trial of milliseconds, which notes in a file when it begins and ends. */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Work } from '@spikeward/core'

/** The input of a stub trial. */
export type StubInput = { readonly id: string; readonly value: number; readonly ms: number }

/** What a trial gives. */
export const resultOf = ({ id, value }: StubInput): { id: string; error: number } => ({ id, error: Math.sin(value) })

/** Runs stub trials and notes each beginning and end under the name of a worker. */
export const stubTrials =
  (ledger: string, worker: string) =>
  async ({ input }: Work): Promise<unknown> => {
    const given = input as StubInput
    appendFileSync(ledger, `begin ${given.id} ${worker}\n`)
    await sleep(given.ms)
    appendFileSync(ledger, `end ${given.id} ${worker}\n`)
    return resultOf(given)
  }
