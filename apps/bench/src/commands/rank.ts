import type { Command } from 'commander'
import { openBackend } from '../backends.js'
import type { RankOrder } from '../distributed/runRanks.js'
import { timeRank } from '../distributed/timeRank.js'
import type { Io } from '../io.js'

/** `rank`: one rank of a job that `distributed` starts; rank 0 prints what it measured. */
export function addRank(program: Command, io: Io): void {
  program
    .command('rank', { hidden: true })
    .description('one rank of a job of the benchmark distributed')
    .argument('<order>', 'its work, as JSON')
    .action(async (text: string) => {
      const { backend: name, threads, ...work } = JSON.parse(text) as RankOrder
      const { mpi } = await import('@spikeward/distributed/mpi')
      const communicator = mpi()
      await using backend = await openBackend(name, threads)
      const timing = await timeRank(communicator, backend, work)
      if (communicator.rank === 0) io.out(`${JSON.stringify(timing)}\n`)
      await communicator.close()
    })
}
