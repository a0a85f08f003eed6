/**
 * Faults of queues and ranks, at moments of a fixed sequence: what is lost, and what runs twice. Needs Valkey and Open
 * MPI.
 */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { sampleMedian } from '@spikeward/train'
import { root } from './stored.js'
import { type Study, digits, temporaryFolder, titled } from './tools.js'

/** All tries of one fault of the queue, as its tests write them. */
export interface QueueFault {
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

/** Killed ranks, as their test writes them. */
export interface RankFaults {
  readonly tries: number
  /** Jobs that ended with a message that names the killed rank. */
  readonly told: number
  /** Runs that ended with the bits of a run without a fault after they were resumed. */
  readonly sameBits: number
  /** Seconds from the kill to the end of the job, of each try. */
  readonly seconds: readonly number[]
}

/** Both. */
export interface FaultsResult {
  readonly queue: readonly QueueFault[]
  readonly ranks: RankFaults
}

/** Whether counts explain why their tests failed: something was lost, ran twice, was not reported or not resumed. */
export const explains = ({ queue, ranks }: FaultsResult): boolean =>
  queue.some(({ lost, twice }) => lost > 0 || twice > 0) || ranks.told < ranks.tries || ranks.sameBits < ranks.tries

/**
 * Runs tests that write their counts before they check them, so that a lost trial is counted although its test fails.
 */
async function counted(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', ...args], {
    ...{ cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 28 },
  })
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = `vitest run ${args.join(' ')} wrote no counts; Valkey or Open MPI may be absent: ${stdout.slice(-1000)}`
    throw new SpikewardError('STUDY_COMMAND', why, { cause })
  })
  return { passed: status === 0, lines: text.trimEnd().split('\n') }
}

/** Kills, full memory and a lost network. */
export const faults: Study<FaultsResult> = {
  name: 'faults',
  summary: 'killed workers, servers and ranks, full memory, a lost network: what is lost or runs twice',
  async run({ quick, log }) {
    const [tries, outage] = quick ? [1, 1] : [50, 30]
    await using folder = await temporaryFolder('faults')
    const [queueFile, ranksFile] = [join(folder.path, 'queue'), join(folder.path, 'ranks')]
    const ofQueue = { QUEUE_FAULTS: String(tries), QUEUE_OUTAGE: String(outage), QUEUE_FAULTS_OUT: queueFile }
    const queue = await counted(queueFile, ['packages/queue/test/faults'], ofQueue)
    log('faults of the queue are counted')
    const ofRanks = { RANK_KILLS: String(tries), RANK_FAULTS_OUT: ranksFile }
    const ranks = await counted(ranksFile, ['apps/cli/test/ranks/ranks.test.ts', '-t', 'killed'], ofRanks)
    const counts: FaultsResult = {
      queue: queue.lines.map((line) => JSON.parse(line) as QueueFault).sort((a, b) => (a.what < b.what ? -1 : 1)),
      ranks: JSON.parse(ranks.lines.join('')) as RankFaults,
    }
    if ((queue.passed && ranks.passed) || explains(counts)) return counts
    throw new SpikewardError(
      'STUDY_COMMAND',
      'the counts are clean, but the tests of faults failed; run them by vitest to see why',
    )
  },
  table: ({ queue, ranks }) =>
    [
      titled(
        'Suites over a queue',
        [
          ['fault', 'tries', 'trials', 'lost', 'finished, then run again', 'restarted', 'median s', 'longest s'],
          ...queue.map((q) => [
            q.what,
            ...[q.tries, q.trials, q.lost, q.twice, q.again].map(String),
            digits(sampleMedian(q.seconds)),
            digits(Math.max(...q.seconds)),
          ]),
        ],
        'Seconds from the end of the fault to the last result. Restarted: trials that had begun when their worker was killed. The network is lost for 30 s.',
      ),
      titled(
        'Training over two ranks, one of which is killed',
        [
          ['tries', 'ended with a message that names the rank', 'resumed to the same bits', 'median s', 'longest s'],
          [
            ...[ranks.tries, ranks.told, ranks.sameBits].map(String),
            digits(sampleMedian(ranks.seconds)),
            digits(Math.max(...ranks.seconds)),
          ],
        ],
        'Seconds from the kill to the end of the job.',
      ),
    ].join('\n\n'),
}
