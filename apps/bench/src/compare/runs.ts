import { SpikewardError } from '@spikeward/core'
import type { AnyRun } from '../run/run.js'
import { unpairedInterval } from './bootstrap.js'
import { verdictOf } from './verdict.js'
import type { Comparison } from './verdict.js'

/** Fewest times of a label that say anything. */
const LEAST = 3

/**
 * Compares two stored runs, label by label.
 *
 * @throws BENCH_NOTHING_TO_COMPARE
 */
export function compareRuns(old: AnyRun, now: AnyRun, bound: number): readonly Comparison[] {
  const labels = Object.keys(old.samples).filter((label) => {
    const [a, b] = [old.samples[label] ?? [], now.samples[label] ?? []]
    return a.length >= LEAST && b.length >= LEAST
  })
  if (labels.length === 0) {
    throw new SpikewardError(
      'BENCH_NOTHING_TO_COMPARE',
      `the two runs (${old.line}; ${now.line}) have no label with ${LEAST} times each in common; compare two runs of one command with more --repeat`,
    )
  }
  return labels.map((label) => {
    const interval = unpairedInterval(old.samples[label] ?? [], now.samples[label] ?? [])
    return { label, interval, verdict: verdictOf(interval, bound) }
  })
}
