import { SpikewardError } from '@spikeward/core'

/** The program that started this process together with others. */
export type Launcher = {
  readonly name: 'Open MPI' | 'PMIx' | 'Slurm'
  /** The rank of this process; null if only MPI itself provides it. */
  readonly rank: number | null
  readonly size: number | null
  /** Ranks on this machine; null if the launcher does not provide it. */
  readonly localSize: number | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** A whole number in the environment, null if there is none. Slurm writes `2(x3)` for three nodes of two tasks. */
const numberIn = (env: Environment, name: string): number | null => {
  const match = /^\d+/.exec(env[name] ?? '')
  return match === null ? null : Number(match[0])
}

/**
 * The launcher that started this process as one of several, detected by its variables: `mpirun` of Open MPI
 * (`OMPI_COMM_WORLD_*`), Slurm's `srun --mpi=pmix` (`PMIX_RANK` and `SLURM_*`), or another launcher with PMIx. Null if
 * the process runs alone, which includes a batch script of Slurm.
 *
 * @param env such as `process.env`
 * @throws LAUNCHER_WITHOUT_MPI if `srun` started several tasks that cannot find each other
 */
export function detectLauncher(env: Environment): Launcher | null {
  const size = numberIn(env, 'OMPI_COMM_WORLD_SIZE')
  if (size !== null) {
    return {
      name: 'Open MPI',
      rank: numberIn(env, 'OMPI_COMM_WORLD_RANK'),
      size,
      localSize: numberIn(env, 'OMPI_COMM_WORLD_LOCAL_SIZE'),
    }
  }
  const inStep = numberIn(env, 'SLURM_STEP_ID') !== null && numberIn(env, 'SLURM_PROCID') !== null
  const tasks = numberIn(env, 'SLURM_STEP_NUM_TASKS') ?? numberIn(env, 'SLURM_NTASKS')
  const localSize = numberIn(env, 'SLURM_STEP_TASKS_PER_NODE') ?? numberIn(env, 'SLURM_TASKS_PER_NODE')
  const rank = numberIn(env, 'PMIX_RANK')
  if (rank !== null) {
    return inStep
      ? { name: 'Slurm', rank, size: tasks, localSize }
      : { name: 'PMIx', rank, size: null, localSize: null }
  }
  if (!inStep || tasks === null || tasks === 1) return null
  throw new SpikewardError(
    'LAUNCHER_WITHOUT_MPI',
    `srun started ${tasks} tasks without PMIx, so that each would train alone; start them with srun --mpi=pmix, or with mpirun inside the allocation`,
  )
}

/**
 * Threads of each rank, so that the ranks of a machine together use each core once.
 *
 * @param cores all cores of the machine
 * @param allowed the cores that this process may use: launchers bind ranks to cores
 */
export const threadsPerRank = (
  { localSize }: Pick<Launcher, 'localSize'>,
  { cores, allowed }: { readonly cores: number; readonly allowed: number },
): number => Math.max(1, Math.min(allowed, Math.floor(cores / (localSize ?? 1))))
