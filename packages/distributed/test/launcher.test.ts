import { describe, expect, test } from 'vitest'
import {
  agree,
  broadcastBytes,
  delayed,
  detectLauncher,
  threadGroup,
  threads,
  threadsPerRank,
  watched,
} from '../src/index.js'

describe('detectLauncher', () => {
  test.each([
    [{}, null],
    [
      { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_LOCAL_SIZE: '2', PMIX_RANK: '3' },
      { name: 'Open MPI', rank: 3, size: 4, localSize: 2 },
    ],
    [
      { PMIX_RANK: '1', SLURM_STEP_ID: '0', SLURM_PROCID: '1', SLURM_NTASKS: '6', SLURM_TASKS_PER_NODE: '2(x3)' },
      { name: 'Slurm', rank: 1, size: 6, localSize: 2 },
    ],
    [{ PMIX_RANK: '0' }, { name: 'PMIx', rank: 0, size: null, localSize: null }],
    // A batch script is no task of a step, and a step of one task is one process.
    [{ SLURM_NTASKS: '6', SLURM_PROCID: '0' }, null],
    [{ SLURM_STEP_ID: '0', SLURM_PROCID: '0', SLURM_NTASKS: '6', SLURM_STEP_NUM_TASKS: '1' }, null],
  ])('%j', (env, launcher) => {
    expect(detectLauncher(env)).toEqual(launcher)
  })

  test('refuses tasks of srun that cannot find each other', () => {
    const env = { SLURM_STEP_ID: '0', SLURM_PROCID: '2', SLURM_NTASKS: '6' }
    expect(() => detectLauncher(env)).toThrow(/--mpi=pmix.*\[LAUNCHER_WITHOUT_MPI\]/)
  })
})

test.each([
  [2, 8, 8, 4],
  // Bound to its own cores, a rank takes these.
  [2, 8, 4, 4],
  [16, 8, 8, 1],
  [null, 8, 8, 8],
  [3, 8, 1, 1],
])('%j ranks on %i cores, of which a rank may use %i, take %i threads each', (localSize, cores, allowed, expected) => {
  expect(threadsPerRank({ localSize }, { cores, allowed })).toBe(expected)
})

const pair = () => {
  const group = threadGroup(2)
  return [threads(group, 0), threads(group, 1)] as const
}

test('ranks that agree pass, and every rank refuses a fact that differs', async () => {
  const [a, b] = pair()
  await Promise.all([agree(a, { build: 'x', key: '1' }), agree(b, { build: 'x', key: '1' })])
  const differing = [agree(a, { build: 'x', key: '1' }), agree(b, { build: 'x', key: 'another' })]
  for (const result of await Promise.allSettled(differing)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'RANKS_DIFFER' } })
    expect(String((result as PromiseRejectedResult).reason)).toMatch(/ranks 0 and 1 .* key: 1 and another/)
  }
})

test('bytes of any length reach all ranks', async () => {
  const [a, b] = pair()
  for (const length of [0, 3, 100_000]) {
    const bytes = new Uint8Array(length).fill(length % 251)
    const [first, second] = await Promise.all([broadcastBytes(a, bytes), broadcastBytes(b, null)])
    for (const got of [first, second]) expect(Buffer.compare(got, bytes)).toBe(0)
  }
})

test('a watched communicator gives up, and passes on what arrives in time', async () => {
  const [a, b] = pair()
  await expect(watched(a, 0.02).barrier()).rejects.toMatchObject({ code: 'RANK_TIMEOUT' })
  // The call of the first rank is still there: the second completes it.
  await b.barrier()
  const sums = await Promise.all([a, b].map((c) => watched(c, 60).allreduce(Float32Array.of(c.rank + 1))))
  expect(sums).toEqual([Float32Array.of(3), Float32Array.of(3)])
})

test('a delayed communicator gives the results of the one within', async () => {
  const link = { latency: 0.001, bandwidth: 1e6 }
  const [a, b] = pair().map((c) => delayed(c, link)) as [ReturnType<typeof delayed>, ReturnType<typeof delayed>]
  const gathered = await Promise.all([a, b].map((c) => c.allgather(Uint8Array.of(c.rank))))
  expect(gathered).toEqual([
    [Uint8Array.of(0), Uint8Array.of(1)],
    [Uint8Array.of(0), Uint8Array.of(1)],
  ])
  const sums = await Promise.all([a, b].map((c) => c.allreduce(Float64Array.of(1, 2))))
  expect(sums[0]).toEqual(Float64Array.of(2, 4))
})
