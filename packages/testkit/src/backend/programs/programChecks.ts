import fc from 'fast-check'
import {
  jit,
  jvp,
  tensor,
  toBackend,
  treeLeaves,
  vjp,
  vmap,
  type Backend,
  type FloatDType,
  type Tensor,
  type TypedArray,
} from '@spikeward/core'
import { ensure, type Check } from '../../check.js'
import { draw } from '../../tensorValues.js'
import { compareArrays } from '../compareArrays.js'
import { arbitraryProgram, type GeneratedProgram } from '../generate/arbitraryProgram.js'
import { moderateData } from '../testData.js'
import { lacks, type BackendUnderTest } from '../backendUnderTest.js'

/**
 * Largest error allowed, relative to the largest value (at least 1): twelve steps of rounding, twice for derivatives.
 */
const RELATIVE = { f32: 2e-4, f64: 1e-10 } as const

/** Rows of the batch of `vmap`. */
const ROWS = 3

/**
 * A function to run under `jit` on the backend, and its expected result: that of the reference, one operation at a
 * time.
 */
interface Mode {
  readonly title: string
  readonly batched: boolean
  compiled(program: Run, key: number): Run
  expected(program: Run, xs: readonly Tensor[], key: number): Promise<TypedArray[]>
}

type Run = (...xs: Tensor[]) => Tensor[]

const MODES: readonly Mode[] = [
  { title: 'unchanged', batched: false, compiled: (run) => run, expected: (run, xs) => valuesOf(run(...xs)) },
  {
    title: 'their jvp',
    batched: false,
    compiled: (run, key) => tangents(run, key),
    expected: (run, xs, key) => valuesOf(tangents(run, key)(...xs)),
  },
  {
    title: 'vjp, and forward against reverse mode',
    batched: false,
    compiled: (run, key) => cotangents(run, key),
    expected: reverse,
  },
  {
    title: 'vmap against one after another',
    batched: true,
    compiled: (run) => vmap(run, [0, null, null]),
    expected: oneByOne,
  },
]

/** Random whole programs under `jit` on the backend. */
export function programChecks(): Check<BackendUnderTest>[] {
  return (['f32', 'f64'] as const).flatMap((dtype) =>
    MODES.map(
      (mode): Check<BackendUnderTest> => ({
        group: 'generated programs',
        name: `${dtype}, ${mode.title}`,
        skip: (s) => lacks(s, dtype, 'i32', 'u32', 'bool'),
        run: (tested) =>
          fc.assert(
            fc.asyncProperty(arbitraryProgram(), (program) => agrees(tested, program, dtype, mode)),
            { numRuns: tested.runs, seed: tested.key },
          ),
      }),
    ),
  )
}

async function agrees(
  tested: BackendUnderTest,
  program: GeneratedProgram,
  dtype: FloatDType,
  mode: Mode,
): Promise<void> {
  const run: Run = (...xs) => program.run(dtype, xs)
  const ins = (backend: Backend): Promise<Tensor[]> => toBackend(argumentsOf(program, dtype, mode.batched), backend)
  const expected = await mode.expected(run, await ins(tested.reference), program.key)
  const compiled = jit(mode.compiled(run, program.key))
  const args = await ins(tested.backend)
  const results = compiled(...args)
  const actual = await valuesOf(results)
  const again = compiled(...args)
  ensure(
    compiled.stats().compilations === 1,
    `the second call compiled again: ${compiled.stats().compilations} compilations`,
  )
  for (const t of treeLeaves([...args, ...results, ...again])) t.dispose()
  compiled.dispose()
  for (const [j, e] of expected.entries()) {
    const scale = Array.from(e).reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 1)
    compareArrays(`output ${j}`, actual[j]!, e, dtype, { ulp: 0, absolute: RELATIVE[dtype] * scale })
  }
}

/** Results and their tangents along fixed directions. */
const tangents =
  (run: Run, key: number): Run =>
  (...xs) =>
    jvp(run, xs, directionsOf(xs, key)).flat()

const directionsOf = (xs: readonly Tensor[], key: number): Tensor[] =>
  xs.map((x, i) => draw(x.shape, x.dtype, key + 40 + i))

const weightsOf = (ys: readonly Tensor[], key: number): Tensor[] =>
  ys.map((y, i) => draw(y.shape, y.dtype, key + 60 + i))

/** Cotangents of the arguments for fixed cotangents of the results. */
const cotangents =
  (run: Run, key: number): Run =>
  (...xs) => {
    const [ys, pull] = vjp(run, ...xs)
    return pull(weightsOf(ys, key))
  }

/** Reverse mode on the reference, after a check that ⟨c, jvp v⟩ = ⟨vjp c, v⟩ holds there. */
async function reverse(run: Run, xs: readonly Tensor[], key: number): Promise<TypedArray[]> {
  const v = directionsOf(xs, key)
  const [ys, dy] = jvp(run, xs, v)
  const back = cotangents(run, key)(...xs)
  const [forward, backward] = [await inner(weightsOf(ys, key), dy), await inner(back, v)]
  const allowed = RELATIVE[xs[0]!.dtype === 'f64' ? 'f64' : 'f32'] * 10
  ensure(
    Math.abs(forward.sum - backward.sum) <= allowed * (1 + forward.size + backward.size),
    () => `⟨c, jvp v⟩ = ${forward.sum}, ⟨vjp c, v⟩ = ${backward.sum}`,
  )
  return valuesOf(back)
}

async function inner(a: readonly Tensor[], b: readonly Tensor[]): Promise<{ sum: number; size: number }> {
  const [left, right] = await Promise.all([valuesOf(a), valuesOf(b)])
  const terms = left.flatMap((values, leaf) => Array.from(values, (v, i) => v * right[leaf]![i]!))
  return { sum: terms.reduce((s, v) => s + v, 0), size: terms.reduce((s, v) => s + Math.abs(v), 0) }
}

/** The results of the batch's rows, computed one by one and stacked. */
async function oneByOne(run: Run, [x, ...rest]: readonly Tensor[]): Promise<TypedArray[]> {
  const data = await x!.data()
  const size = data.length / ROWS
  const rows: TypedArray[][] = []
  for (let r = 0; r < ROWS; r++)
    rows.push(
      await valuesOf(
        run(tensor(data.slice(r * size, (r + 1) * size), { shape: x!.shape.slice(1), dtype: x!.dtype }), ...rest),
      ),
    )
  return rows[0]!.map((first, j) => {
    const whole =
      first instanceof Float64Array ? new Float64Array(first.length * ROWS) : new Float32Array(first.length * ROWS)
    rows.forEach((row, r) => whole.set(row[j]!, r * first.length))
    return whole
  })
}

function argumentsOf(program: GeneratedProgram, dtype: FloatDType, batched: boolean): Tensor[] {
  return program.shapes.map((shape, i) => {
    const whole = batched && i === 0 ? [ROWS, ...shape] : shape
    return tensor(
      moderateData(
        dtype,
        whole.reduce((a, b) => a * b, 1),
        program.key + i,
      ),
      { shape: whole, dtype },
    )
  })
}

const valuesOf = (ts: readonly Tensor[]): Promise<TypedArray[]> => Promise.all(ts.map((t) => t.data()))
