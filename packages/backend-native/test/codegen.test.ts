import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  bytesOf,
  isFloat,
  type BinaryOp,
  type DType,
  type Kernel,
  type KernelNode,
  type Plan,
  type Slot,
  type TypedArray,
  type UnaryOp,
} from '@spikeward/core/backend'
import { native, type NativeBackend } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

// The interpreter of rows defines the semantics of generated code: every bit must be the same, except that f32 NaNs
// need not match.

afterEach(() => {
  vi.unstubAllEnvs()
})

const POINTS = 203
const STEPS = 3
const dtypes: readonly DType[] = ['f32', 'i32', 'u32', 'bool', 'f64']

/** Operations by the type of their result: those that are compiled, and some in between that stay interpreted. */
const unary: Record<string, readonly UnaryOp[]> = {
  f32: ['neg', 'abs', 'sqrt', 'floor', 'sign', 'tanh'],
  f64: ['neg', 'abs', 'sqrt'],
  i32: ['neg', 'abs'],
  u32: ['not'],
  bool: ['not'],
}
const binary: Record<string, readonly BinaryOp[]> = {
  f32: ['add', 'sub', 'mul', 'div', 'max', 'min'],
  f64: ['add', 'sub', 'mul'],
  i32: ['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor', 'div'],
  u32: ['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor', 'rem'],
  bool: ['and', 'or', 'xor'],
}
const comparisons: readonly BinaryOp[] = ['lt', 'le', 'eq', 'ne']

/** A kernel with one node per number, each made from a few digits of its number; the last ones are stored. */
function kernelOf(points: number, numbers: readonly number[], loads: number, stores: number, scan: boolean): Kernel {
  const space = scan ? [points, STEPS] : [points]
  const strides = scan ? [1, points] : [1]
  const nodes: KernelNode[] = []
  const carried = scan ? dtypes.map((dtype): KernelNode => ({ op: 'carry', dtype, carry: dtypes.indexOf(dtype) })) : []
  for (let i = 0; i < loads; i++) nodes.push({ op: 'load', dtype: dtypes[i % 5]!, operand: i })
  const initial = dtypes.map((_, i) => i)
  nodes.push(...carried)
  for (const dtype of dtypes) nodes.push({ op: 'const', dtype, value: isFloat(dtype) ? -1.5 : 1 })
  for (const number of numbers) nodes.push(nodeOf(number, nodes))
  const last = (dtype: DType): number => nodes.findLastIndex((n) => n.dtype === dtype)
  const results = nodes.map((_, i) => i).slice(-stores)
  return {
    name: 'generated',
    space,
    time: scan ? 1 : null,
    reduce: [],
    // The first five are the initial state of a scan; the others are read in place, step by step, or are the same for
    // all points.
    loads: Array.from({ length: loads }, (_, i) => ({
      dtype: dtypes[i % 5]!,
      offset: 0,
      strides: i < 5 ? strides.map((s, a) => (a === 1 ? 0 : s)) : i % 6 === 0 ? strides.map(() => 0) : strides,
    })),
    nodes,
    carries: scan ? dtypes.map((dtype, i) => ({ dtype, init: initial[i]!, next: last(dtype) })) : [],
    stores: results.map((node) => ({
      dtype: nodes[node]!.dtype,
      offset: 0,
      strides,
      node,
      when: 'each',
      reduce: null,
    })),
  }
}

/** x + k · step for many k, in f64: values that are the same for all points, more than fit in registers. */
function uniformsOf(points: number, count: number): Kernel {
  const nodes: KernelNode[] = [
    { op: 'load', dtype: 'u32', operand: 0 },
    { op: 'index', dtype: 'u32', axis: 1 },
    { op: 'const', dtype: 'u32', value: 3 },
  ]
  const add = (node: KernelNode): number => nodes.push(node) - 1
  const access = { offset: 0, strides: [1, points] }
  const multiples = Array.from({ length: count }, (_, k) =>
    add({ op: 'mul', dtype: 'u32', args: [1, add({ op: 'const', dtype: 'u32', value: 7 + k })] }),
  )
  const sums = multiples.map((k) =>
    add({ op: 'add', dtype: 'u32', args: [add({ op: 'xor', dtype: 'u32', args: [k, 0] }), 2] }),
  )
  const stored = sums.map((s) => add({ op: 'cast', dtype: 'f64', args: [s] }))
  return {
    name: 'uniforms',
    space: [points, STEPS],
    time: 1,
    reduce: [],
    loads: [{ dtype: 'u32', ...access }],
    nodes,
    carries: [],
    stores: stored.map((node) => ({ dtype: 'f64', ...access, node, when: 'each', reduce: null })),
  }
}

/** Neurons under currents that change from step to step: spikes, scaled spikes, and the final state. */
function neuronsOf(points: number, steps: number): Kernel {
  const each = { offset: 0, strides: [1, points] }
  const once = { offset: 0, strides: [1, 0] }
  const nodes: KernelNode[] = [
    { op: 'load', dtype: 'f32', operand: 0 },
    { op: 'load', dtype: 'f32', operand: 1 },
    { op: 'load', dtype: 'f32', operand: 2 },
    { op: 'carry', dtype: 'f32', carry: 0 },
    { op: 'carry', dtype: 'f32', carry: 1 },
    { op: 'const', dtype: 'f32', value: 1 },
    { op: 'add', dtype: 'f32', args: [3, 1] },
    { op: 'le', dtype: 'bool', args: [5, 6] },
    { op: 'cast', dtype: 'f32', args: [7] },
    { op: 'sub', dtype: 'f32', args: [6, 8] },
    { op: 'mul', dtype: 'f32', args: [8, 2] },
    { op: 'add', dtype: 'f32', args: [4, 10] },
    { op: 'final', dtype: 'f32', carry: 0 },
    { op: 'final', dtype: 'f32', carry: 1 },
  ]
  const stores = [
    { ...each, node: 8, when: 'each' },
    { ...each, node: 10, when: 'each' },
    { ...once, node: 12, when: 'once' },
    { ...once, node: 13, when: 'once' },
  ] as const
  return {
    name: 'neurons',
    space: [points, steps],
    time: 1,
    reduce: [],
    loads: [once, each, once].map((access) => ({ dtype: 'f32', ...access })),
    nodes,
    carries: [
      { dtype: 'f32', init: 0, next: 9 },
      { dtype: 'f32', init: 2, next: 11 },
    ],
    stores: stores.map((store) => ({ dtype: 'f32', reduce: null, ...store })),
  }
}

function nodeOf(number: number, nodes: readonly KernelNode[]): KernelNode {
  let rest = number
  const choose = <T>(list: readonly T[]): T => {
    const item = list[rest % list.length]!
    rest = Math.floor(rest / list.length)
    return item
  }
  const of = (dtype: DType): number => choose(nodes.flatMap((n, i) => (n.dtype === dtype ? [i] : [])))
  const dtype = choose(dtypes)
  const kind = choose(['binary', 'binary', 'binary', 'unary', 'select', 'cast', 'compare', 'shift'])
  if (kind === 'select') return { op: 'select', dtype, args: [of('bool'), of(dtype), of(dtype)] }
  if (kind === 'cast') {
    const from = choose(isFloat(dtype) || dtype === 'bool' ? dtypes : (['i32', 'u32', 'bool', 'f64'] as const))
    return { op: 'cast', dtype, args: [of(from)] }
  }
  if (kind === 'compare') {
    const from = choose(['f32', 'i32', 'u32', 'f64'] as const)
    return { op: choose(comparisons), dtype: 'bool', args: [of(from), of(from)] }
  }
  if (kind === 'shift' && (dtype === 'i32' || dtype === 'u32')) {
    const amount = nodes.findIndex((n) => n.op === 'const' && n.dtype === dtype)
    return { op: choose(['shiftLeft', 'shiftRight'] as const), dtype, args: [of(dtype), amount] }
  }
  if (kind === 'unary') return { op: choose(unary[dtype]!), dtype, args: [of(dtype)] }
  return { op: choose(binary[dtype]!), dtype, args: [of(dtype), of(dtype)] }
}

const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-40, 3e38, 2147483648, 0.5]
function dataOf(dtype: DType, size: number, seed: number): TypedArray {
  let state = seed * 7919 + 1
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  const number = (): number =>
    dtype === 'bool'
      ? Number(random() < 0.5)
      : isFloat(dtype)
        ? random() < 0.1
          ? special[Math.floor(random() * special.length)]!
          : (random() - 0.5) * 8
        : Math.floor(random() * 2 ** 32) - (dtype === 'i32' ? 2 ** 31 : 0)
  const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, bool: Uint32Array }
  const to = new arrays[dtype](size)
  for (let i = 0; i < size; i++) to[i] = number()
  return to
}

function planOf(kernel: Kernel): Plan {
  const size = kernel.space.reduce((a, b) => a * b, 1)
  const slots: Slot[] = [
    ...kernel.loads.map((a, index): Slot => ({ kind: 'input', index, dtype: a.dtype, size })),
    ...kernel.stores.map((a, index): Slot => ({ kind: 'output', index, dtype: a.dtype, size })),
  ]
  const operands = (from: number, n: number) =>
    Array.from({ length: n }, (_, i) => ({ slot: from + i, offset: 0, advance: [] }))
  return {
    slots,
    inputs: kernel.loads.length,
    outputs: kernel.stores.length,
    donations: kernel.stores.map(() => null),
    workspace: 0,
    steps: [
      {
        kind: 'kernel',
        kernel,
        loads: operands(0, kernel.loads.length),
        stores: operands(kernel.loads.length, kernel.stores.length),
      },
    ],
  }
}

/** The bits of the outputs; all f32 NaNs count as equal. */
async function run(backend: NativeBackend, plan: Plan, seed: number): Promise<{ bits: number[][]; source: string }> {
  const buffers = plan.slots.map((slot) => {
    const buffer = backend.allocate(bytesOf(slot.dtype) * slot.size)
    if (slot.kind === 'input') backend.write(buffer, dataOf(slot.dtype, slot.size, seed + slot.index))
    return buffer
  })
  const executable = backend.compile(plan)
  executable.run(buffers.slice(0, plan.inputs), buffers.slice(plan.inputs))
  const bits: number[][] = []
  for (const [i, slot] of plan.slots.entries()) {
    if (slot.kind !== 'output') continue
    const array = await backend.read(buffers[i]!, slot.dtype, slot.size)
    const words = new Uint32Array(array.buffer, array.byteOffset, array.byteLength / 4)
    bits.push(Array.from(words, (w, e) => (slot.dtype === 'f32' && Number.isNaN(array[e]) ? 0x7fc00000 : w)))
  }
  for (const buffer of buffers) backend.free(buffer)
  const { source } = executable
  executable.dispose()
  return { bits, source }
}

/** Finds the first difference between two lists of outputs; printing all of them would take minutes. */
function firstDifference(found: readonly number[][], wanted: readonly number[][]): string | null {
  for (const [j, output] of wanted.entries()) {
    const i = output.findIndex((w, e) => w !== found[j]![e])
    if (i >= 0) return `output ${j}, element ${i}: ${found[j]![i]!.toString(16)} in place of ${output[i]!.toString(16)}`
  }
  return null
}

/** Runs a plan with generated code and without; returns the first difference. */
async function compare(backend: NativeBackend, plan: Plan, seed: number) {
  const code = await run(backend, plan, seed)
  vi.stubEnv('SPIKEWARD_CODEGEN', 'off')
  const interpreted = await run(backend, plan, seed)
  vi.unstubAllEnvs()
  expect(interpreted.source).not.toContain('machine code')
  return { generated: code.source.includes('machine code'), difference: firstDifference(code.bits, interpreted.bits) }
}

// Under the sanitizers, the emitter of code is what matters: the plain addon compares the bits of more kernels.
const runs = Number(process.env['SPIKEWARD_RUNS'] ?? (process.env['SPIKEWARD_SANITIZED'] === 'true' ? 15 : 60))

const sets = instructionSets.filter((name) => name !== 'portable')
if (sets.length === 0)
  test('machine code', (context) =>
    context.skip(reason || 'this processor lacks every instruction set with machine code'))

describe.each(sets)('%s', (instructionSet) => {
  test.each([
    ['few values', POINTS, 12, 6, 3, false],
    ['more values at once than there are registers', POINTS, 90, 12, 40, false],
    ['state over time', POINTS, 40, 8, 6, true],
  ] as const)('machine code gives the bits of the interpreter: %s', async (_, points, nodes, loads, stores, scan) => {
    await using backend = await native({ threads: 1, instructionSet })
    let generated = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 2 ** 48 }), { minLength: nodes >> 1, maxLength: nodes }),
        fc.nat({ max: 1000 }),
        async (numbers, seed) => {
          const found = await compare(backend, planOf(kernelOf(points, numbers, loads, stores, scan)), seed)
          generated += Number(found.generated)
          expect(found.difference).toBe(null)
        },
      ),
      { numRuns: runs, seed: 3 },
    )
    expect(generated).toBeGreaterThan(runs / 2)
  })

  test.each([
    [208, 2],
    [208, 5],
    [2081, 4],
    [7, 3],
  ])('two steps at once give the bits of the interpreter: %i points, %i steps', async (points, steps) => {
    await using backend = await native({ threads: 1, instructionSet })
    const plan = planOf(neuronsOf(points, steps))
    expect((await run(backend, plan, 1)).source).toContain('two steps at once')
    expect(await compare(backend, plan, 1)).toEqual({ generated: true, difference: null })
  })

  test('no row overwrites a value that is the same for all points while the loop runs', async () => {
    await using backend = await native({ threads: 1, instructionSet })
    // A row of 9 elements is no longer than the copies of such a value, and takes two iterations of eight.
    expect(await compare(backend, planOf(uniformsOf(9, 30)), 1)).toEqual({ generated: true, difference: null })
  })
})
