import { SpikewardError, type Communicator } from '@spikeward/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensure, failuresOf, type Check } from '../check.js'

/** The failures of the checks of one rank: messages by the names of the failed checks. */
export type CommunicatorFailures = Readonly<Record<string, string>>

/**
 * A count that the ranks of one group share outside their communicator: of threads in shared memory, of processes in a
 * file to which each appends.
 */
export interface Arrivals {
  /** Adds one. */
  readonly add: () => void
  /** The number of additions of all ranks so far. */
  readonly count: () => number
}

/** Options of `describeCommunicator`. */
export interface CommunicatorOptions {
  /** Shown in the report. */
  readonly name: string
  /** The sizes of the groups that are tested; default 1, 2, 3, 4. */
  readonly sizes?: readonly number[]
  /**
   * Opens a group of this size, calls `communicatorFailures` on every rank, closes it, and returns the failures of each
   * rank.
   */
  readonly run: (size: number) => Promise<readonly CommunicatorFailures[]>
  /** Why it cannot be tested on this machine, or null. */
  readonly skip?: string | null
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from({ length: a.length }, (_, i) => i).every((i) => Object.is(a[i], b[i]))

const ensureSame = (what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void =>
  ensure(
    same(actual, expected),
    () => `${what} is ${Array.from(actual).join(', ')}; it must be ${Array.from(expected).join(', ')}`,
  )

/** Numbers of a rank with many magnitudes, so that the bits of a sum depend on its order. */
const numbersOf = (rank: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + rank * 7 + i) * 10 ** (((rank + i) % 7) - 3))

/**
 * The checks of a communicator, as data: every rank of a group runs all of them, in this order.
 *
 * @param arrivals the group's count, initially 0
 */
export function communicatorChecks(arrivals: Arrivals): Check<Communicator>[] {
  const group = 'communicator'
  return [
    {
      group,
      name: 'every rank has its own number below the size',
      async run(c) {
        ensure(Number.isInteger(c.size) && c.size >= 1, `the size is ${c.size}`)
        const ranks = await c.allgather(Uint32Array.of(c.rank))
        ensureSame(
          'the list of ranks',
          ranks.map((r) => r[0]!),
          ranks.map((_, i) => i),
        )
        ensure(ranks.length === c.size, `${ranks.length} ranks answered of ${c.size}`)
      },
    },
    {
      group,
      name: 'allgather returns the payload of every rank in order, for any type and length',
      async run(c) {
        for (const length of [1, 0, 5, 40_000]) {
          const of = (rank: number): Float64Array => Float64Array.from({ length }, (_, i) => rank * 1e5 + i + 0.5)
          const all = await c.allgather(of(c.rank))
          ensure(all.length === c.size, `${all.length} payloads from ${c.size} ranks`)
          all.forEach((x, rank) => ensureSame(`payload ${rank} of length ${length}`, x, of(rank)))
        }
        const bytes = await c.allgather(Uint8Array.of(c.rank, 255))
        bytes.forEach((x, rank) => ensureSame(`bytes of rank ${rank}`, x, [rank, 255]))
      },
    },
    {
      group,
      name: 'concurrent calls give the same results as sequential ones',
      async run(c) {
        const of = (rank: number, call: number): Float32Array => numbersOf(rank + 10 * call, 3000)
        const calls = Array.from({ length: 6 }, (_, i) =>
          i % 2 === 0
            ? c.allgather(of(c.rank, i))
            : c.exchange(Array.from({ length: c.size }, (_, to) => of(c.rank, i + to))),
        )
        const sent = c.broadcast(of(c.rank, 99))
        for (const [i, call] of calls.entries()) {
          const expected = (rank: number): Float32Array => of(rank, i % 2 === 0 ? i : i + c.rank)
          for (const [rank, x] of (await call).entries()) ensureSame(`call ${i} from rank ${rank}`, x, expected(rank))
        }
        ensureSame('the broadcast', await sent, of(0, 99))
      },
    },
    {
      group,
      name: 'only the view of a larger array is sent, and results are separate arrays',
      async run(c) {
        const mine = Float32Array.of(9, c.rank, c.rank + 0.5, 9).subarray(1, 3)
        const all = await c.allgather(mine)
        all.forEach((x, rank) => ensureSame(`payload ${rank}`, x, [rank, rank + 0.5]))
        for (const x of all) x.fill(-1)
        ensureSame('the payload after its results were written to', mine, [c.rank, c.rank + 0.5])
        ensureSame('the sum', await c.allreduce(mine.subarray(0, 1)), [(c.size * (c.size - 1)) / 2])
      },
    },
    {
      group,
      name: 'exchange sends part j to rank j',
      async run(c) {
        for (const length of [1, 3, 20_000]) {
          const part = (from: number, to: number): Uint32Array => new Uint32Array(length).fill(from * 100 + to)
          const parts = Array.from({ length: c.size }, (_, to) => part(c.rank, to))
          const got = await c.exchange(parts)
          got.forEach((x, from) => ensureSame(`the part from ${from}`, x, part(from, c.rank)))
        }
      },
    },
    {
      group,
      name: 'allreduce adds in the order of ranks, rounded to the type, with the same bits everywhere',
      async run(c) {
        for (const length of [1, 7, 33_333]) {
          const sum = new Float32Array(length)
          for (let r = 0; r < c.size; r++) numbersOf(r, length).forEach((x, i) => (sum[i] = r === 0 ? x : sum[i]! + x))
          ensureSame(`the sum of ${length}`, await c.allreduce(numbersOf(c.rank, length)), sum)
        }
        const double = await c.allreduce(Float64Array.of(0.1))
        ensureSame('the sum in f64', double, [Array.from({ length: c.size }, () => 0.1).reduce((a, b) => a + b)])
      },
    },
    {
      group,
      name: 'broadcast returns the payload of the root, for every root',
      async run(c) {
        for (let root = 0; root < c.size; root++) {
          const got = await c.broadcast(Float64Array.of(c.rank, root, 0.25), root)
          ensureSame(`the payload of rank ${root}`, got, [root, root, 0.25])
        }
        ensureSame('the payload of rank 0', await c.broadcast(Uint8Array.of(7 + c.rank)), [7])
      },
    },
    {
      group,
      name: 'broadcast refuses a root that is not a rank, and exchange a wrong number of parts',
      async run(c) {
        const codeOf = (f: () => Promise<unknown>): Promise<string> =>
          f().then(
            () => 'nothing',
            (error: unknown) => (error instanceof SpikewardError ? error.code : String(error)),
          )
        const codes = [
          await codeOf(() => c.broadcast(Uint8Array.of(1), c.size)),
          await codeOf(() => c.exchange(Array.from({ length: c.size + 1 }, () => Uint8Array.of(1)))),
        ]
        ensure(
          codes.every((code) => code === 'INVALID_ARGUMENT'),
          `it threw ${codes.join(', ')}; it must throw INVALID_ARGUMENT`,
        )
      },
    },
    {
      group,
      name: 'no rank passes a barrier before the last one arrives',
      async run(c) {
        // The last rank arrives late, so that a rank that does not wait finds a lower count.
        if (c.rank === c.size - 1) await new Promise((resolve) => setTimeout(resolve, 30))
        arrivals.add()
        await c.barrier()
        const arrived = arrivals.count()
        ensure(arrived === c.size, `a rank left the barrier when ${arrived} of ${c.size} had arrived`)
      },
    },
    {
      group,
      name: 'counts the payload that a rank sends to others and receives from them',
      async run(c) {
        const begun = c.traffic()
        await c.allgather(new Float32Array(8))
        await c.exchange(Array.from({ length: c.size }, () => new Float32Array(2)))
        await c.broadcast(new Float32Array(4))
        const { sent, received, calls } = c.traffic()
        const others = c.size - 1
        ensure(calls - begun.calls === 3, `${calls - begun.calls} calls were counted of 3`)
        const expected = [
          32 * others + 8 * others + (c.rank === 0 ? 16 * others : 0),
          40 * others + (c.rank === 0 ? 0 : 16),
        ]
        ensureSame('sent and received', [sent - begun.sent, received - begun.received], expected)
      },
    },
    {
      group,
      name: 'a hundred calls in a row keep their order',
      async run(c) {
        for (let i = 0; i < 100; i++) {
          const all = await c.allgather(Uint32Array.of(i * 10 + c.rank))
          ensureSame(
            `call ${i}`,
            all.map((x) => x[0]!),
            all.map((_, rank) => i * 10 + rank),
          )
        }
      },
    },
  ]
}

/**
 * Runs all checks on one rank of a group, at the same time as the other ranks do.
 *
 * @param arrivals the group's count, initially 0
 */
export async function communicatorFailures(
  communicator: Communicator,
  arrivals: Arrivals,
): Promise<CommunicatorFailures> {
  const failures = await failuresOf(communicatorChecks(arrivals), communicator)
  return Object.fromEntries(
    [...failures].map(([name, error]) => [name, error instanceof Error ? error.message : String(error)]),
  )
}

/** Placeholder: only the names are read here. */
const unused: Arrivals = { add: () => undefined, count: () => 0 }

/**
 * Tests a communicator against its contract, in groups of 1 to 4 ranks: the result of each collective, the order of
 * sums bit for bit, barriers, counted traffic.
 *
 * @example
 * describeCommunicator({
 *   name: 'threads',
 *   run: (size) => {
 *     const group = threadGroup(size)
 *     let arrived = 0
 *     const arrivals = { add: () => void arrived++, count: () => arrived }
 *     return Promise.all(Array.from({ length: size }, (_, rank) => communicatorFailures(threads(group, rank), arrivals)))
 *   },
 * })
 */
export function describeCommunicator({ name, sizes = [1, 2, 3, 4], run, skip = null }: CommunicatorOptions): void {
  describe.each([...sizes])(`communicator ${name}, %i ranks`, (size) => {
    let ranks: readonly CommunicatorFailures[] = []
    beforeAll(async () => {
      if (skip === null) ranks = await run(size)
    })
    it('has that many ranks', (context) => {
      if (skip !== null) context.skip(skip)
      expect(ranks.length).toBe(size)
    })
    for (const check of communicatorChecks(unused)) {
      it(check.name, (context) => {
        if (skip !== null) context.skip(skip)
        expect(ranks.map((failures) => failures[`${check.group}: ${check.name}`])).toEqual(ranks.map(() => undefined))
      })
    }
  })
}
