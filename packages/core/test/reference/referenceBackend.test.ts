import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import { hostArray, type DType, type TypedArray } from '../../src/tensor/dtype.js'
import { SpikewardError } from '../../src/errors.js'
import type { Kernel } from '../../src/plan/kernel.js'
import type { Operand, Plan, Slot, Step } from '../../src/plan/plan.js'
import type { Routine } from '../../src/routines/routines.js'
import { referenceBackend } from '../../src/reference/referenceBackend.js'

const at = (slot: number, offset = 0, advance: readonly number[] = []): Operand => ({ slot, offset, advance })
const input = (index: number, size: number, dtype: DType = 'f32'): Slot => ({ kind: 'input', index, size, dtype })
const output = (index: number, size: number, dtype: DType = 'f32'): Slot => ({ kind: 'output', index, size, dtype })
const kernel = (k: Partial<Kernel>): Kernel => ({
  name: 'test',
  space: [],
  time: null,
  reduce: [],
  loads: [],
  nodes: [],
  carries: [],
  stores: [],
  ...k,
})

function planOf(slots: readonly Slot[], steps: readonly Step[], more: Partial<Plan> = {}): Plan {
  const outputs = slots.filter((s) => s.kind === 'output').length
  return {
    slots,
    inputs: slots.filter((s) => s.kind === 'input').length,
    outputs,
    donations: new Array<null>(outputs).fill(null),
    workspace: 0,
    steps,
    ...more,
  }
}

async function runPlan(backend: Backend, plan: Plan, ins: readonly TypedArray[]): Promise<number[][]> {
  const inBuffers = ins.map((x) => {
    const buffer = backend.allocate(x.byteLength)
    backend.write(buffer, x)
    return buffer
  })
  const outSlots = plan.slots.filter((s) => s.kind === 'output')
  const outBuffers = outSlots.map((s, j) =>
    plan.donations[j] === null
      ? backend.allocate(hostArray(s.dtype, s.size).byteLength)
      : inBuffers[plan.donations[j]!]!,
  )
  backend.compile(plan).run(inBuffers, outBuffers)
  return Promise.all(outSlots.map(async (s, j) => [...(await backend.read(outBuffers[j]!, s.dtype, s.size))]))
}

const code = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof SpikewardError) return e.code
    throw e
  }
  return 'nothing thrown'
}

const access = (strides: readonly number[], offset = 0, dtype: DType = 'f32') => ({ dtype, offset, strides })
const double: Kernel = kernel({
  space: [3],
  loads: [access([1])],
  nodes: [
    { op: 'load', dtype: 'f32', operand: 0 },
    { op: 'add', dtype: 'f32', args: [0, 0] },
  ],
  stores: [{ ...access([1]), node: 1, when: 'each', reduce: null }],
})
const doublePlan = planOf(
  [input(0, 3), output(0, 3)],
  [{ kind: 'kernel', kernel: double, loads: [at(0)], stores: [at(1)] }],
)

describe('kernels', () => {
  it('reads through negative strides and broadcasts', async () => {
    const k = kernel({
      space: [2, 3],
      loads: [access([0, -1], 2), access([1, 0])],
      nodes: [
        { op: 'load', dtype: 'f32', operand: 0 },
        { op: 'load', dtype: 'f32', operand: 1 },
        { op: 'sub', dtype: 'f32', args: [0, 1] },
        { op: 'index', dtype: 'f32', axis: 1 },
        { op: 'add', dtype: 'f32', args: [2, 3] },
      ],
      stores: [{ ...access([3, 1]), node: 4, when: 'each', reduce: null }],
    })
    const plan = planOf(
      [input(0, 3), input(1, 2), output(0, 6)],
      [{ kind: 'kernel', kernel: k, loads: [at(0), at(1)], stores: [at(2)] }],
    )
    expect(await runPlan(referenceBackend(), plan, [Float32Array.of(1, 2, 3), Float32Array.of(10, 20)])).toEqual([
      [-7, -7, -7, -17, -17, -17],
    ])
  })

  it('rounds f32 after every operation and adds sums up in double precision', async () => {
    const k = kernel({
      space: [2, 3],
      reduce: [1],
      loads: [access([3, 1])],
      nodes: [
        { op: 'load', dtype: 'f32', operand: 0 },
        { op: 'neg', dtype: 'f32', args: [0] },
      ],
      stores: [
        { ...access([1, 0]), node: 0, when: 'each', reduce: 'sum' },
        { ...access([1, 0]), node: 0, when: 'each', reduce: 'max' },
        { ...access([3, 1]), node: 1, when: 'each', reduce: null },
      ],
    })
    const plan = planOf(
      [input(0, 6), output(0, 2), output(1, 2), output(2, 6)],
      [{ kind: 'kernel', kernel: k, loads: [at(0)], stores: [at(1), at(2), at(3)] }],
    )
    expect(await runPlan(referenceBackend(), plan, [Float32Array.of(2 ** 24, 1, 1, -1, -2, -3)])).toEqual([
      [2 ** 24 + 2, -6],
      [2 ** 24, -1],
      [-(2 ** 24), -1, -1, 1, 2, 3],
    ])
  })

  it('carries state through time, all carries at once, and stores before, in and after the loop', async () => {
    // (a, b) ← (b, a + x_t), b stored each step in reverse order of time, a and a·2 stored once
    const k = kernel({
      space: [2, 3],
      time: 1,
      loads: [access([0, 1])],
      nodes: [
        { op: 'load', dtype: 'f64', operand: 0 },
        { op: 'index', dtype: 'f64', axis: 0 },
        { op: 'carry', dtype: 'f64', carry: 0 },
        { op: 'carry', dtype: 'f64', carry: 1 },
        { op: 'add', dtype: 'f64', args: [2, 0] },
        { op: 'final', dtype: 'f64', carry: 0 },
        { op: 'add', dtype: 'f64', args: [5, 5] },
      ].map((n) => n) as Kernel['nodes'],
      carries: [
        { dtype: 'f64', init: 1, next: 3 },
        { dtype: 'f64', init: 1, next: 4 },
      ],
      stores: [
        { ...access([3, -1], 2, 'f64'), node: 3, when: 'each', reduce: null },
        { ...access([1, 0], 0, 'f64'), node: 6, when: 'once', reduce: null },
      ],
    })
    const fixed: Kernel = { ...k, loads: [access([0, 1], 0, 'f64')] }
    const plan = planOf(
      [input(0, 3, 'f64'), output(0, 6, 'f64'), output(1, 2, 'f64')],
      [{ kind: 'kernel', kernel: fixed, loads: [at(0)], stores: [at(1), at(2)] }],
    )
    // start (a,b)=(p,p); x = 1, 10, 100: b is p, p+1, p+10, a ends at p+10
    expect(await runPlan(referenceBackend(), plan, [Float64Array.of(1, 10, 100)])).toEqual([
      [10, 1, 0, 11, 2, 1],
      [20, 22],
    ])
  })

  it('stores the initial carries of a loop of no steps, and the identity of an empty fold', async () => {
    const scan = kernel({
      space: [2, 0],
      time: 1,
      nodes: [
        { op: 'index', dtype: 'i32', axis: 0 },
        { op: 'carry', dtype: 'i32', carry: 0 },
        { op: 'final', dtype: 'i32', carry: 0 },
      ],
      carries: [{ dtype: 'i32', init: 0, next: 1 }],
      stores: [{ ...access([1, 0], 0, 'i32'), node: 2, when: 'once', reduce: null }],
    })
    const fold = kernel({
      space: [2, 0],
      reduce: [1],
      nodes: [{ op: 'index', dtype: 'f32', axis: 1 }],
      stores: (['sum', 'max', 'min'] as const).map((reduce) => ({ ...access([1, 0]), node: 0, when: 'each', reduce })),
    })
    const plan = planOf(
      [output(0, 2, 'i32'), output(1, 2), output(2, 2), output(3, 2)],
      [
        { kind: 'kernel', kernel: scan, loads: [], stores: [at(0)] },
        { kind: 'kernel', kernel: fold, loads: [], stores: [at(1), at(2), at(3)] },
      ],
    )
    expect(await runPlan(referenceBackend(), plan, [])).toEqual([
      [0, 1],
      [0, 0],
      [-Infinity, -Infinity],
      [Infinity, Infinity],
    ])
  })

  it('writes in place of a donated input, and from a loop with advancing operands', async () => {
    const slots = [input(0, 6), output(0, 6)]
    const steps: Step[] = [
      {
        kind: 'loop',
        length: 2,
        steps: [{ kind: 'kernel', kernel: double, loads: [at(0, 3, [-3])], stores: [at(1, 3, [-3])] }],
      },
    ]
    expect(
      await runPlan(referenceBackend(), planOf(slots, steps, { donations: [0] }), [Float32Array.of(1, 2, 3, 4, 5, 6)]),
    ).toEqual([[2, 4, 6, 8, 10, 12]])
  })
})

describe('routines', () => {
  const run = async (routine: Routine, ins: readonly TypedArray[], out: number): Promise<number[]> => {
    const slots = [
      ...ins.map((x, i) => input(i, x.length, x instanceof Int32Array ? 'i32' : 'f64')),
      output(0, out, 'f64'),
    ]
    const step: Step = { kind: 'routine', routine, ins: ins.map((_, i) => at(i)), outs: [at(ins.length)] }
    return (await runPlan(referenceBackend(), planOf(slots, [step]), ins))[0]!
  }

  it('dot: strided, batched, with a shared operand', async () => {
    const A = Float64Array.of(1, 2, 3, 4)
    const B = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    // A transposed (m stride 1, k stride 2), shared by the batch: Aᵀ = [[1,3],[2,4]]
    const routine: Routine = {
      kind: 'dot',
      dtype: 'f64',
      batch: 2,
      m: 2,
      n: 2,
      k: 2,
      a: { batch: 0, m: 1, k: 2 },
      b: { batch: 4, k: 2, n: 1 },
      binary: false,
    }
    expect(await run(routine, [A, B], 8)).toEqual([10, 14, 14, 20, 26, 30, 38, 44])
  })

  it('gather and scatterAdd clamp their indices', async () => {
    const index = Int32Array.of(-5, 1, 9)
    const shape = { dtype: 'f64', index: 'i32', rows: 2, width: 2, count: 3 } as const
    expect(await run({ kind: 'gather', ...shape }, [Float64Array.of(1, 2, 3, 4), index], 6)).toEqual([1, 2, 3, 4, 3, 4])
    expect(await run({ kind: 'scatterAdd', ...shape }, [Float64Array.of(1, 2, 3, 4, 5, 6), index], 4)).toEqual([
      1, 2, 8, 10,
    ])
  })

  it('cholesky and both triangular solves invert a matrix', async () => {
    const L = [2, 0, 0, 1, 3, 0, -1, 0.5, 4]
    const A = Float64Array.from(
      [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => [0, 1, 2].reduce((s, k) => s + L[3 * i + k]! * L[3 * j + k]!, 0))),
    )
    expect(await run({ kind: 'cholesky', dtype: 'f64', batch: 1, n: 3 }, [A], 9)).toEqual(L)
    const solve = (transposed: boolean, b: Float64Array) =>
      run({ kind: 'triangularSolve', dtype: 'f64', batch: 1, n: 3, m: 1, transposed }, [Float64Array.from(L), b], 3)
    const y = await solve(false, Float64Array.of(2, 7, -0.5))
    expect(y).toEqual([1, 2, -0.125])
    const x = await solve(true, Float64Array.from(y))
    expect([0, 1, 2].map((i) => [0, 1, 2].reduce((s, j) => s + A[3 * i + j]! * x[j]!, 0))).toEqual(
      [2, 7, -0.5].map((v): unknown => expect.closeTo(v, 12)),
    )
    expect((await run({ kind: 'cholesky', dtype: 'f64', batch: 1, n: 1 }, [Float64Array.of(-1)], 1))[0]).toBeNaN()
  })
})

describe('memory', () => {
  it('refuses freed, foreign and small buffers, each by its code', async () => {
    const backend = referenceBackend()
    const [a, small] = [backend.allocate(12), backend.allocate(8)]
    const executable = backend.compile(doublePlan)
    expect(code(() => executable.run([a], [small]))).toBe('BUFFER_TOO_SMALL')
    expect(code(() => executable.run([a], [referenceBackend().allocate(12)]))).toBe('BUFFER_FOREIGN')
    expect(code(() => executable.run([a], [a]))).toBe('BUFFER_ALIASED')
    expect(code(() => executable.run([a], []))).toBe('INVALID_ARGUMENTS')
    expect(code(() => backend.write(small, new Float32Array(3)))).toBe('BUFFER_TOO_SMALL')
    backend.free(small)
    expect(code(() => executable.run([a], [small]))).toBe('BUFFER_FREED')
    expect(code(() => backend.free(small))).toBe('BUFFER_FREED')
    await expect(backend.read(small, 'f32', 1)).rejects.toMatchObject({ code: 'BUFFER_FREED' })
    expect(code(() => backend.allocate(-1))).toBe('INVALID_SIZE')
    executable.dispose()
    expect(code(() => executable.run([a], [backend.allocate(12)]))).toBe('EXECUTABLE_DISPOSED')
    await backend[Symbol.asyncDispose]()
    expect(code(() => backend.allocate(4))).toBe('BACKEND_DISPOSED')
    expect(code(() => backend.free(a))).toBe('nothing thrown')
  })

  it('counts', () => {
    const backend = referenceBackend()
    const buffers = [backend.allocate(12), backend.allocate(12)]
    const executable = backend.compile({ ...doublePlan, workspace: 64 })
    executable.run([buffers[0]!], [buffers[1]!])
    expect(backend.stats()).toEqual({
      allocations: 2,
      liveBuffers: 2,
      liveBytes: 88,
      peakBytes: 88,
      compilations: 1,
      runs: 1,
    })
    expect(executable).toMatchObject({ flops: 3, bytes: 24, workspaceBytes: 64 })
    executable.dispose()
    executable.dispose()
    backend.free(buffers[0]!)
    expect(backend.stats()).toMatchObject({ liveBuffers: 1, liveBytes: 12, peakBytes: 88 })
  })
})
