import { availableParallelism, cpus } from 'node:os'
import { detectLauncher, threadsPerRank } from '@spikeward/distributed'
import type { Communicator } from '@spikeward/core'

export type Ranks = {
  readonly communicator: Communicator
  readonly threads: number
}

/**
 * Joins the ranks that a launcher started beside this process; null if it runs alone.
 *
 * @throws MPI_UNAVAILABLE, LAUNCHER_WITHOUT_MPI
 */
export async function openRanks(env: NodeJS.ProcessEnv): Promise<Ranks | null> {
  const launcher = detectLauncher(env)
  if (launcher === null) return null
  const { mpi } = await import('@spikeward/distributed/mpi')
  // Ranks wait long for the data of a run, which rank 0 makes; the steps of a run have a limit of their own.
  const communicator = mpi({ timeoutSeconds: Infinity })
  return {
    communicator,
    threads: threadsPerRank(launcher, { cores: cpus().length, allowed: availableParallelism() }),
  }
}
