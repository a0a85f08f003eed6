/** The same bits for any number of ranks, with both ways of distribution, on every backend. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type TestContext, expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { type Backend, SpikewardError, UnavailableError, referenceBackend } from '@spikeward/core'
import { single, threadGroup, threads } from '../src/index.js'
import { cellsOf } from '../src/ranks/partition.js'
import { type Addends, reduceShares } from '../src/ranks/reduceShares.js'
import { type Case, bitsOf, train, trainOperator, withAsync } from './fixtures.js'

const backends: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  // A gradient is cut only on a backend with another thread.
  cpu: async () => withAsync(await cpu({ threads: 1 })),
  native: () => native({ threads: 1 }),
}

const cases: readonly (readonly [name: string, Case])[] = [
  ['directions', { estimator: 'rfg', cut: { directions: 4 }, steps: 3, batch: 32 }],
  ['batch', { estimator: 'rfg', cut: { batch: 8 }, steps: 3, batch: 4 }],
]

/** Options that both ways share; they are tested above with every number of ranks. */
const combined: readonly (readonly [name: string, Case])[] = [
  ['a grid', { estimator: 'rfg', cut: { directions: 3, batch: 2 }, steps: 2, batch: 16 }],
  ['eligibility, batch', { estimator: 'eligibility', cut: { batch: 5 }, steps: 2, batch: 8 }],
]

/** Gradients in parts: each is sent while the next is computed. */
const inParts: readonly (readonly [name: string, Case])[] = (['bp', 'eligibility', 'feedback'] as const).map(
  (estimator) => [`${estimator}, in parts`, { estimator, cut: { batch: 5 }, part: 10, steps: 2, batch: 8 }],
)

/** Differences between backends are tested above; these differ in what they send. */
const more: readonly (readonly [name: string, Case])[] = [
  ['layers, directions', { estimator: 'layerwise', cut: { directions: 4 }, steps: 2, batch: 16 }],
  ['exact readout, batch', { estimator: 'readout', cut: { batch: 4 }, steps: 2, batch: 8 }],
  ['feedback, whose state is a mean, batch', { estimator: 'feedback', cut: { batch: 4 }, steps: 2, batch: 8 }],
  ['readouts solved in parts', { estimator: 'eligibility', cut: { batch: 4 }, steps: 2, batch: 8, solve: true }],
  ['bp, batch', { estimator: 'bp', cut: { batch: 4 }, steps: 2, batch: 8 }],
]

/** The snapshots of all ranks, which share a backend, as text. */
function bitsOver(size: number, backend: Backend, given: Case): Promise<string[]> {
  const group = threadGroup(size)
  return Promise.all(
    Array.from({ length: size }, async (_, rank) => bitsOf(await train(threads(group, rank), backend, given))),
  )
}

async function sameBits(opened: Backend, given: Case, sizes: readonly number[]): Promise<void> {
  await using backend = opened
  const expected = bitsOf(await train(single(), backend, given))
  for (const size of sizes) {
    for (const bits of await bitsOver(size, backend, given)) expect(bits === expected).toBe(true)
  }
}

for (const [backend, open] of Object.entries(backends)) {
  const check = async (given: Case, sizes: readonly number[], context: TestContext): Promise<void> => {
    const opened = await Promise.resolve(open()).catch((error: unknown) => {
      if (error instanceof UnavailableError) return error.message
      throw error
    })
    if (typeof opened === 'string') context.skip(opened)
    else await sameBits(opened, given, sizes)
  }
  // A rank sends and adds the same numbers on every backend: one backend runs every number of ranks.
  const sizes = backend === 'cpu' ? [2, 3, 4] : [3]
  test.for([...cases, ...inParts])(
    `${backend}: %s: one rank and ${sizes.join(', ')} end with the same bits`,
    ([, given], context) => check(given, sizes, context),
  )
  test.for(combined)(`${backend}: %s: one rank and three end with the same bits`, ([, given], context) =>
    check(given, [3], context),
  )
}

test.each(more)('%s: one rank and three end with the same bits', (_, given) => sameBits(referenceBackend(), given, [3]))

test('more ranks than cells leave some idle, with the same bits', async () => {
  const given: Case = { estimator: 'rfg', cut: { directions: 2 }, steps: 2, batch: 8 }
  const [expected] = await bitsOver(1, referenceBackend(), given)
  expect(new Set(await bitsOver(5, referenceBackend(), given))).toEqual(new Set([expected]))
})

test.each([1, 3])(
  'functions that are read step by step, readouts solved in parts: %d ranks end with the bits of one with all in memory',
  async (size) => {
    const backend = referenceBackend()
    const expected = bitsOf(await trainOperator(single(), backend, false))
    const group = threadGroup(size)
    const ends = await Promise.all(
      Array.from({ length: size }, (_, rank) => trainOperator(threads(group, rank), backend, true)),
    )
    for (const end of ends) expect(bitsOf(end)).toBe(expected)
  },
)

test('a gradient of many chunks has the same bits on any number of ranks', async () => {
  const length = 5 * 65_536 + 17
  const leaves = Array.from({ length: 5 }, (_, share) =>
    Float32Array.from({ length }, (_, i) => Math.sin(i * (share + 1)) * 10 ** ((i + share) % 5)),
  )
  // Two parts, whose second arrives later, and much later on one rank.
  const first = 3 * 65_536 + 5
  const parts = (own: readonly Float32Array[], rank: number): Addends<Float32Array>[] => [
    { length: first, leaves: Promise.resolve(own.map((x) => x.subarray(0, first))) },
    {
      length: length - first,
      leaves: sleep(
        rank === 1 ? 50 : 2,
        own.map((x) => x.subarray(first)),
      ),
    },
  ]
  const bytesOf = (sum: readonly Float32Array[]): Buffer => Buffer.concat(sum.map((x) => Buffer.from(x.buffer)))
  const expected = bytesOf(await reduceShares(single(), 5, parts(leaves, 0), Float32Array))
  const [whole] = await reduceShares(single(), 5, [{ length, leaves: Promise.resolve(leaves) }], Float32Array)
  expect(bytesOf([whole!]).equals(expected)).toBe(true)
  for (const size of [2, 3, 4]) {
    const group = threadGroup(size)
    const sums = await Promise.all(
      Array.from({ length: size }, (_, rank) => {
        const { from, to } = cellsOf(rank, size, 5)
        return reduceShares(threads(group, rank), 5, parts(leaves.slice(from, to), rank), Float32Array)
      }),
    )
    for (const sum of sums) expect(bytesOf(sum).equals(expected)).toBe(true)
  }
})

test('another cut gives other bits and nearly the same numbers', async () => {
  const of = (directions: number) =>
    train(single(), referenceBackend(), { estimator: 'rfg', cut: { directions }, steps: 2, batch: 16 })
  const [a, b] = [await of(1), await of(6)]
  const [x, y] = [a, b].map((s) => s.tensors.get('loss')!.data[0]!) as [number, number]
  expect(Math.abs(x - y)).toBeLessThan(1e-4 * Math.abs(x))
  expect(b.tensors.get('forwardEquivalents')!.data[0]).toBe(6 + 12)
})

test('a stop of one rank ends the run of all after the same step, and any number of ranks continues to the same bits', async () => {
  const given: Case = { estimator: 'rfg', cut: { directions: 4 }, steps: 7, batch: 8 }
  const whole = bitsOf(await train(single(), referenceBackend(), given))
  const group = threadGroup(2)
  const stopped = await Promise.all(
    [0, 1].map((rank) => train(threads(group, rank), referenceBackend(), given, rank === 1 ? { stopAfter: 3 } : {})),
  )
  expect(stopped.map((s) => s.step)).toEqual([4, 4])
  for (const size of [1, 3]) {
    const next = threadGroup(size)
    const ends = await Promise.all(
      Array.from({ length: size }, (_, rank) =>
        train(threads(next, rank), referenceBackend(), given, { resume: stopped[0]! }),
      ),
    )
    for (const end of ends) expect(bitsOf(end)).toBe(whole)
  }
})

test.each<readonly [string, Case, string]>([
  [
    'shares that do not divide the directions',
    { estimator: 'rfg', cut: { directions: 5 }, steps: 1, batch: 8 },
    'INVALID_OPTION',
  ],
  [
    'parts of no number',
    { estimator: 'bp', cut: { batch: 2 }, part: Number.NaN, steps: 1, batch: 8 },
    'INVALID_OPTION',
  ],
  [
    'parts of less than nothing',
    { estimator: 'bp', cut: { batch: 2 }, part: -1, steps: 1, batch: 8 },
    'INVALID_OPTION',
  ],
  ['half a share', { estimator: 'rfg', cut: { batch: 0.5 }, steps: 1, batch: 8 }, 'INVALID_OPTION'],
  [
    'an estimator that changes its state',
    { estimator: 'controlVariate', cut: { batch: 2 }, steps: 1, batch: 8 },
    'ESTIMATOR_NOT_SHARED',
  ],
  ['directions of bp', { estimator: 'bp', cut: { directions: 2 }, steps: 1, batch: 8 }, 'ESTIMATOR_NOT_SHARED'],
  [
    'directions with an exact readout',
    { estimator: 'readout', cut: { directions: 2 }, steps: 1, batch: 8 },
    'ESTIMATOR_NOT_SHARED',
  ],
])('refuses %s', async (_, given, code) => {
  const refused = await train(single(), referenceBackend(), given).catch((error: unknown) => error)
  expect(refused instanceof SpikewardError && refused.code).toBe(code)
})

test('ranks that cut differently are refused before they send a gradient', async () => {
  const group = threadGroup(2)
  const refused = await Promise.allSettled(
    [10, 20].map((part, rank) =>
      train(threads(group, rank), referenceBackend(), { estimator: 'bp', cut: { batch: 2 }, part, steps: 1, batch: 8 }),
    ),
  )
  for (const end of refused) {
    expect(end).toMatchObject({ status: 'rejected', reason: { code: 'RANKS_DIFFER' } })
  }
})
