import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../io.js'
import { checkoutRoot } from '../paths.js'
import type { Measured } from '../run/benchmark.js'

/** Settings of the benchmark `faults`. */
export type FaultsSettings = {
  readonly of: 'queue' | 'ranks'
  readonly tries: number
  /** Seconds for which the network is lost. */
  readonly outage: number
}

/** The counts of all tries of one fault of the queue. */
export type QueueFault = {
  readonly what: string
  readonly tries: number
  readonly trials: number
  /** Trials without a result, or with a wrong one. */
  readonly lost: number
  /** Trials that ended and then ran again. */
  readonly twice: number
  /** Trials that had begun when their worker died, and ran again. */
  readonly again: number
  /** Seconds from the end of the fault to the last result, of each try. */
  readonly seconds: readonly number[]
}

/** Killed ranks. */
export type RankFaults = {
  readonly tries: number
  /** Jobs that ended with a message that names the killed rank. */
  readonly told: number
  /** Runs that ended with the bits of a run without a fault after they were resumed. */
  readonly sameBits: number
  /** The names of the other jobs. */
  readonly others: readonly string[]
  /** Seconds from the kill to the end of the job, of each try. */
  readonly seconds: readonly number[]
}

/** The stored result of the benchmark. */
export type FaultsResult = { readonly queue: readonly QueueFault[] } | { readonly ranks: RankFaults }

/**
 * Runs test files with an environment. They write their counts before they check them, so a lost trial is
 * counted although its test fails.
 *
 * @returns how they failed, with the end of their output; null if they passed
 */
function runTests(args: readonly string[], env: Readonly<Record<string, string>>, io: Io): Promise<string | null> {
  const child = spawn('npx', ['vitest', 'run', ...args], {
    cwd: checkoutRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const hear = (text: string): void => {
    said = (said + text).slice(-4000)
    io.err(text)
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve(code === 0 ? null : `vitest run ${args.join(' ')} ended with ${code}: ${said}`)
    })
  })
}

/** The faults of the tests of the queue. */
const queueFaults = ['full memory', 'killed server', 'killed workers', 'lost network']

/**
 * Whether tests that failed had no reason in their counts: nothing was lost, nothing ran twice and every rank was reported and resumed.
 * They then failed in another way, which the counts would hide.
 */
export function isUnexplained(failure: string | null, found: FaultsResult): boolean {
  if (failure === null) return false
  if ('queue' in found) return found.queue.every(({ lost, twice }) => lost === 0 && twice === 0)
  const { tries, told, sameBits } = found.ranks
  return told === tries && sameBits === tries
}

function refuseUnexplained(failure: string | null, found: FaultsResult): void {
  if (isUnexplained(failure, found)) throw new Error(`the counts are clean, but ${failure}`)
}

/**
 * Causes every fault of the tests of the queue, or of ranks, `tries` times.
 *
 * @throws if a fault was not counted, or the tests failed although the counts are clean, with the end of the tests' output
 */
export async function measureFaults({ of, tries, outage }: FaultsSettings, io: Io): Promise<Measured<FaultsResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-faults-'))
  const file = join(folder, 'counts')
  const counted = (failure: string | null): Promise<string> =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw new Error(failure ?? 'the tests were skipped: Valkey or Open MPI is absent', { cause })
    })
  const ms = (seconds: readonly number[]): number[] => seconds.map((s) => 1000 * s)
  try {
    if (of === 'ranks') {
      const killed = ['apps/cli/test/ranks/ranks.test.ts', '-t', 'killed']
      const failure = await runTests(killed, { RANK_KILLS: String(tries), RANK_FAULTS_OUT: file }, io)
      const ranks = JSON.parse(await counted(failure)) as RankFaults
      refuseUnexplained(failure, { ranks })
      return { result: { ranks }, samples: { 'killed ranks': ms(ranks.seconds) } }
    }
    const settings = { QUEUE_FAULTS: String(tries), QUEUE_OUTAGE: String(outage), QUEUE_FAULTS_OUT: file }
    const failure = await runTests(['packages/queue/test/faults'], settings, io)
    const lines = (await counted(failure)).trimEnd().split('\n')
    const queue = lines.map((line) => JSON.parse(line) as QueueFault).sort((a, b) => (a.what < b.what ? -1 : 1))
    const missing = queueFaults.filter((what) => !queue.some((q) => q.what === what))
    if (missing.length > 0) throw new Error(`no count of ${missing.join(', ')}: ${failure ?? ''}`)
    refuseUnexplained(failure, { queue })
    return { result: { queue }, samples: Object.fromEntries(queue.map((q) => [q.what, ms(q.seconds)])) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
