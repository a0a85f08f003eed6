/** Small forms of the measurements behind the tables. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { deviceSpsa, loihi2 } from '@spikeward/chip'
import { type Tensor, key, referenceBackend, slice, tensor } from '@spikeward/core'
import { single, threadGroup, threads } from '@spikeward/distributed'
import { bp, eProp } from '@spikeward/estimators'
import { describe, expect, it } from 'vitest'
import { randomSigns } from '../src/chip.js'
import { alongOneAxis, measureDerivatives, operators } from '../src/derivatives.js'
import { type Work, predict, timeRank } from '../src/distributed.js'
import { type FaultsResult, explains } from '../src/faults.js'
import { networkOf, problems } from '../src/long.js'
import { reaches } from '../src/ratios.js'
import { measureStream } from '../src/stream.js'
import { trainSequence } from '../src/trainSequence.js'

const backend = referenceBackend()
const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)

describe('derivatives', () => {
  it('Taylor mode gives those of nested jvps, with less than half of the operations through time at order 4', async () => {
    const net = { hidden: [4], points: 8, time: 3 }
    const [row] = await measureDerivatives(net, [alongOneAxis(8, 4)], 1, { backend })
    expect(row!.difference).toBeLessThan(1e-3)
    expect(row!.flops[1] / row!.flops[0]).toBeGreaterThan(2)
  })

  it('the biharmonic operator takes less than half of the operations of nested Laplacians', async () => {
    const rows = await measureDerivatives({ hidden: [16, 16], points: 16 }, operators(16), 1, { backend })
    for (const { difference } of rows) expect(difference).toBeLessThan(1e-3)
    const [laplacian, twice, sum] = rows.map(({ flops }) => flops[1] / flops[0])
    expect(laplacian).toBeGreaterThan(1.2)
    expect(twice).toBeGreaterThan(2)
    expect(sum).toBeGreaterThan(1.4)
  })
})

it('random signs keep the size of an estimate on a chip, and leave it as often as they turn it', async () => {
  const network = { chip: loihi2, layers: [], time: 4, inputBits: 8 }
  const estimate = [{ weight: tensor([3, -5], { dtype: 'i32' }), bias: tensor([7], { dtype: 'i32' }) }]
  const signed = randomSigns({ ...deviceSpsa(), estimate: () => estimate })
  const measured = { differences: tensor([1], { dtype: 'i32' }), presynaptic: [] }
  const found = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const [layer] = signed.estimate(network, [], { ...measured, key: key(i) })
      return [...(await numbers(layer!.weight)), ...(await numbers(layer!.bias))].join()
    }),
  )
  expect(new Set(found)).toEqual(new Set(['3,-5,7', '-3,5,-7']))
  expect(Math.abs(found.filter((f) => f === '3,-5,7').length - 100)).toBeLessThan(30)
})

describe('sequences', () => {
  it.each([problems.lorenz, problems['van-der-pol']])(
    '$title has the same solution with steps half as long',
    async ({ draw }) => {
      const last = async (time: number): Promise<number[]> =>
        numbers(slice(draw(key(1), 3, time).target, [time - 1, 0, 0], [time, 3, 1]))
      const [a, b] = [await last(64), await last(1024)]
      a.forEach((x, n) => expect(x).toBeCloseTo(b[n]!, 2))
      expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.1)
    },
  )

  it('the answer is the sum of the two marked values less 1, and counts at the end alone', async () => {
    const [count, time] = [5, 19]
    const { x, target, share } = problems.adding.draw(key(3), count, time)
    const [inputs, answers, counted] = [await numbers(x), await numbers(target), await numbers(share)]
    for (let n = 0; n < count; n++) {
      const at = Array.from({ length: time }, (_, t) => inputs.slice(2 * (t * count + n), 2 * (t * count + n) + 2))
      const marked = new Set(at.flatMap(([value, mark]) => (mark === 1 ? [value!] : [])))
      expect(marked.size).toBe(2)
      const sum = [...marked].reduce((a, b) => a + b, -1)
      expect(answers[n]).toBeCloseTo(sum, 5)
    }
    const steps = Array.from({ length: time }, (_, t) => counted[t * count])
    expect(steps).toEqual([...Array<number>(17).fill(0), 0.5, 0.5])
  })

  it('the memory of eProp does not grow with time, and that of bp does', async () => {
    const bytesOf = async (estimator: Parameters<typeof trainSequence>[2], time: number, steps: number) =>
      trainSequence(
        problems.adding,
        networkOf(problems.adding, 4, time),
        estimator,
        { batch: 4, time, steps },
        1e-2,
        1,
        'test',
        backend,
      )
    const trained = await bytesOf(eProp(), 16, 2)
    expect(trained.error).toBeGreaterThan(0)
    expect(trained.untrained).toBeGreaterThan(0)
    expect((await bytesOf(eProp(), 64, 0)).bytes).toBe(trained.bytes)
    expect((await bytesOf(bp(), 64, 0)).bytes).toBeGreaterThan(2 * (await bytesOf(bp(), 16, 0)).bytes)
  })
})

describe('ranks', () => {
  const work: Work = {
    widths: [2, 5, 4, 1],
    time: 3,
    batch: 16,
    directions: 4,
    cut: { directions: 2, batch: 1 },
    steps: 2,
    link: null,
  }

  it('send a number for each direction and two for each cell, and end with one loss', async () => {
    const group = threadGroup(2)
    const both = await Promise.all([0, 1].map((rank) => timeRank(threads(group, rank), referenceBackend(), work)))
    for (const timing of both)
      expect(timing).toMatchObject({ sentBytes: 4 * (1 + 2 + 2), calls: 1, loss: both[0]!.loss })
    expect(await timeRank(single(), referenceBackend(), work)).toMatchObject({ sentBytes: 0, loss: both[0]!.loss })
  })

  it('hold one direction at a time in the memory of one', async () => {
    const unitsOf = async (directions: number, oneAtATime: boolean): Promise<number> => {
      const cut = oneAtATime ? { directions, batch: 1 } : null
      const own: Work = { ...work, widths: [2, 60, 60, 1], batch: 4, steps: 1, directions, cut }
      const { peakBytes, parameters } = await timeRank(single(), referenceBackend(), own)
      return peakBytes / (4 * parameters)
    }
    expect((await unitsOf(8, false)) - (await unitsOf(2, false))).toBeGreaterThan(6)
    expect((await unitsOf(8, true)) - (await unitsOf(2, true))).toBeLessThan(0.5)
  })

  it('take a cell and the rest of a step, and the messages, in the model', () => {
    // 17 ms on one rank and 9 on two: 8 cells of 2 ms, and 1 ms.
    const here = { latency: 0, bandwidth: Infinity }
    expect(predict(8, 17, 9, 8, 1, 0, here)).toBe(3)
    expect(predict(8, 17, 9, 8, 2, 1e6, { latency: 0.01, bandwidth: 1e8 })).toBeCloseTo(3 + 2 * 3 * 10 + 10)
  })
})

describe('faults', () => {
  const clean = { what: 'killed workers', tries: 2, trials: 60, lost: 0, twice: 0, again: 3, seconds: [1, 2] }
  const ranks = { tries: 2, told: 2, sameBits: 2, seconds: [1, 2] }

  it.each<[FaultsResult, boolean]>([
    [{ queue: [clean], ranks }, false],
    [{ queue: [{ ...clean, lost: 1 }], ranks }, true],
    [{ queue: [{ ...clean, twice: 1 }], ranks }, true],
    [{ queue: [clean], ranks: { ...ranks, told: 1 } }, true],
    [{ queue: [clean], ranks: { ...ranks, sameBits: 1 } }, true],
  ])('%j explains a failed test: %j', (found, expected) => expect(explains(found)).toBe(expected))
})

it('a goal is a lower bound of a speed and an upper bound of a time', () => {
  const row = {
    figure: '',
    instructionSet: 'avx2',
    oursMs: 1,
    theirsMs: 1,
    theirs: '',
    goals: { avx2: 2, avx512: null },
  } as const
  expect(reaches({ ...row, sense: 'least', value: 2.1 })).toBe(true)
  expect(reaches({ ...row, sense: 'most', value: 2.1 })).toBe(false)
  expect(reaches({ ...row, sense: 'most', value: null })).toBeNull()
  expect(reaches({ ...row, instructionSet: 'avx512', sense: 'most', value: 1 })).toBeNull()
})

it('a stream reads as many bytes as are stored, and leaves nothing behind', async () => {
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('spikeward-stream-'))
  const before = left()
  const size = { functions: 60, points: 9, batch: 4, width: 4, time: 2 }
  const found = await measureStream(size, { backend, log: () => undefined })
  expect(found).toMatchObject({ storedBytes: 60 * 72, readBytes: 60 * 72 })
  expect(found.peakResidentBytes).toBeGreaterThan(0)
  expect(left()).toEqual(before)
})
