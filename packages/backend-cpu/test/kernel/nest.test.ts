import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend, Kernel, KernelNode, Plan } from '@spikeward/core/backend'
import { cpu } from '../../src/index.js'
import { access, constant, kernelPlan, load, run, store, uniform } from '../plans.js'

let backend: Backend
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend[Symbol.asyncDispose]())

function sourceOf(plan: Plan): string {
  const executable = backend.compile(plan)
  executable.dispose()
  return executable.source
}

const node = (op: 'add' | 'mul', ...args: number[]): KernelNode => ({ op, dtype: 'f32', args })
const sum = (space: readonly number[], strides: readonly (readonly number[])[], reduce: readonly number[] = []): Plan =>
  kernelPlan(
    {
      space,
      reduce,
      loads: [access(strides[0]!), access(strides[1]!)],
      nodes: [load(0), load(1), node('add', 0, 1)],
      stores: [store(2, strides[2]!, { reduce: reduce.length > 0 ? 'sum' : null })],
    },
    [1e4, 1e4, 1e4],
  )

describe('a nest', () => {
  test('merges contiguous axes', () => {
    expect(
      sourceOf(
        sum(
          [10, 20, 30],
          [
            [600, 30, 1],
            [600, 30, 1],
            [600, 30, 1],
          ],
        ),
      ),
    ).toContain('[6000 vector')
  })
  test('does not merge axes where one operand is broadcast, and vectorises the contiguous one', () => {
    expect(
      sourceOf(
        sum(
          [40, 50],
          [
            [50, 1],
            [0, 1],
            [50, 1],
          ],
        ),
      ),
    ).toMatch(/\[40.* > 50 vector/)
    expect(
      sourceOf(
        sum(
          [40, 50],
          [
            [1, 40],
            [0, 40],
            [1, 40],
          ],
        ),
      ),
    ).toMatch(/\[50.* > 40 vector/)
  })
  test('reduces a contiguous axis within vectors, and a strided axis with whole vectors', () => {
    expect(
      sourceOf(
        sum(
          [40, 50],
          [
            [50, 1],
            [50, 1],
            [1, 0],
          ],
          [1],
        ),
      ),
    ).toMatch(/\[40.* > fold 50 vector/)
    expect(
      sourceOf(
        sum(
          [40, 50],
          [
            [50, 1],
            [50, 1],
            [0, 1],
          ],
          [0],
        ),
      ),
    ).toMatch(/\[50 vector.* > fold 40\]/)
  })
  test('splits a long reduction into chunks', () => {
    expect(
      sourceOf(
        kernelPlan(
          {
            space: [100_000],
            reduce: [0],
            loads: [access([1])],
            nodes: [load(0)],
            stores: [store(0, [0], { reduce: 'sum' })],
          },
          [100_000, 1],
        ),
      ),
    ).toContain('7 chunks')
  })
  test('unrolls the directions next to a shared primal', () => {
    const [K, T, N] = [8, 4, 64]
    const kernel: Partial<Kernel> & Pick<Kernel, 'space' | 'nodes' | 'stores'> = {
      space: [K, T, N],
      time: 1,
      loads: [access([0, N, 1]), access([T * N, N, 1])],
      nodes: [
        constant(0),
        load(0),
        load(1),
        { op: 'carry', dtype: 'f32', carry: 0 },
        { op: 'carry', dtype: 'f32', carry: 1 },
        node('mul', 3, 3),
        node('add', 5, 1),
        node('mul', 4, 3),
        node('add', 7, 2),
      ],
      carries: [
        { dtype: 'f32', init: 0, next: 6 },
        { dtype: 'f32', init: 0, next: 8 },
      ],
      stores: [store(6, [0, N, 1]), store(8, [T * N, N, 1])],
    }
    expect(sourceOf(kernelPlan(kernel, [T * N, K * T * N, T * N, K * T * N]))).toMatch(
      /64 vector.* > 8 unrolled×8\], time 4/,
    )
  })
})

describe('a time loop', () => {
  const N = 37
  /** u ← u + x − [u > 1], s = [u > 1]: the spikes of every step, their coordinate in time, and the last potential. */
  const firing = (T: number, loadsInSteps: boolean): Plan =>
    kernelPlan(
      {
        space: [T, N],
        time: 0,
        loads: [access(loadsInSteps ? [N, 1] : [0, 1])],
        nodes: [
          constant(0),
          constant(1),
          load(0),
          { op: 'carry', dtype: 'f32', carry: 0 },
          { op: 'lt', dtype: 'bool', args: [1, 3] },
          { op: 'cast', dtype: 'f32', args: [4] },
          node('add', 3, 2),
          { op: 'sub', dtype: 'f32', args: [6, 5] },
          { op: 'lt', dtype: 'bool', args: [1, 7] },
          { op: 'cast', dtype: 'f32', args: [8] },
          { op: 'index', dtype: 'f32', axis: 0 },
          node('add', 9, 10),
          { op: 'final', dtype: 'f32', carry: 0 },
        ],
        carries: [{ dtype: 'f32', init: 0, next: 7 }],
        stores: [store(11, [N, 1]), store(12, [0, 1], { when: 'once' })],
      },
      [loadsInSteps ? T * N : N, T * N, N],
    )
  const potential = (x: Float32Array, T: number): [Float32Array, Float32Array] => {
    const [u, spikes] = [new Float32Array(N), new Float32Array(T * N)]
    for (let t = 0; t < T; t++)
      for (let i = 0; i < N; i++) {
        u[i] = Math.fround(u[i]! + x[i]!) - (u[i]! > 1 ? 1 : 0)
        spikes[t * N + i] = (u[i]! > 1 ? 1 : 0) + t
      }
    return [spikes, u]
  }

  test.each([1, 2, 3, 7, 16])('takes two steps at once where they load nothing: %i steps', async (T) => {
    const x = uniform(N, 5).map((v) => Math.abs(v))
    expect(await run(backend, firing(T, false), [x])).toEqual(potential(x, T))
    expect(sourceOf(firing(T, false)).includes('2 steps at once')).toBe(T > 1)
  })
  test('takes one step at once where steps load', () => {
    expect(sourceOf(firing(16, true))).toContain('time 16 with 1 carries, ')
    expect(sourceOf(firing(16, true))).not.toContain('steps at once')
  })
})

test('equal plans share their code, and stats count every compilation', () => {
  const plan = sum(
    [16, 16],
    [
      [16, 1],
      [16, 1],
      [16, 1],
    ],
  )
  const before = backend.stats().compilations
  const [a, b] = [backend.compile(plan), backend.compile(structuredClone(plan))]
  expect(backend.stats().compilations - before).toBe(2)
  expect(a.source).toBe(b.source)
  a.dispose()
  const ins = [0, 1].map(() => backend.allocate(4e4))
  const out = backend.allocate(4e4)
  b.run(ins, [out])
  b.dispose()
})

test('constants that differ only in sign or are not numbers make different code', async () => {
  const values = [0, -0, NaN, Infinity, -Infinity]
  const results = values.map((v) => {
    const out = backend.allocate(4)
    const executable = backend.compile(kernelPlan({ space: [], nodes: [constant(v)], stores: [store(0, [])] }, [1]))
    executable.run([], [out])
    return backend.read(out, 'f32', 1)
  })
  expect((await Promise.all(results)).map((r) => r[0])).toEqual(values)
})
