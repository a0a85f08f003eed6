import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceOf, thisMachine } from '@spikeward/train/node'
import { claims } from './parts/claims.js'
import { diskFull } from './parts/diskFull.js'
import { files, hdf5Files, nir } from './parts/files.js'
import { kills } from './parts/kills.js'
import { backends, steps } from './parts/memory.js'
import type { Finding, Part, Session } from './parts/part.js'
import { programs, webgpuPrograms } from './parts/programs.js'
import { streams } from './parts/streams.js'
import { terminations } from './parts/terminations.js'
import { type PartSummary, type SessionSummary, readSummary, withOutcome, writeSummary } from './summary.js'

/** Every part: a new one is a row here. */
export const parts: readonly Part[] = [
  ...[files, hdf5Files, nir, programs, webgpuPrograms, kills, diskFull, terminations, claims, steps, streams, backends],
]

/** The options of `soak`. */
export type SoakOptions = {
  readonly minutes: number
  /** Tries after which a part ends; null: when the time is over. */
  readonly cases: number | null
  /** The key of all random numbers; null: the number of sessions in the summary. */
  readonly key: number | null
  /** The summary that this session is added to. */
  readonly out: string
  readonly parts: readonly Part[]
  readonly root: string
  readonly report: (line: string) => void
  /** Milliseconds; default the system's clock. */
  readonly now?: () => number
}

type Running = { readonly part: Part; readonly session: Session; rounds: number; summary: PartSummary }

const opening = ({ unit, target }: Part): PartSummary => ({
  ...{ unit, target, tries: 0, failures: 0, counts: {}, gauges: {} },
})

/** The part that is furthest behind its target, so that all reach theirs at about the same time. */
export const furthestBehind = <T extends { readonly summary: PartSummary }>(running: readonly T[]): T | undefined =>
  [...running].sort((a, b) => a.summary.tries / a.summary.target - b.summary.tries / b.summary.target)[0]

/**
 * Plays rounds of the parts in turn until the time is over. The summary on disk is replaced after each round, so that a
 * soak that is stopped or dies loses only the round in progress.
 *
 * @returns the session, with everything that was found
 */
export async function soak(options: SoakOptions): Promise<SessionSummary> {
  const { minutes, cases, out, root, report, now = () => performance.now() } = options
  const before = await readSummary(out)
  const key = options.key ?? before.sessions.length + 1
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-soak-'))
  const began = now()
  const begun = new Date().toISOString()
  const { commit, dirty } = sourceOf(root)
  const findings: (Finding & { part: string })[] = []
  const skipped: Record<string, PartSummary> = {}
  const running: Running[] = []
  const session = (): SessionSummary => ({
    ...{ commit, dirty, key, begun, seconds: Math.round((now() - began) / 1000) },
    ...{ machine: thisMachine(), node: process.version },
    parts: { ...Object.fromEntries(running.map((r) => [r.part.name, r.summary])), ...skipped },
    found: findings,
  })
  try {
    for (const part of options.parts) {
      const own = join(folder, part.name)
      await mkdir(own)
      const opened = await part.open({ key, root, folder: own })
      if (typeof opened === 'string') skipped[part.name] = { ...opening(part), skipped: opened }
      else running.push({ part, session: opened, rounds: 0, summary: opening(part) })
    }
    while (now() - began < minutes * 60_000) {
      const next = furthestBehind(running.filter(({ summary }) => cases === null || summary.tries < cases))
      if (next === undefined) break
      const outcome = await next.session.round(next.rounds++)
      next.summary = withOutcome(next.summary, outcome)
      for (const f of outcome.found) {
        findings.push({ ...f, part: next.part.name })
        report(`${next.part.name}: ${f.what}`)
      }
      await writeSummary(out, { ...before, sessions: [...before.sessions, session()] })
    }
    return session()
  } finally {
    for (const { session: open } of running) await open.close?.()
    await rm(folder, { recursive: true, force: true })
  }
}
