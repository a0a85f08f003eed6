import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend, DotRoutine } from '@spikeward/core/backend'
import { cpu } from '../../src/index.js'
import { dotPlan, numbers, run, uniform } from '../plans.js'

const backends: Backend[] = []
beforeAll(async () => {
  backends.push(await cpu({ threads: 1 }), await cpu({ threads: 3, relaxedSimd: false }))
})
afterAll(async () => {
  for (const b of backends) await b[Symbol.asyncDispose]()
})

type Shape = Pick<DotRoutine, 'batch' | 'm' | 'n' | 'k'>
type Layout = 'rows' | 'columns' | 'reversed'

/** Strides and offset of `batch` matrices of rows × columns in a layout. */
function strides(layout: Layout, batch: number, rows: number, columns: number, shared: boolean) {
  const matrix = shared || batch === 1 ? 0 : rows * columns
  const size = (shared ? 1 : batch) * rows * columns
  if (layout === 'rows') return { batch: matrix, row: columns, column: 1, offset: 0, size }
  if (layout === 'columns') return { batch: matrix, row: 1, column: rows, offset: 0, size }
  return { batch: matrix, row: -columns, column: -1, offset: rows * columns - 1, size }
}

/**
 * Compares a product with its definition in double precision; the error allowed is that of a sum in single precision.
 */
async function check(
  { batch, m, n, k }: Shape,
  layoutA: Layout,
  layoutB: Layout,
  shared: readonly [boolean, boolean] = [false, false],
  a?: Float32Array,
): Promise<void> {
  const A = strides(layoutA, batch, m, k, shared[0])
  const B = strides(layoutB, batch, k, n, shared[1])
  const x = a ?? uniform(A.size, 11)
  const y = uniform(B.size, 12)
  const plan = dotPlan(
    {
      dtype: 'f32',
      batch,
      m,
      n,
      k,
      binary: a !== undefined,
      a: { batch: A.batch, m: A.row, k: A.column },
      b: { batch: B.batch, k: B.row, n: B.column },
    },
    A.size,
    B.size,
    [A.offset, B.offset],
  )
  for (const backend of backends) {
    const [c] = await run(backend, plan, [x, y])
    let worst = 0
    for (let s = 0; s < batch; s++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let [exact, size] = [0, 1e-30]
          for (let l = 0; l < k; l++) {
            const term =
              x[A.offset + s * A.batch + i * A.row + l * A.column]! *
              y[B.offset + s * B.batch + l * B.row + j * B.column]!
            exact += term
            size += Math.abs(term)
          }
          worst = Math.max(worst, Math.abs(c![(s * m + i) * n + j]! - exact) / size)
        }
      }
    }
    expect(worst).toBeLessThan(2 ** -23 * Math.sqrt(k + 4))
  }
}

const shapes: readonly Shape[] = [
  { batch: 1, m: 4, n: 8, k: 1 },
  { batch: 1, m: 7, n: 13, k: 5 },
  { batch: 2, m: 33, n: 19, k: 31 },
  { batch: 3, m: 64, n: 40, k: 17 },
  { batch: 1, m: 1, n: 100, k: 50 },
  { batch: 1, m: 100, n: 1, k: 50 },
  { batch: 2, m: 3, n: 3, k: 300 },
  { batch: 1, m: 130, n: 70, k: 90 },
]

describe('dense products', () => {
  const layouts: readonly Layout[] = ['rows', 'columns', 'reversed']
  test.each(shapes)('$batch × $m × $n × $k in every layout', async (shape) => {
    for (const a of layouts) for (const b of layouts) await check(shape, a, b)
  })
  test('shared operands', async () => {
    await check({ batch: 4, m: 20, n: 24, k: 16 }, 'rows', 'rows', [true, false])
    await check({ batch: 4, m: 20, n: 24, k: 16 }, 'columns', 'columns', [false, true])
    await check({ batch: 4, m: 20, n: 24, k: 16 }, 'columns', 'rows', [true, true])
  })
  test.each([513, 600, 1024, 1100])('k = %i is done in several stretches', async (k) => {
    await check({ batch: 1, m: 22, n: 18, k }, 'rows', 'rows')
    await check({ batch: 2, m: 9, n: 21, k }, 'columns', 'columns')
  })
  test('panels of B too large to pack at once are packed batch by batch', async () => {
    await check({ batch: 5, m: 12, n: 260, k: 300 }, 'rows', 'rows')
    await check({ batch: 5, m: 12, n: 260, k: 300 }, 'columns', 'rows', [true, false])
  })
  test('an empty sum gives zeros', async () => {
    for (const backend of backends) {
      const plan = dotPlan(
        {
          dtype: 'f32',
          batch: 1,
          m: 5,
          n: 9,
          k: 0,
          binary: false,
          a: { batch: 0, m: 0, k: 1 },
          b: { batch: 0, k: 9, n: 1 },
        },
        0,
        0,
      )
      expect(await run(backend, plan, [new Float32Array(0), new Float32Array(0)])).toEqual([new Float32Array(45)])
    }
  })
})

function spikes(rows: number, k: number, density: (row: number) => number): Float32Array {
  const next = numbers(3)
  return Float32Array.from({ length: rows * k }, (_, i) => ((next() + 1) / 2 < density(Math.floor(i / k)) ? 1 : 0))
}

describe('event-driven products', () => {
  test.each([
    { batch: 1, m: 100, n: 128, k: 128 },
    { batch: 1, m: 37, n: 45, k: 70 },
    { batch: 1, m: 32, n: 8, k: 4 },
    { batch: 2, m: 50, n: 33, k: 61 },
    { batch: 1, m: 40, n: 64, k: 1000 },
  ])('$batch × $m × $n × $k, rows from silent to all ones', async (shape) => {
    const rows = shape.batch * shape.m
    const a = spikes(rows, shape.k, (row) => Math.floor((row / rows) * 5) / 4)
    await check(shape, 'rows', 'rows', [false, false], a)
    await check(shape, 'rows', 'columns', [false, false], a)
  })
  test('spikes shared by a batch of weights', async () => {
    const shape = { batch: 3, m: 70, n: 40, k: 96 }
    for (const density of [0.1, 0.9])
      await check(
        shape,
        'rows',
        'rows',
        [true, false],
        spikes(70, 96, () => density),
      )
  })
  // Rows of C that the threads do not share evenly, depths that no list divides, and narrow last columns.
  test.each<Shape & { readonly turned: boolean }>([
    { batch: 1, m: 200, n: 96, k: 128, turned: false },
    { batch: 1, m: 128, n: 128, k: 1200, turned: true },
    { batch: 1, m: 20, n: 36, k: 300, turned: true },
    { batch: 3, m: 44, n: 60, k: 129, turned: true },
    { batch: 1, m: 300, n: 8, k: 140, turned: true },
  ])('$batch × $m × $n × $k, transposed $turned: exactly the values of the dense product', async (product) => {
    const { batch, m, n, k, turned } = product
    const [rows, width] = turned ? [k, m] : [m, k]
    const a = spikes(batch * rows, width, (row) => (row % rows) / rows)
    const b = uniform(batch * k * n, 9)
    const strided = {
      ...{ dtype: 'f32' as const, batch, m, n, k },
      a: { batch: batch > 1 ? m * k : 0, m: turned ? 1 : k, k: turned ? m : 1 },
      b: { batch: batch > 1 ? k * n : 0, k: n, n: 1 },
    }
    for (const backend of backends) {
      const results = await Promise.all(
        [true, false].map(async (binary) => {
          const plan = dotPlan({ ...strided, binary }, a.length, b.length)
          const executable = backend.compile(plan)
          expect(executable.source.includes('event-driven')).toBe(binary)
          executable.dispose()
          return run(backend, plan, [a, b])
        }),
      )
      expect(results[0]).toEqual(results[1])
    }
  })
})
