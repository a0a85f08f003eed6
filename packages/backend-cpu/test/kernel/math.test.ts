import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Backend, type KernelNode, evaluateScalar } from '@spikeward/core/backend'
import { cpu } from '../../src/index.js'
import { access, kernelPlan, load, numbers, run, store } from '../plans.js'

type Op = 'exp' | 'log' | 'sin' | 'cos' | 'tanh' | 'erf' | 'pow'

const backends: Backend[] = []
beforeAll(async () => {
  backends.push(await cpu({ threads: 1 }), await cpu({ threads: 1, relaxedSimd: false }))
})
afterAll(async () => {
  for (const b of backends) await b[Symbol.asyncDispose]()
})

async function apply(backend: Backend, op: Op, x: Float32Array, y: Float32Array): Promise<Float32Array> {
  const nodes: KernelNode[] =
    op === 'pow'
      ? [load(0), load(1), { op, dtype: 'f32', args: [0, 1] }]
      : [load(0), load(1), { op, dtype: 'f32', args: [0] }]
  const n = x.length
  const [out] = await run(
    backend,
    kernelPlan({ space: [n], loads: [access([1]), access([1])], nodes, stores: [store(2, [1])] }, [n, n, n]),
    [x, y],
  )
  return out as Float32Array
}

/**
 * Distance in units in the last place of the exact value (of the smallest normal number, if the value is below that).
 */
function ulps(actual: number, exact: number): number {
  if (Object.is(actual, Math.fround(exact)) || (Number.isNaN(actual) && Number.isNaN(exact))) return 0
  if (!Number.isFinite(exact) || !Number.isFinite(actual)) return Math.fround(exact) === actual ? 0 : Infinity
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(exact))) - 23, -149)
  return Math.abs(actual - exact) / unit
}

/** Largest error allowed over a range, in units in the last place: a little above what is measured. */
const ranges: readonly (readonly [Op, number, number, number])[] = [
  ['exp', -87, 88.7, 1.1],
  ['exp', -1, 1, 1.1],
  ['log', 1e-38, 3e38, 1.1],
  ['log', 0.5, 2, 1.1],
  ['sin', -3.2, 3.2, 1.6],
  ['sin', -1e4, 1e4, 1.6],
  ['cos', -1e4, 1e4, 1.6],
  ['tanh', -10, 10, 1.4],
  ['tanh', -0.7, 0.7, 1.4],
  ['erf', -4.5, 4.5, 2.5],
  ['erf', -0.1, 0.1, 2.5],
  ['pow', 1e-3, 1e3, 1.1],
]

describe('f32 functions stay within a few units in the last place', () => {
  test.each(ranges)('%s on [%d, %d]', async (op, low, high, allowed) => {
    const next = numbers(7)
    const logarithmic = low > 0 && high / low > 1e4
    const draw = (): number => {
      const u = (next() + 1) / 2
      return logarithmic ? Math.exp(Math.log(low) + u * (Math.log(high) - Math.log(low))) : low + u * (high - low)
    }
    const x = Float32Array.from({ length: 100_000 }, draw)
    const y = Float32Array.from({ length: x.length }, () => next() * 6)
    for (const backend of backends) {
      const out = await apply(backend, op, x, y)
      let worst = 0
      for (const [i, v] of out.entries()) worst = Math.max(worst, ulps(v, evaluateScalar(op, 'f64', [x[i]!, y[i]!])))
      expect(worst).toBeLessThan(allowed)
    }
  })
})

test('special values are those of Math, also next to ordinary ones', async () => {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    -2,
    2,
    3,
    -3,
    Infinity,
    -Infinity,
    NaN,
    1e-40,
    -1e-40,
    88.73,
    -104,
    200,
    -200,
    3.4e38,
    -3.4e38,
    2 ** -126,
  ]
  const pairs = special.flatMap((x) => special.map((y) => [x, y] as const))
  const x = Float32Array.from(pairs, ([a]) => a)
  const y = Float32Array.from(pairs, ([, b]) => b)
  for (const backend of backends) {
    for (const op of ['exp', 'log', 'tanh', 'erf', 'pow'] as const) {
      const out = await apply(backend, op, x, y)
      for (const [i, v] of out.entries()) {
        const exact = evaluateScalar(op, 'f64', [x[i]!, y[i]!])
        expect(ulps(v, exact), `${op}(${x[i]}, ${y[i]}) = ${v}, exactly ${exact}`).toBeLessThan(
          Math.abs(exact) < 1e-37 ? 64 : 2.5,
        )
        if (exact === 0) expect(Object.is(v, exact), `sign of ${op}(${x[i]}, ${y[i]})`).toBe(true)
      }
    }
  }
})
