/** Gradients are sent in parts while the rest is computed. */
import { expect, test } from 'vitest'
import { native } from '@spikeward/backend-native'
import {
  SpikewardError,
  UnavailableError,
  grad,
  matmul,
  mean,
  mul,
  referenceBackend,
  reshape,
  tanh,
  tensor,
  trace,
} from '@spikeward/core'
import type { Backend, Communicator, Tensor } from '@spikeward/core'
import { threadGroup, threads } from '../src/index.js'
import { cutProgram } from '../src/ranks/cutProgram.js'
import { evaluateCells } from '../src/ranks/overRanks.js'
import { type InParts, inParts as compiledInParts } from '../src/ranks/inParts.js'
import { type Case, train, withAsync } from './fixtures.js'

const inParts: Case = { estimator: 'bp', cut: { batch: 4 }, part: 10, steps: 1, batch: 8 }

/** The gradient of a network of three layers, flattened layer by layer. */
const gradient = (x: Tensor, ...weights: Tensor[]): Tensor[] =>
  grad((w: Tensor[]) => {
    const y = w.reduce((h, one) => tanh(matmul(h, one)), x)
    return mean(mul(y, y))
  })(weights).map((g) => reshape(g, [-1]))

const numbers = (rows: number, columns: number): Tensor =>
  tensor(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => (i - j) / 7)))

test('reverse mode is cut below the last layers, and every equation belongs to one part', () => {
  const { program } = trace(gradient, numbers(5, 3), numbers(3, 4), numbers(4, 6), numbers(6, 2))
  const parts = cutProgram(program, 12)
  // 12 numbers of the last layer, 24 of the middle one, 12 of the first.
  expect(parts.map((p) => p.results)).toEqual([[2], [1], [0]])
  expect(cutProgram(program, 13).map((p) => p.results)).toEqual([[1, 2], [0]])
  expect(cutProgram(program, Infinity)).toMatchObject([{ results: [0, 1, 2], handedOn: [] }])
  const all = parts.flatMap((p) => p.equations)
  expect(new Set(all)).toEqual(new Set(program.equations))
  expect(all).toHaveLength(program.equations.length)
  // A part reads inputs of the program and values that earlier parts hand on.
  const known = new Set(program.inputs)
  for (const { inputs, handedOn } of parts) {
    for (const v of inputs) expect(known.has(v)).toBe(true)
    handedOn.forEach((v) => known.add(v))
  }
})

/** A backend that logs when an asynchronous run begins and ends. */
const logged = (backend: Backend, log: string[]): Backend => ({
  ...backend,
  compile(plan) {
    const executable = backend.compile(plan)
    return {
      ...executable,
      runAsync(ins, outs, options) {
        log.push('begins')
        return executable.runAsync!(ins, outs, options).finally(() => log.push('ends'))
      },
    }
  },
})

test('native: the first parts are on the wire while the last one is computed', async (context) => {
  const opened = await native({ threads: 1 }).catch((error: unknown) => {
    if (error instanceof UnavailableError) return error.message
    throw error
  })
  if (typeof opened === 'string') return context.skip(opened)
  await using backend = opened
  const group = threadGroup(2)
  const logs: string[][] = [[], []]
  await Promise.all(
    logs.map((log, rank) => {
      const plain = threads(group, rank)
      const exchange: Communicator['exchange'] = (parts, options) => {
        expect(options?.meanwhile).toBeInstanceOf(Promise)
        log.push('sends')
        return plain.exchange(parts, options)
      }
      return train({ ...plain, exchange }, logged(backend, log), inParts)
    }),
  )
  for (const log of logs) {
    expect(log.join(' ')).toMatch(/^begins sends (ends begins sends )*ends sends$/)
    expect(log.filter((what) => what === 'begins').length).toBeGreaterThan(0)
  }
})

/** The code that a promise rejects with. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof SpikewardError ? error.code : String(error)),
  )

test.each([
  ['ends', 'RANK_ABORTED', 60],
  ['hangs', 'RANK_TIMEOUT', 0.5],
] as const)('a rank that %s between two parts ends the run of the other with %s', async (how, code, timeoutSeconds) => {
  await using backend = withAsync(referenceBackend())
  const group = threadGroup(2)
  const second = threads(group, 1)
  let calls = 0
  const failing: Communicator = {
    ...second,
    exchange(parts, options) {
      if (++calls === 1) return second.exchange(parts, options)
      if (how === 'ends') second.abort()
      return new Promise(() => undefined)
    },
    allgather: (mine, options) => (calls > 1 ? new Promise(() => undefined) : second.allgather(mine, options)),
  }
  train(failing, backend, inParts).catch(() => undefined)
  expect(await codeOf(train(threads(group, 0, { timeoutSeconds }), backend, inParts))).toBe(code)
  expect(calls).toBeGreaterThan(1)
})

test('a part that cannot be computed rejects, and those before it have arrived', async () => {
  const failure = new Error('no memory')
  const report: InParts<[]> = {
    layout: () => [],
    run: (_, arrived) => {
      arrived(0, Float32Array.of(1, 2))
      return Promise.reject(failure)
    },
    dispose: () => undefined,
  }
  const { parts, computed } = evaluateCells(report, [[]], [2, 1], { apart: true })
  expect(await parts[0]!.leaves).toEqual([Float32Array.of(1, 2)])
  await expect(parts[1]!.leaves).rejects.toBe(failure)
  await expect(computed).rejects.toBe(failure)
})

test('if a cell fails, its step ends only when the other cells compute no more', async () => {
  const failure = new Error('no memory')
  let finish = (): void => undefined
  const second = new Promise<void>((resolve) => (finish = resolve))
  const report: InParts<[Tensor]> = {
    layout: () => [],
    run: async ([cell], arrived) => {
      if (cell === first) throw failure
      await second
      arrived(0, Float32Array.of(1))
    },
    dispose: () => undefined,
  }
  const [first, last] = [tensor(0), tensor(1)]
  const { computed } = evaluateCells(report, [[first], [last]], [1], { apart: true })
  let isComputing = true
  const ended = computed.finally(() => (isComputing = false)).catch((error: unknown) => error)
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(isComputing).toBe(true)
  finish()
  expect(await ended).toBe(failure)
})

/** The largest memory of cells that one process evaluates in parts. */
async function peakOf(cells: number): Promise<number> {
  await using backend = withAsync(referenceBackend())
  const report = compiledInParts<Tensor[]>((x, ...weights) => gradient(x, ...weights), 12)
  const shapes = [
    [500, 3],
    [3, 4],
    [4, 6],
    [6, 2],
  ] as const
  const args = shapes.map(([rows, columns]) =>
    tensor(new Float32Array(rows * columns).fill(0.1), { shape: [rows, columns], backend }),
  )
  const lengths = report.layout(...args).map((part) => part.lengths.reduce((n, length) => n + length))
  expect(lengths).toEqual([12, 24, 12])
  const each = Array.from({ length: cells }, () => args)
  const { parts, computed } = evaluateCells(report, each, lengths, { apart: false })
  await computed
  for (const { leaves } of parts) expect(await leaves).toHaveLength(cells)
  report.dispose()
  return backend.stats().peakBytes
}

test('cells of one process do not hold the activations of each other', async () => {
  const gradients = 2 * 48 * Float32Array.BYTES_PER_ELEMENT
  expect(await peakOf(4)).toBeLessThanOrEqual((await peakOf(2)) + gradients)
})

test('a backend without another thread computes a gradient as one program', async () => {
  const report = compiledInParts<Tensor[]>((x, ...weights) => gradient(x, ...weights), 12)
  const args = [numbers(5, 3), numbers(3, 4), numbers(4, 6), numbers(6, 2)]
  expect(report.layout(...args).map(({ results }) => results)).toEqual([[0, 1, 2]])
  report.dispose()
})

test('a part that fails while it is launched leaves no failure of an earlier one without a handler', async () => {
  const reference = referenceBackend()
  let launched = 0
  await using backend: Backend = {
    ...withAsync(reference),
    compile(plan) {
      const executable = withAsync(reference).compile(plan)
      return {
        ...executable,
        run(ins, outs) {
          if (++launched === 2) throw new Error('no memory')
          executable.run(ins, outs)
        },
      }
    },
    read: () => Promise.reject(new Error('lost')),
  }
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const report = compiledInParts<Tensor[]>((x, ...weights) => gradient(x, ...weights), 12)
  const args = [
    [5, 3],
    [3, 4],
    [4, 6],
    [6, 2],
  ].map(([rows, columns]) => tensor(new Float32Array(rows! * columns!), { shape: [rows!, columns!], backend }))
  await expect(report.run(args, () => undefined, { apart: false })).rejects.toThrow('no memory')
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
