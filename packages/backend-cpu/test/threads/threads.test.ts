import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Backend, type KernelNode, type Plan, type TypedArray, UnavailableError } from '@spikeward/core/backend'
import { cpu } from '../../src/index.js'
import { access, constant, dotPlan, kernelPlan, load, numbers, run, store, uniform } from '../plans.js'

const backends: Backend[] = []
beforeAll(async () => {
  for (const threads of [1, 2, 3]) backends.push(await cpu({ threads }))
})
afterAll(async () => {
  for (const b of backends) await b[Symbol.asyncDispose]()
})

const mul = (a: number, b: number): KernelNode => ({ op: 'mul', dtype: 'f32', args: [a, b] })
const add = (a: number, b: number): KernelNode => ({ op: 'add', dtype: 'f32', args: [a, b] })

/** Expects the same bytes. `toEqual` alone takes half a second for 200,000 numbers. */
function expectSame(found: readonly TypedArray[], expected: readonly TypedArray[]): void {
  expect(found).toHaveLength(expected.length)
  const bytesOf = (a: TypedArray): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
  for (const [i, one] of found.entries())
    if (Buffer.compare(bytesOf(one), bytesOf(expected[i]!)) !== 0) expect(one).toEqual(expected[i])
}

/** A plan, its inputs, and whether it is large enough for more than one thread. */
const plans: readonly (readonly [string, Plan, readonly Float32Array[]])[] = [
  [
    'pointwise',
    kernelPlan(
      {
        space: [100_001],
        loads: [access([1]), access([1])],
        nodes: [load(0), load(1), mul(0, 1), add(2, 0)],
        stores: [store(3, [1])],
      },
      [100_001, 100_001, 100_001],
    ),
    [uniform(100_001, 1), uniform(100_001, 2)],
  ],
  [
    'a sum of everything',
    kernelPlan(
      {
        space: [300_007],
        reduce: [0],
        loads: [access([1])],
        nodes: [load(0)],
        stores: [store(0, [0], { reduce: 'sum' })],
      },
      [300_007, 1],
    ),
    [uniform(300_007, 3)],
  ],
  [
    'sums over a long first axis',
    kernelPlan(
      {
        space: [50_000, 7],
        reduce: [0],
        loads: [access([7, 1])],
        nodes: [load(0)],
        stores: [store(0, [0, 1], { reduce: 'sum' }), store(0, [0, 1], { reduce: 'max' })],
      },
      [350_000, 7, 7],
    ),
    [uniform(350_000, 4)],
  ],
  [
    'a sum with a pointwise store next to it',
    kernelPlan(
      {
        space: [120_000],
        reduce: [0],
        loads: [access([1])],
        nodes: [load(0), mul(0, 0)],
        stores: [store(1, [0], { reduce: 'sum' }), store(1, [1])],
      },
      [120_000, 1, 120_000],
    ),
    [uniform(120_000, 5)],
  ],
  [
    'row sums',
    kernelPlan(
      {
        space: [1000, 333],
        reduce: [1],
        loads: [access([333, 1])],
        nodes: [load(0)],
        stores: [store(0, [1, 0], { reduce: 'sum' })],
      },
      [333_000, 1000],
    ),
    [uniform(333_000, 6)],
  ],
  [
    'a dense product',
    dotPlan(
      {
        dtype: 'f32',
        batch: 1,
        m: 301,
        n: 77,
        k: 130,
        binary: false,
        a: { batch: 0, m: 130, k: 1 },
        b: { batch: 0, k: 77, n: 1 },
      },
      301 * 130,
      130 * 77,
    ),
    [uniform(301 * 130, 7), uniform(130 * 77, 8)],
  ],
  [
    'a long product',
    dotPlan(
      {
        dtype: 'f32',
        batch: 2,
        m: 64,
        n: 64,
        k: 3000,
        binary: false,
        a: { batch: 3000 * 64, m: 1, k: 64 },
        b: { batch: 3000 * 64, k: 64, n: 1 },
      },
      2 * 3000 * 64,
      2 * 3000 * 64,
    ),
    [uniform(2 * 3000 * 64, 9), uniform(2 * 3000 * 64, 10)],
  ],
  [
    'a product of spikes',
    dotPlan(
      {
        dtype: 'f32',
        batch: 1,
        m: 501,
        n: 77,
        k: 130,
        binary: true,
        a: { batch: 0, m: 130, k: 1 },
        b: { batch: 0, k: 77, n: 1 },
      },
      501 * 130,
      130 * 77,
    ),
    [Float32Array.from(uniform(501 * 130, 11), (v) => (v > 0.7 ? 1 : 0)), uniform(130 * 77, 12)],
  ],
  [
    'a matrix times a vector',
    dotPlan(
      {
        dtype: 'f32',
        batch: 1,
        m: 3001,
        n: 1,
        k: 130,
        binary: false,
        a: { batch: 0, m: 130, k: 1 },
        b: { batch: 0, k: 1, n: 1 },
      },
      3001 * 130,
      130,
    ),
    [uniform(3001 * 130, 13), uniform(130, 14)],
  ],
]

describe('results do not depend on the number of threads', () => {
  test.each(plans)('%s', async (_name, plan, ins) => {
    const [one, ...others] = await Promise.all(backends.map((b) => run(b, plan, ins)))
    for (const other of others) expectSame(other, one!)
  })
})

test('a thousand consecutive runs keep their order', async () => {
  const n = 50_000
  const plan = kernelPlan(
    { space: [n], loads: [access([1])], nodes: [load(0), constant(1), add(0, 1)], stores: [store(2, [1])] },
    [n, n],
    [0],
  )
  for (const backend of backends) {
    const buffer = backend.allocate(4 * n)
    backend.write(buffer, new Float32Array(n))
    const executable = backend.compile(plan)
    for (let i = 0; i < 1000; i++) executable.run([buffer], [buffer])
    expect((await backend.read(buffer, 'f32', n)).every((v) => v === 1000)).toBe(true)
    executable.dispose()
    backend.free(buffer)
  }
})

test('steps that read what another thread wrote', async () => {
  // c ← reverse(a + 1), then b ← reverse(c) · 2, over a temporary: each thread reads what another wrote.
  const n = 65_536
  const slot = (kind: 'input' | 'output') => ({ kind, index: 0, dtype: 'f32' as const, size: n })
  const operand = (s: number) => ({ slot: s, offset: 0, advance: [] })
  const step = (from: number, to: number, nodes: KernelNode[]): Plan['steps'][number] => ({
    kind: 'kernel',
    kernel: {
      name: 'reverse',
      space: [n],
      time: null,
      reduce: [],
      carries: [],
      loads: [access([-1], 'f32', n - 1)],
      nodes,
      stores: [store(2, [1])],
    },
    loads: [operand(from)],
    stores: [operand(to)],
  })
  const plan: Plan = {
    slots: [slot('input'), slot('output'), { kind: 'temporary', byteOffset: 0, dtype: 'f32', size: n }],
    inputs: 1,
    outputs: 1,
    donations: [null],
    workspace: 4 * n,
    steps: [
      step(0, 2, [load(0), constant(1), add(0, 1)]),
      {
        kind: 'loop',
        length: 20,
        steps: [step(2, 1, [load(0), constant(2), mul(0, 1)]), step(1, 2, [load(0), constant(0.5), mul(0, 1)])],
      },
      step(2, 1, [load(0), constant(2), mul(0, 1)]),
    ],
  }
  const x = uniform(n, 21)
  for (const backend of backends) {
    const [out] = await run(backend, plan, [x])
    expectSame([out!], [x.map((v) => (v + 1) * 2)])
  }
})

describe('stores in place', () => {
  const counter = (n: number): Plan =>
    kernelPlan(
      {
        // The step counter t ← t + 1 of an optimiser, in place, next to its large update p ← p + t.
        space: [n],
        loads: [access([0]), access([1])],
        nodes: [load(0), constant(1), add(0, 1), load(1), add(3, 2)],
        stores: [store(2, [0]), store(4, [1])],
      },
      [1, n, 1, n],
      [0, 1],
    )
  test.each([10, 1000, 200_000])('a counter is incremented once next to an update of %i parameters', async (n) => {
    for (const backend of backends) {
      const [t, p] = await run(backend, counter(n), [Float32Array.of(4), uniform(n, 22)])
      expectSame([t!, p!], [Float32Array.of(5), uniform(n, 22).map((v) => v + 5)])
    }
  })

  test.each([3, 40, 300])('a primal state in place next to %i tangents', async (K) => {
    const [T, N] = [6, 50]
    // u ← u/2 + x for every step and du_k ← du_k/2 + u: both states start from and end in their own buffers.
    const plan = kernelPlan(
      {
        space: [K, T, N],
        time: 1,
        loads: [access([0, 0, 1]), access([0, N, 1]), access([N, 0, 1])],
        nodes: [
          load(0),
          load(2),
          load(1),
          constant(0.5),
          { op: 'carry', dtype: 'f32', carry: 0 },
          { op: 'carry', dtype: 'f32', carry: 1 },
          mul(4, 3),
          add(6, 2),
          mul(5, 3),
          add(8, 4),
          { op: 'final', dtype: 'f32', carry: 0 },
          { op: 'final', dtype: 'f32', carry: 1 },
        ],
        carries: [
          { dtype: 'f32', init: 0, next: 7 },
          { dtype: 'f32', init: 1, next: 9 },
        ],
        stores: [store(10, [0, 0, 1], { when: 'once' }), store(11, [N, 0, 1], { when: 'once' }), store(7, [0, N, 1])],
      },
      [N, T * N, K * N, N, K * N, T * N],
      [0, 2, 1],
    )
    const [u0, x, du0] = [uniform(N, 31), uniform(T * N, 32), uniform(K * N, 33)]
    const u = Float32Array.from(u0)
    const du = Float32Array.from(du0)
    const path = new Float32Array(T * N)
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < N; i++) {
        for (let k = 0; k < K; k++) du[k * N + i] = du[k * N + i]! * 0.5 + u[i]!
        u[i] = u[i]! * 0.5 + x[t * N + i]!
        path[t * N + i] = u[i]!
      }
    }
    for (const backend of backends) expect(await run(backend, plan, [u0, x, du0])).toEqual([u, du, path])
  })

  test('sequences reversed and shifted against each other stay element by element', async () => {
    const n = 1003
    const next = numbers(41)
    const x = Float32Array.from({ length: n }, next)
    const plan = kernelPlan(
      {
        space: [n],
        loads: [access([-1], 'f32', n - 1)],
        nodes: [load(0), mul(0, 0)],
        stores: [store(1, [-1], { offset: n - 1 })],
      },
      [n, n],
      [0],
    )
    for (const backend of backends) expectSame(await run(backend, plan, [x]), [x.map((v) => v * v)])
  })
})

test('a number of threads out of range is refused', async () => {
  for (const threads of [0, -1, 1.5, NaN, 1000])
    await expect(cpu({ threads })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('capabilities list the features in use', () => {
  expect(backends[0]!.capabilities.threads).toBe(1)
  expect(backends[0]!.capabilities.features).toContain('single-threaded')
  expect(backends[2]!.capabilities.threads).toBe(3)
  expect(backends[2]!.capabilities.features).toEqual(expect.arrayContaining(['simd128', 'threads']))
})

test('without WebAssembly, as in Node with --jitless, the backend is unavailable', async () => {
  vi.stubGlobal('WebAssembly', undefined)
  try {
    await expect(cpu()).rejects.toMatchObject({ code: 'SIMD_UNAVAILABLE' })
    await expect(cpu()).rejects.toBeInstanceOf(UnavailableError)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('without shared memory one thread gives the same results', async () => {
  vi.stubGlobal('SharedArrayBuffer', undefined)
  try {
    await using alone = await cpu({ threads: 2 })
    expect(alone.capabilities.threads).toBe(1)
    const [, plan, ins] = plans[0]!
    expectSame(await run(alone, plan, ins), await run(backends[1]!, plan, ins))
  } finally {
    vi.unstubAllGlobals()
  }
})
