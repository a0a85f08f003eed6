import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Machine } from '@spikeward/train/node'
import { writeWhole } from '@spikeward/core/node'
import type { Finding, Outcome } from './parts/part.js'

/** The result of one part in a session. */
export type PartSummary = {
  readonly unit: string
  readonly target: number
  readonly tries: number
  readonly failures: number
  readonly counts: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
  /** The reason why the part did not run, if it did not. */
  readonly skipped?: string
}

/** One call of the command. */
export type SessionSummary = {
  readonly commit: string | null
  readonly dirty: boolean
  readonly key: number
  readonly begun: string
  readonly seconds: number
  readonly machine: Machine
  readonly node: string
  readonly parts: Readonly<Record<string, PartSummary>>
  readonly found: readonly (Finding & { readonly part: string })[]
}

/** The file of a soak: every session that was added to it. */
export type Summary = { readonly format: 1; readonly sessions: readonly SessionSummary[] }

/** The summary in a file; an empty one if there is no file. */
export async function readSummary(path: string): Promise<Summary> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? { format: 1, sessions: [] } : (JSON.parse(text) as Summary)
}

/** Writes a summary whole or not at all, in a folder that need not exist. */
export async function writeSummary(path: string, summary: Summary): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeWhole(path, `${JSON.stringify(summary, null, 2)}\n`)
}

type Counts = Readonly<Record<string, number>>

const added = (a: Counts, b: Counts): Counts => {
  const sum: Record<string, number> = { ...a }
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n
  return Object.fromEntries(Object.entries(sum).sort(([x], [y]) => (x < y ? -1 : 1)))
}

/** A part's summary with one more round. */
export const withOutcome = (part: PartSummary, { tries, found, counts, gauges = {} }: Outcome): PartSummary => ({
  ...part,
  tries: part.tries + tries,
  failures: part.failures + found.length,
  counts: added(part.counts, counts),
  gauges: { ...part.gauges, ...gauges },
})
