import { measureFaults } from './measureFaults.js'
import type { FaultsResult, FaultsSettings, QueueFault, RankFaults } from './measureFaults.js'
import { digits } from '../report/formatNumbers.js'
import type { Table } from '../report/tableMarkdown.js'
import { defineBenchmark } from '../run/benchmark.js'
import { median } from '../sampleStatistics.js'
import { count, oneOf, positive } from '../argumentParsers.js'

/** `faults`: workers, the server, its memory, the network and ranks fail at moments of a fixed sequence; what is lost is counted. */
export const faults = defineBenchmark<FaultsSettings, FaultsResult>({
  name: 'faults',
  folder: 'cluster',
  about:
    'killed workers, servers and ranks, full memory, a lost network: what is lost or runs twice; needs Valkey and Open MPI',
  options: (command) =>
    command
      .option('--of <what>', 'what fails', oneOf('queue', 'ranks'), 'queue')
      .option('--tries <n>', 'tries of each fault', count, 50)
      .option('--outage <s>', 'seconds for which the network is lost', positive, 30),
  quick: { tries: 2, outage: 1 },
  measure: (settings, { io }) => measureFaults(settings, io),
  tables: ({ settings, ...found }) => ['queue' in found ? queueTable(found.queue, settings) : ranksTable(found.ranks)],
  figures: () => [],
})

const queueTable = (queue: readonly QueueFault[], { tries, outage }: FaultsSettings): Table => ({
  title: `Suites over a queue: each fault ${tries} times`,
  head: ['fault', 'tries', 'trials', 'lost', 'finished, then run again', 'restarted', 'median s', 'longest s'],
  rows: queue.map((q) => [
    q.what === 'lost network' ? `lost network for ${outage} s` : q.what,
    ...[q.tries, q.trials, q.lost, q.twice, q.again].map(String),
    digits(median(q.seconds)),
    digits(Math.max(...q.seconds)),
  ]),
  note: 'Seconds from the end of the fault to the last result, with many tries at once. Restarted: trials that had begun when their worker was killed.',
})

const ranksTable = ({ tries, told, sameBits, seconds }: RankFaults): Table => ({
  title: 'Training over two ranks, one of which is killed',
  head: ['tries', 'ended with a message that names the rank', 'resumed to the same bits', 'median s', 'longest s'],
  rows: [[String(tries), String(told), String(sameBits), digits(median(seconds)), digits(Math.max(...seconds))]],
  note: 'Seconds from the kill to the end of the job. Jobs send a number for each direction and a gradient in turn; they are resumed with one, two or three processes.',
})
