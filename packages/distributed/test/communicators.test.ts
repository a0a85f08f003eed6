import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Communicator, SpikewardError } from '@spikeward/core'
import { communicatorFailures, describeCommunicator } from '@spikeward/testkit'
import type { Arrivals, CommunicatorFailures } from '@spikeward/testkit'
import { single, threadGroup, threads } from '../src/index.js'
import { bundleRank, mpirun, whyNoMpi } from './ranks.js'

const reason = whyNoMpi()
const program = reason === null ? await bundleRank('contractRank') : ''

afterAll(() => {
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

const ranksOf = (size: number): number[] => Array.from({ length: size }, (_, rank) => rank)

/** Arrivals of ranks in this process. */
function arrivalsHere(): Arrivals {
  let arrived = 0
  return { add: () => void arrived++, count: () => arrived }
}

describeCommunicator({
  name: 'single',
  sizes: [1],
  run: async () => [await communicatorFailures(single(), arrivalsHere())],
})

describeCommunicator({
  name: 'threads',
  run: (size) => {
    const group = threadGroup(size)
    const arrivals = arrivalsHere()
    return Promise.all(ranksOf(size).map((rank) => communicatorFailures(threads(group, rank), arrivals)))
  },
})

test('the contract refuses a barrier that does not wait', async () => {
  const group = threadGroup(2)
  const arrivals = arrivalsHere()
  const open = (rank: number): Communicator => ({ ...threads(group, rank), barrier: () => Promise.resolve() })
  const found = await Promise.all(ranksOf(2).map((rank) => communicatorFailures(open(rank), arrivals)))
  expect(Object.entries(found[0]!)).toEqual([[expect.stringContaining('barrier'), expect.stringContaining('1 of 2')]])
})

describeCommunicator({
  name: 'mpi',
  skip: reason,
  async run(size) {
    const { code, out, err } = await mpirun(size, program, [join(dirname(program), `arrivals-${size}`)])
    expect([code, err]).toEqual([0, ''])
    return JSON.parse(out) as CommunicatorFailures[]
  },
})

/** The code that a call rejects with. */
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error: unknown) => (error instanceof SpikewardError ? error.code : String(error)),
  )

test('threads: the timeout detects a rank that never arrives', async () => {
  const group = threadGroup(2)
  expect(await codeOf(threads(group, 0, { timeoutSeconds: 0.05 }).barrier())).toBe('RANK_TIMEOUT')
})

test('threads: an abort of one rank ends the waits of the others', async () => {
  const group = threadGroup(3)
  const waits = [0, 1].map((rank) => codeOf(threads(group, rank).barrier()))
  threads(group, 2).abort()
  expect(await Promise.all(waits)).toEqual(['RANK_ABORTED', 'RANK_ABORTED'])
})

test('threads: payloads of different lengths are refused on every rank', async () => {
  const group = threadGroup(2)
  const calls = [3, 4].map((n, rank) => codeOf(threads(group, rank).allgather(new Uint8Array(n))))
  expect(await Promise.all(calls)).toEqual(['RANKS_DIFFER', 'RANKS_DIFFER'])
})

test('a group has at least one rank', () => {
  expect(() => threadGroup(0)).toThrow(/INVALID_OPTION/)
})
