import fc from 'fast-check'
import {
  arityOf,
  contains,
  isComparison,
  isFloat,
  isRealFunction,
  operations,
  type Access,
  type Carry,
  type DType,
  type FloatDType,
  type Kernel,
  type KernelNode,
  type Store,
  type ScalarOp,
} from '@spikeward/core/backend'
import { kernel } from '../plans.js'
import { isApproximate } from '../tolerances.js'

/** A valid random kernel, and the key of its data. */
export interface GeneratedKernel {
  readonly kernel: Kernel
  readonly key: number
}

/** Options of the generator. */
export interface GeneratorOptions {
  readonly float: FloatDType
  /** Whether to include operations that need not be correctly rounded. */
  readonly approximate: boolean
}

interface StepChoices {
  op: number
  a: number
  b: number
  c: number
}
interface AccessChoices {
  dtype: number
  order: number
  mask: number
  flips: number
  gap: number
}
interface CarryChoices {
  init: number
  next: number
}
interface StoreChoices {
  node: number
  when: boolean
  fold: number
  layout: AccessChoices
}

interface KernelChoices {
  lengths: number[]
  role: 'map' | 'scan' | 'fold'
  axes: number
  loads: AccessChoices[]
  before: StepChoices[]
  each: StepChoices[]
  after: StepChoices[]
  carries: CarryChoices[]
  stores: StoreChoices[]
  key: number
}

/**
 * Random kernels: one to three axes (one of them time, or some of them reduced, or neither), loads through permuted,
 * flipped, broadcast and gapped accesses of all dtypes, nodes in every stage, carries of any dtype, stores of every
 * kind. Each choice is a small number modulo the number of options, so that all numbers give valid kernels and
 * fast-check can shrink them.
 */
export function arbitraryKernel(options: GeneratorOptions): fc.Arbitrary<GeneratedKernel> {
  const small = fc.nat({ max: 63 })
  const step = fc.record({ op: small, a: small, b: small, c: small })
  const layout = fc.record({
    dtype: small,
    order: small,
    mask: fc.nat({ max: 7 }),
    flips: fc.nat({ max: 7 }),
    gap: fc.nat({ max: 3 }),
  })
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 2, arbitrary: fc.constantFrom(7, 8, 9, 16, 17, 33, 65, 130) },
    { weight: 1, arbitrary: fc.constant(0) },
  )
  return fc
    .record({
      lengths: fc.array(length, { minLength: 1, maxLength: 3 }),
      role: fc.constantFrom('map' as const, 'scan' as const, 'fold' as const),
      axes: small,
      loads: fc.array(layout, { minLength: 1, maxLength: 4 }),
      before: fc.array(step, { maxLength: 6 }),
      each: fc.array(step, { maxLength: 8 }),
      after: fc.array(step, { maxLength: 4 }),
      carries: fc.array(fc.record({ init: small, next: small }), { minLength: 1, maxLength: 3 }),
      stores: fc.array(fc.record({ node: small, when: fc.boolean(), fold: small, layout }), {
        minLength: 1,
        maxLength: 4,
      }),
      key: fc.nat({ max: 1000 }),
    })
    .map((choices) => ({ kernel: build(choices, options), key: choices.key }))
}

/**
 * The operations that a random kernel applies to a node, by its type. Functions of two numbers, remainders of floats,
 * and the bits of NaN, are not bounded by the rounding of their arguments.
 */
const operationsOf = (dtype: DType, approximate: boolean): readonly ScalarOp[] =>
  (Object.keys(operations) as ScalarOp[]).filter(
    (op) =>
      contains[operations[op].takes](dtype) &&
      (!isFloat(dtype) ||
        ((approximate || !isApproximate(op)) &&
          !(isRealFunction(op) && arityOf(op) === 2) &&
          op !== 'rem' &&
          op !== 'bitcast')),
  )

const pick = <T>(from: readonly T[], i: number): T => from[i % from.length]!

function build(choices: KernelChoices, { float, approximate }: GeneratorOptions): Kernel {
  const space = limited(choices.lengths)
  const time = choices.role === 'scan' ? choices.axes % space.length : null
  const reduce = choices.role === 'fold' ? reducedAxes(space.length, choices.axes) : []
  const dtypes: readonly DType[] = [float, float, 'i32', 'u32', 'bool']
  const nodes: KernelNode[] = []
  const push = (node: KernelNode): number => nodes.push(node) - 1
  const loads = choices.loads.map((l): Access => ({ dtype: pick(dtypes, l.dtype), ...readLayout(space, l) }))

  // Pools of nodes by the stage that may read them. Each has a constant of every dtype, so that no pool is empty.
  const before = [
    push({ op: 'const', dtype: float, value: 0.75 }),
    push({ op: 'const', dtype: 'i32', value: 3 }),
    push({ op: 'const', dtype: 'u32', value: 5 }),
    push({ op: 'const', dtype: 'bool', value: 1 }),
    push({
      op: 'index',
      dtype: pick([float, 'i32', 'u32'] as const, choices.axes),
      axis: (time ?? 0) === 0 ? (space.length - 1 === time ? 0 : space.length - 1) : 0,
    }),
  ]
  if (time !== null && nodes.at(-1)!.op === 'index' && (nodes.at(-1) as { axis: number }).axis === time) before.pop()
  const each: number[] = []
  for (const [operand, l] of loads.entries()) {
    const pool = time !== null && l.strides[time] !== 0 ? each : before
    pool.push(push({ op: 'load', dtype: l.dtype, operand }))
  }
  const grow = (pool: number[], steps: readonly StepChoices[], visible: () => readonly number[]): void => {
    for (const s of steps) pool.push(addStep(nodes, push, visible(), s, float, approximate))
  }
  grow(before, choices.before, () => before)
  const stores: Store[] = []
  const chosenStores = (
    pool: readonly number[],
    list: readonly StoreChoices[],
    when: Store['when'],
    unreduced: readonly number[],
  ): void => {
    for (const s of list) {
      const node = pick(pool, s.node)
      stores.push(makeStore(space, node, nodes[node]!.dtype, when, s, unreduced, reduce))
    }
  }
  const axes = space.map((_, a) => a)
  if (time === null) {
    chosenStores(before.slice(4), choices.stores, 'each', axes)
    return kernel({ name: `generated ${choices.role}`, space, time, reduce, loads, nodes, stores })
  }
  const inits = choices.carries.map((c) => pick(before, c.init))
  for (const [carry, init] of inits.entries()) each.push(push({ op: 'carry', dtype: nodes[init]!.dtype, carry }))
  each.push(push({ op: 'index', dtype: float, axis: time }))
  grow(each, choices.each, () => [...before, ...each])
  const carries = choices.carries.map((c, i): Carry => {
    const dtype = nodes[inits[i]!]!.dtype
    return {
      dtype,
      init: inits[i]!,
      next: pick(
        [...each, ...before].filter((n) => nodes[n]!.dtype === dtype),
        c.next,
      ),
    }
  })
  const after = carries.map((c, carry) => push({ op: 'final', dtype: c.dtype, carry }))
  grow(after, choices.after, () => [...before, ...after])
  chosenStores(
    [...each, ...before.slice(4)],
    choices.stores.filter((s) => s.when),
    'each',
    axes,
  )
  chosenStores(
    [...after, ...before.slice(4)],
    choices.stores.filter((s) => !s.when),
    'once',
    axes.filter((a) => a !== time),
  )
  return kernel({ name: 'generated scan', space, time, reduce, loads, nodes, carries, stores })
}

/** Limits the space to 3000 points by cutting later axes to 3. */
function limited(lengths: readonly number[]): number[] {
  let points = 1
  return lengths.map((n) => {
    const size = points * n > 3000 ? Math.min(n, 3) : n
    points *= Math.max(size, 1)
    return size
  })
}

/** A nonempty set of axes. */
function reducedAxes(count: number, choice: number): number[] {
  const all = Array.from({ length: count }, (_, a) => a)
  const some = all.filter((a) => (choice >> a) & 1)
  return some.length > 0 ? some : all
}

/** A permutation of some axes. */
function ordered(axes: readonly number[], order: number): number[] {
  const rest = [...axes]
  const result: number[] = []
  for (let i = order; rest.length > 0; i = Math.floor(i / 3)) result.push(...rest.splice(i % rest.length, 1))
  return result
}

/** Strides without overlaps for `axes`, in some order, some flipped, with gaps. */
function layoutOf(
  space: readonly number[],
  axes: readonly number[],
  { order, flips, gap }: AccessChoices,
): { strides: number[]; offset: number } {
  const strides = space.map(() => 0)
  let stride = 1 + (gap >> 1)
  let offset = gap & 1
  for (const a of ordered(axes, order)) {
    const flipped = ((flips >> a) & 1) === 1 && space[a]! > 0
    strides[a] = flipped ? -stride : stride
    if (flipped) offset += stride * (space[a]! - 1)
    stride *= Math.max(space[a]!, 1)
  }
  return { strides, offset }
}

const readLayout = (space: readonly number[], choices: AccessChoices): { strides: number[]; offset: number } =>
  layoutOf(
    space,
    space.flatMap((_, a) => (((choices.mask >> a) & 1) === 0 ? [a] : [])),
    choices,
  )

function makeStore(
  space: readonly number[],
  node: number,
  dtype: DType,
  when: Store['when'],
  s: StoreChoices,
  unreduced: readonly number[],
  reduce: readonly number[],
): Store {
  const folds = reduce.length > 0 && s.fold % 4 !== 0
  const op = pick(dtype === 'bool' ? (['max', 'min'] as const) : (['sum', 'max', 'min'] as const), s.fold)
  const axes = folds ? unreduced.filter((a) => !reduce.includes(a)) : unreduced
  return { dtype, node, when, reduce: folds ? op : null, ...layoutOf(space, axes, s.layout) }
}

/**
 * Adds a node that reads nodes of `pool`: picks any first argument, then an operation and further arguments that fit.
 */
function addStep(
  nodes: readonly KernelNode[],
  push: (node: KernelNode) => number,
  pool: readonly number[],
  s: StepChoices,
  float: FloatDType,
  approximate: boolean,
): number {
  const x = pick(pool, s.a)
  const dtype = nodes[x]!.dtype
  const same = pool.filter((n) => nodes[n]!.dtype === dtype)
  const op = pick(operationsOf(dtype, approximate), s.op)
  if (op === 'select') {
    const condition = pick(
      pool.filter((n) => nodes[n]!.dtype === 'bool'),
      s.b,
    )
    return push({ op, dtype, args: [condition, x, pick(same, s.c)] })
  }
  if (op === 'cast') return push({ op, dtype: pick([float, 'i32', 'u32', 'bool'] as const, s.c), args: [x] })
  if (op === 'bitcast') return push({ op, dtype: dtype === 'i32' ? 'u32' : 'i32', args: [x] })
  if (arityOf(op) === 1) return push({ op, dtype, args: [x] })
  let y = pick(same, s.b)
  if (op === 'shiftLeft' || op === 'shiftRight')
    y = push({ op: 'and', dtype, args: [y, push({ op: 'const', dtype, value: 31 })] })
  // The sign of a zero from max, min and sign is undefined; as a divisor it would decide the sign of an infinity.
  if (op === 'div' && isFloat(dtype)) {
    const zero = push({ op: 'eq', dtype: 'bool', args: [y, push({ op: 'const', dtype, value: 0 })] })
    y = push({ op: 'select', dtype, args: [zero, push({ op: 'const', dtype, value: 1 }), y] })
  }
  return push({ op, dtype: isComparison(op) ? 'bool' : dtype, args: [x, y] })
}
