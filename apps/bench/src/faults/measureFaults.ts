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
  /** Runs that ended with the bits of a run without a fault after they were resumed. */
  readonly sameBits: number
  /** Seconds from the kill to the end of the job, of each try. */
  readonly seconds: readonly number[]
}

/** What the benchmark stores. */
export type FaultsResult = { readonly queue: readonly QueueFault[] } | { readonly ranks: RankFaults }

/**
 * Runs test files with an environment; they write what they count.
 *
 * @throws if a test fails, with the end of its output: a lost trial or another result is a failure
 */
function runTests(args: readonly string[], env: Readonly<Record<string, string>>, io: Io): Promise<void> {
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
      if (code === 0) resolve()
      else reject(new Error(`vitest run ${args.join(' ')} ended with ${code}: ${said}`))
    })
  })
}

/** Causes every fault of the tests of the queue, or of ranks, `tries` times. */
export async function measureFaults({ of, tries, outage }: FaultsSettings, io: Io): Promise<Measured<FaultsResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-faults-'))
  const file = join(folder, 'counts')
  const ms = (seconds: readonly number[]): number[] => seconds.map((s) => 1000 * s)
  try {
    if (of === 'ranks') {
      const killed = ['apps/cli/test/ranks/ranks.test.ts', '-t', 'killed']
      await runTests(killed, { RANK_KILLS: String(tries), RANK_FAULTS_OUT: file }, io)
      const ranks = JSON.parse(await readFile(file, 'utf8')) as RankFaults
      return { result: { ranks }, samples: { 'killed ranks': ms(ranks.seconds) } }
    }
    const counted = { QUEUE_FAULTS: String(tries), QUEUE_OUTAGE: String(outage), QUEUE_FAULTS_OUT: file }
    await runTests(['packages/queue/test/faults'], counted, io)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    const queue = lines.map((line) => JSON.parse(line) as QueueFault).sort((a, b) => (a.what < b.what ? -1 : 1))
    return { result: { queue }, samples: Object.fromEntries(queue.map((q) => [q.what, ms(q.seconds)])) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
