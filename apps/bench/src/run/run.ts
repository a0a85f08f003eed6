/** The result of a benchmark: one JSON object, the same on standard output and in a file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, type Source, sourceOf, thisMachine } from '@spikeward/train/node'
import { benchRoot } from '../io.js'

export type RunHead = {
  readonly schema: 1
  readonly command: string
  /** The command that repeats the run. */
  readonly line: string
  readonly date: string
  /** Wall-clock time of the whole command, and of the trainings that it took from an interrupted run. */
  readonly seconds: number
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  /** Null if unknown. */
  readonly commit: string | null
  /** Whether sources differed from that commit. */
  readonly dirty: boolean
  /** Times in ms, round by round, by label: the data that `compare` compares. */
  readonly samples: Samples
}

export type Samples = Readonly<Record<string, readonly number[]>>

export type Run<S, R> = RunHead & { readonly settings: S } & R

/** A run of a benchmark that is not known yet. */
export type AnyRun = RunHead & { readonly settings: unknown }

export const ownVersion = (): string =>
  (JSON.parse(readFileSync(join(benchRoot, 'package.json'), 'utf8')) as { readonly version: string }).version

/**
 * The commit that this program was built from. Storing a run over an older one does not change the source of the next
 * measurement.
 */
export const ownSource = (): Source => sourceOf(benchRoot, ['docs/benchmarks', 'docs/benchmarks.md'])

/** The source of the next measurement in one line: results of another one are not continued. */
export function sourceText({ commit, dirty }: Source = ownSource()): string {
  return `${commit}${dirty ? ' and changes' : ''}`
}

export function makeRun<S, R>(
  what: {
    readonly command: string
    readonly line: string
    readonly settings: S
    readonly begun: number
    readonly earlierSeconds: number
  },
  result: R,
  samples: Samples,
): Run<S, R> {
  const { commit, dirty } = ownSource()
  return {
    schema: 1,
    command: what.command,
    line: what.line,
    date: new Date().toISOString(),
    seconds: Math.round((performance.now() - what.begun) / 100 + 10 * what.earlierSeconds) / 10,
    machine: thisMachine(),
    versions: { spikeward: ownVersion(), node: process.versions.node },
    commit,
    dirty,
    settings: what.settings,
    ...result,
    samples,
  }
}

/**
 * Options for the place where a benchmark computes. Stored runs do not contain them: they change nothing but the
 * duration, and the address of a queue may contain a password.
 */
export const placeOptions = ['queue', 'queueCa', 'queueCert', 'queueKey', 'shard', 'atOnce'] as const

/** Where and when a run was measured, and how long it took, in one line. */
export function measuredOn(run: AnyRun): string {
  const { processor, cores, memoryGiB, os, instructionSet } = run.machine
  const memory = memoryGiB === null ? '' : `, ${memoryGiB} GiB`
  const set = instructionSet === undefined ? '' : `, ${instructionSet}`
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`)
  const commit =
    run.commit === null ? 'commit unknown' : `commit ${run.commit.slice(0, 10)}${run.dirty ? ' with changes' : ''}`
  const duration = run.seconds >= 0.5 ? `, took ${Math.round(run.seconds)} s` : ''
  return `${processor}, ${cores} cores${memory}${set}; ${os}; ${versions.join(', ')}; ${commit}; ${run.date.slice(0, 10)}${duration}`
}
