import { afterAll, expect, test } from 'vitest'
import { array, assert, asyncProperty, double } from 'fast-check'
import { cpu } from '@spikeward/backend-cpu'
import { bits, jit, key, ones, referenceBackend, scan, slice, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { type ChipStreamCarry, type ChipStreamParams, chipStream, loihi1, loihi2 } from '@spikeward/chip'

const backend = await cpu({ threads: 1 })
afterAll(() => backend[Symbol.asyncDispose]())

const reference = referenceBackend()

const network = chipStream(loihi2, { inputs: 2, hidden: 12, rate: 0.5 })

/** Learns from rows of two inputs and a target; also the predictions. */
async function learned(rows: readonly (readonly number[])[], on: Backend) {
  const run = jit((p: ChipStreamParams, carry: ChipStreamCarry, all: Tensor) =>
    scan(
      ([params, before]: readonly [ChipStreamParams, ChipStreamCarry], row: Tensor) => {
        const [next, after, y] = network.learning.step(
          params,
          before,
          slice(row, [0, 0], [1, 2]),
          slice(row, [0, 2], [1, 3]),
          ones([1, 1]),
        )
        return [[next, after], y] as [readonly [ChipStreamParams, ChipStreamCarry], Tensor]
      },
      [p, carry] as const,
      all,
    ),
  )
  const input = tensor(rows.flat(), { shape: [rows.length, 1, 3], dtype: 'f32', backend: on })
  const begin = jit((k: ReturnType<typeof key>) => [network.init(k), network.learning.init()] as const)
  const [params, carry] = begin(key(3, { backend: on }))
  const [end, predictions] = run(params, carry, input)
  const leaves = treeLeaves(end)
  const numbers = await Promise.all([...leaves, predictions].map(async (t) => Array.from(await t.data(), Number)))
  return { end, dtypes: leaves.map((t) => t.dtype), numbers }
}

const numbers = double({ min: -20, max: 20, noNaN: true })
const streams = array(array(numbers, { minLength: 3, maxLength: 3 }), { minLength: 8, maxLength: 8 })

test('everything that learning carries is an integer within its word, on every backend the same bits', async () => {
  await assert(
    asyncProperty(streams, async (rows) => {
      const [own, other] = [await learned(rows, backend), await learned(rows, reference)]
      expect(own.dtypes.every((dtype) => dtype === 'i32')).toBe(true)
      expect(own.numbers).toEqual(other.numbers)
      const [params, { traces, state }] = own.end
      const largest = async (t: Tensor): Promise<number> => Math.max(...Array.from(await t.data(), Math.abs))
      for (const trace of [traces.input, traces.recurrent, traces.readout])
        expect(await largest(trace)).toBeLessThanOrEqual(127)
      for (const synapses of treeLeaves(params)) expect(await largest(synapses)).toBeLessThanOrEqual(2 ** 15)
      expect(await largest(state.membrane)).toBeLessThan(2 ** 23)
    }),
    { numRuns: 10 },
  )
})

test('a weight saturates where errors never end, and does not wrap', async () => {
  const { end } = await learned(
    Array.from({ length: 400 }, () => [0, 0, 40]),
    backend,
  )
  const [{ linear }] = end
  expect(Array.from(await linear.data(), Number)).toEqual([0, 0, 127 * 256 + 127])
})

test('a trace of 7 bits stays at its limit under inputs that would exceed it, and then fades', async () => {
  const traces = async (rows: readonly (readonly number[])[]) => {
    const [, carry] = (await learned(rows, backend)).end
    return Array.from(await carry.traces.input.data(), Number)
  }
  const loud = Array.from({ length: 50 }, () => [8, -8, 0])
  expect((await traces(loud)).slice(0, 2)).toEqual([127, -127])
  const faded = await traces([...loud, ...Array.from({ length: 10 }, () => [0, 0, 0])])
  // 127 · 0.9¹⁰ = 44, and each step rounds by less than 1.
  expect(faded[0]).toBeGreaterThan(44 - 7)
  expect(faded[0]).toBeLessThan(44 + 7)
})

test('errors shrink on a stream that it can learn', async () => {
  const rows = Array.from({ length: 600 }, (_, t) => [Math.sin(t / 3), Math.cos(t / 3), Math.sin((t + 2) / 3)])
  const { numbers: all } = await learned(rows, backend)
  const off = all.at(-1)!.map((y, t) => (y - rows[t]![2]!) ** 2)
  const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length
  expect(mean(off.slice(500))).toBeLessThan(0.05 * mean(off.slice(0, 20)))
})

test('a chip without payloads or soft reset is refused, and more inputs than a sum holds', () => {
  expect(() => chipStream(loihi1, { inputs: 2, rate: 0.1 })).toThrow('CHIP_GRADED')
  expect(() => chipStream({ ...loihi2, softReset: false }, { inputs: 2, rate: 0.1 })).toThrow('CHIP_SOFT_RESET')
  expect(() => chipStream(loihi2, { inputs: 300, rate: 0.1 })).toThrow('CHIP_WIDTH')
})

/** One step in whole numbers of the host: weights, states and traces after it. Random bits are those of the rule. */
async function plainStep(
  [p, { state, traces }]: readonly [ChipStreamParams, ChipStreamCarry],
  [a, b, target]: readonly [number, number, number],
  rates: Readonly<Record<'input' | 'recurrent' | 'readout' | 'linear', readonly [mantissa: number, shift: number]>>,
) {
  const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
  const [win, wrec, wout, wlin] = await Promise.all([p.input, p.recurrent, p.readout, p.linear].map(numbers))
  const [v0, z0, q0] = await Promise.all([state.membrane, state.spikes, state.current].map(numbers))
  const [tin, trec, tout] = await Promise.all([traces.input, traces.recurrent, traces.readout].map(numbers))
  const keys = key(0)
    .fold(await traces.count.item())
    .split(10)
  const limit = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x))
  /** ⌈x / 2^by⌋ at random, with the bits of a key. */
  const rounded = async (values: readonly number[], by: number, k: number, columns: number): Promise<number[]> => {
    const words = Array.from(await bits(keys[k]!, [values.length / columns, columns]).data(), Number)
    return values.map((x, i) => Math.floor((x + ((words[i]! >>> 2) & (2 ** by - 1))) / 2 ** by))
  }
  const weight = (s: number): number => Math.floor((s + 128) / 256)
  const n = v0!.length
  const fixed = (x: number): number => limit(Math.floor(Math.fround(Math.fround(x) * 64) + 0.5), -511, 511)
  const x = [fixed(a), fixed(b), 64]
  const sum = (length: number, of: (i: number) => number): number =>
    Array.from({ length }, (_, i) => of(i)).reduce((s, one) => s + one, 0)
  /** sign(x) ⌊|x| factor / 2^12⌋. */
  const decayed = (value: number, kept: number): number =>
    Math.sign(value) * Math.floor((Math.abs(value) * Math.round(kept * 4096)) / 4096)
  const v = v0!.map((before, j) => {
    const arrived =
      2 * sum(3, (i) => x[i]! * weight(win![i * n + j]!)) + 32 * sum(n, (i) => z0![i]! * weight(wrec![i * n + j]!))
    return limit(decayed(before, 0.9) + arrived, -(2 ** 23) + 1, 2 ** 23 - 1)
  })
  const z = v.map((one) => (one > 2 ** 14 ? 1 : 0))
  const q = decayed(q0![0]!, 0.8) + 64 * sum(n, (i) => z[i]! * weight(wout![i]!))
  const y = Math.floor(q / 8) + 2 * sum(3, (i) => x[i]! * weight(wlin![i]!))
  const off = y - Math.floor(Math.fround(Math.fround(target) * 4096) + 0.5)
  const word = (one: number): number => limit(one, -127, 127)
  const [error] = (await rounded([off], 6, 0, 1)).map(word) as [number]
  const fade = (trace: readonly number[], kept: number, k: number): Promise<number[]> =>
    rounded(
      trace.map((one) => one * Math.round(256 * kept)),
      8,
      k,
      trace.length,
    )
  const [fin, coarse, frec, fout] = [
    await fade(tin!, 0.9, 1),
    await rounded(x, 3, 2, 3),
    await fade(trec!, 0.9, 3),
    await fade(tout!, 0.8, 4),
  ]
  const after = {
    input: fin.map((one, i) => word(one + coarse[i]!)),
    recurrent: frec.map((one, i) => word(one + 13 * z0![i]!)),
    readout: fout.map((one, i) => word(one + 25 * z[i]!)),
  }
  /** The slope 1/(1 + (πu)²) in 64ths, the nearest power of two in logarithms. */
  const slope = (one: number): number => {
    const u = Math.abs(one - 2 ** 14) / 2 ** 14
    let halvings = 0
    while (halvings < 6 && Math.round(2 ** 14 * (Math.sqrt(2 ** (halvings + 0.5) - 1) / Math.PI)) < u * 2 ** 14)
      halvings++
    return 64 >> halvings
  }
  const signal = (
    await rounded(
      v.map((one, j) => error * weight(wout![j]!) * slope(one)),
      11,
      5,
      n,
    )
  ).map(word)
  const moved = async (
    s: readonly number[],
    trace: readonly number[],
    by: readonly number[],
    [mantissa, shift]: readonly [number, number],
    k: number,
  ): Promise<number[]> => {
    const products = trace.flatMap((one) => by.map((m) => one * m * mantissa))
    const updates = await rounded(products, shift, k, by.length)
    return s.map((one, i) => limit(one - updates[i]!, -128 * 256, 127 * 256 + 127))
  }
  return {
    params: {
      input: await moved(win!, after.input, signal, rates.input, 6),
      recurrent: await moved(wrec!, after.recurrent, signal, rates.recurrent, 7),
      readout: await moved(wout!, after.readout, [error], rates.readout, 8),
      linear: await moved(wlin!, x, [error], rates.linear, 9),
    },
    state: {
      membrane: v.map((one, j) => (z[j] === 1 ? one - Math.round(2 ** 14 / 0.9) : one)),
      spikes: z,
      current: [q],
    },
    traces: after,
  }
}

test('a step has the bits of the same rule in whole numbers of the host', async () => {
  // rate · 2^exponent · 2^8 ÷ units of a product, as mantissa / 2^shift: 0.5 · 2^15 / 2^13, and so on.
  const rates = {
    input: [8, 2],
    recurrent: [10, 1],
    readout: [13, 3],
    linear: [8, 3],
  } as const
  await assert(
    asyncProperty(streams, async (rows) => {
      const { end } = await learned(rows.slice(0, -1), backend)
      const last = rows.at(-1) as [number, number, number]
      const row = (from: number, to: number): Tensor =>
        tensor(last.slice(from, to), { shape: [1, to - from], dtype: 'f32' })
      const [params, carry] = network.learning.step(end[0], end[1], row(0, 2), row(2, 3), ones([1, 1]))
      const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
      const plain = await plainStep(end, last, rates)
      const { count: _, ...traces } = carry.traces
      const all = async (of: Readonly<Record<string, Tensor>>): Promise<Record<string, number[]>> =>
        Object.fromEntries<number[]>(
          await Promise.all(Object.entries(of).map(async ([name, t]) => [name, await numbers(t)] as const)),
        )
      expect({ params: await all(params), state: await all(carry.state), traces: await all(traces) }).toEqual(plain)
    }),
    { numRuns: 20 },
  )
})
