/** Compares two builds in one session, which distinguishes a change from a machine that became slower. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { type Peer, startPeer } from '../peers/peer.js'
import { least } from '../step/alternate.js'
import { type Interval, type Pair, type Verdict, pairedInterval, verdictOf } from './bootstrap.js'

/** A build: runs n steps per round. */
export type Build = { round(n: number): Promise<readonly number[]>; close(): void }

export type BuildOptions = {
  readonly bound: number
  /** Rounds per sitting. */
  readonly rounds: number
  /** The largest number of sittings, each with new processes; as many as needed run, at least 3. */
  readonly sittings: number
}

export type BuildComparison = {
  readonly interval: Interval
  readonly verdict: Verdict
  readonly sittings: readonly (readonly Pair[])[]
}

/** Milliseconds per round: short, so that a disturbance affects neighbouring rounds of both builds. */
const ROUND_MS = 60
const MIN_SITTINGS = 3

// The least time of a round: disturbances only add to it.
async function sit(old: Build, now: Build, rounds: number): Promise<readonly Pair[]> {
  // Warms up both builds and determines the number of steps per round, the same for both.
  const once = least(await old.round(5))
  await now.round(5)
  const n = Math.max(3, Math.min(200, Math.round(ROUND_MS / once)))
  const pairs: Pair[] = []
  for (let r = 0; r < rounds; r++) {
    if (r % 2 === 0) {
      const a = least(await old.round(n))
      pairs.push([a, least(await now.round(n))])
    } else {
      const b = least(await now.round(n))
      pairs.push([least(await old.round(n)), b])
    }
  }
  return pairs
}

/**
 * Compares two builds in alternating rounds. Every sitting restarts both builds, because the memory layout of a process
 * makes it slightly faster or slower for its whole life. Continues until the interval is on one side of the bound, or
 * the sittings are used up.
 */
export async function compareBuilds(
  open: { readonly old: () => Promise<Build>; readonly now: () => Promise<Build> },
  options: BuildOptions,
): Promise<BuildComparison> {
  const sittings: (readonly Pair[])[] = []
  for (;;) {
    const [old, now] = [await open.old(), await open.now()]
    try {
      sittings.push(await sit(old, now, options.rounds))
    } finally {
      old.close()
      now.close()
    }
    const interval = pairedInterval(sittings)
    const verdict = verdictOf(interval, options.bound)
    if (sittings.length >= options.sittings || (sittings.length >= MIN_SITTINGS && verdict !== 'unsure')) {
      return { interval, verdict, sittings }
    }
  }
}

export const SERVED_FORM = 'step'

/** Starts the build of a checkout on a step. */
export async function openBuild(root: string, args: readonly string[]): Promise<Peer> {
  const program = join(root, 'apps', 'bench', 'dist', 'main.js')
  if (!existsSync(program)) spawnSync('npm', ['run', '-s', 'bench', '--', '--help'], { cwd: root, stdio: 'ignore' })
  const started = existsSync(program)
    ? await startPeer({ name: root, command: process.execPath, args: [program, 'serve', ...args], env: process.env })
    : { name: root, absent: 'it has no apps/bench/dist/main.js, and npm run bench did not make one' }
  if ('absent' in started) {
    throw new SpikewardError(
      'BENCH_NO_BUILD',
      `the checkout ${root} cannot be timed: ${started.absent}; build it there with: npm run -s bench -- --help`,
    )
  }
  return started
}
