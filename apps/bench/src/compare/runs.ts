import { SpikewardError } from '@spikeward/core'
import type { AnyRun } from '../run/run.js'
import { type Comparison, unpairedInterval, verdictOf } from './bootstrap.js'

/** A comparison needs at least this number of times for a label. */
const MIN_TIMES = 3

/** Settings by name; a setting that only one run has was added or removed between their commits. */
const settingsOf = ({ settings }: AnyRun): Readonly<Record<string, unknown>> =>
  typeof settings === 'object' && settings !== null ? { ...settings } : {}

/** Settings that control how long and how often times are measured, which change their spread and not their level. */
const effort = ['repeat', 'compile', 'peers', 'budget']

function differences(old: AnyRun, now: AnyRun): readonly string[] {
  if (old.command !== now.command) return [`bench ${old.command} and bench ${now.command}`]
  const [a, b] = [settingsOf(old), settingsOf(now)]
  return Object.keys(a)
    .filter((key) => key in b && !effort.includes(key) && JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key} ${JSON.stringify(a[key])} and ${JSON.stringify(b[key])}`)
}

/** Compares two stored runs of one command with the same settings, label by label. Rounds and peers may differ. */
export function compareRuns(old: AnyRun, now: AnyRun, bound: number): readonly Comparison[] {
  const different = differences(old, now)
  if (different.length > 0) {
    throw new SpikewardError(
      'BENCH_DIFFERENT_RUNS',
      `the two runs did not measure the same: ${different.join('; ')}; repeat one of them with the other's command line (${old.line})`,
    )
  }
  const labels = Object.keys(old.samples).filter((label) => {
    const [a, b] = [old.samples[label] ?? [], now.samples[label] ?? []]
    return a.length >= MIN_TIMES && b.length >= MIN_TIMES
  })
  if (labels.length === 0) {
    throw new SpikewardError(
      'BENCH_NOTHING_TO_COMPARE',
      `the two runs (${old.line}; ${now.line}) have no label with ${MIN_TIMES} times each in common; compare two runs of one command with more --repeat`,
    )
  }
  return labels.map((label) => {
    const interval = unpairedInterval(old.samples[label] ?? [], now.samples[label] ?? [])
    return { label, interval, verdict: verdictOf(interval, bound) }
  })
}
