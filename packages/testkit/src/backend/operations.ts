import {
  arityOf,
  binaryOperations,
  contains,
  hostArray,
  isComparison,
  isFloat,
  operations,
  realFunctions,
  unaryOperations,
  type BinaryOp,
  type DType,
  type FloatDType,
  type KernelNode,
  type Plan,
  type RealFunction,
  type ScalarOp,
  type TypedArray,
  type UnaryOp,
} from '@spikeward/core/backend'
import type { Check } from '../check.js'
import { compareArrays } from './compareArrays.js'
import { moderateData, specialValues } from './testData.js'
import { access, kernel, kernelPlan, runPlan, store } from './plans.js'
import { agree, lacks, type BackendUnderTest } from './backendUnderTest.js'
import { epsilonOf, toleranceOf } from './tolerances.js'

const FLOATS = ['f32', 'f64'] as const
const ALL = [...FLOATS, 'i32', 'u32', 'bool'] as const

/** The element types that an operation takes. */
const dtypesOf = (op: ScalarOp): readonly DType[] => ALL.filter(contains[operations[op].takes])

const namesOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[]

const functionsOfTwo = namesOf(realFunctions).filter((op) => arityOf(op) === 2)

/** Operations for which IEEE 754 defines the sign of a zero result. */
const SIGNED: readonly ScalarOp[] = ['neg', 'abs', 'floor', 'sqrt', 'add', 'sub', 'mul', 'div', 'cast', 'select']

/** Every operation on every dtype, over special values: all values, all pairs, all pairs under both conditions. */
export function operationChecks(): Check<BackendUnderTest>[] {
  return [
    ...namesOf(unaryOperations).flatMap((op) =>
      op === 'cast' || op === 'bitcast' ? [] : dtypesOf(op).map((dtype) => unaryCheck(op, dtype, dtype)),
    ),
    ...ALL.flatMap((from) => ALL.map((to) => unaryCheck('cast', to, from))),
    ...(['f32', 'i32', 'u32'] as const).flatMap((from) =>
      (['f32', 'i32', 'u32'] as const).map((to) => unaryCheck('bitcast', to, from)),
    ),
    ...namesOf(binaryOperations).flatMap((op) => dtypesOf(op).map((dtype) => binaryCheck(op, dtype))),
    ...ALL.map(selectCheck),
    ...FLOATS.map(roundedTwice),
    ...FLOATS.flatMap((dtype) => functionsOfTwo.map((op) => functionOfConstants(op, dtype))),
  ]
}

/** x·y + z and z − x·y, where x·y is not exact: a fused multiply-add gives another result. */
function roundedTwice(dtype: FloatDType): Check<BackendUnderTest> {
  return {
    group: 'operations',
    name: `a product and a sum are rounded separately, ${dtype}`,
    skip: (s) => lacks(s, dtype) ?? (s.contraction ? 'the backend may fuse them' : null),
    run(tested) {
      const nodes: KernelNode[] = [0, 1, 2].map((operand) => ({ op: 'load', dtype, operand }))
      nodes.push(
        { op: 'mul', dtype, args: [0, 1] },
        { op: 'add', dtype, args: [3, 2] },
        { op: 'sub', dtype, args: [2, 3] },
      )
      const plan = kernelPlan(
        kernel({
          space: [1000],
          loads: [0, 1, 2].map(() => access(dtype, [1])),
          nodes,
          stores: [store(dtype, [1], 4), store(dtype, [1], 5)],
        }),
      )
      return agree(
        tested,
        plan,
        [91, 92, 93].map((key) => moderateData(dtype, 1000, key)),
      )
    },
  }
}

/** Limits of a function of two numbers, one of them a constant: backends replace some of them by other operations. */
function functionOfConstants(op: RealFunction, dtype: FloatDType): Check<BackendUnderTest> {
  return {
    group: 'operations',
    name: `${op} of constants ${dtype}, ±0, ±1, NaN and ±∞`,
    skip: (s) => lacks(s, dtype),
    async run(tested) {
      const xs = valuesOf(tested, dtype)
      const constants = [1, -1, 0, -0, NaN, Infinity, -Infinity].filter((c) => xs.includes(c))
      const nodes: KernelNode[] = [
        { op: 'load', dtype, operand: 0 },
        ...constants.map((value): KernelNode => ({ op: 'const', dtype, value })),
        ...constants.flatMap((_, i): KernelNode[] => [
          { op, dtype, args: [0, i + 1] },
          { op, dtype, args: [i + 1, 0] },
        ]),
      ]
      const stores = Array.from({ length: 2 * constants.length }, (_, i) => store(dtype, [1], 1 + constants.length + i))
      const plan = kernelPlan(kernel({ space: [xs.length], loads: [access(dtype, [1])], nodes, stores }))
      await agree(tested, plan, [fill(dtype, xs)], toleranceOf(op, dtype))
    },
  }
}

function unaryCheck(op: UnaryOp, dtype: DType, from: DType): Check<BackendUnderTest> {
  return {
    group: 'operations',
    name: op === 'cast' || op === 'bitcast' ? `${op} ${from} to ${dtype}` : `${op} ${dtype}`,
    skip: (s) => lacks(s, dtype, from),
    async run(tested) {
      const xs = valuesOf(tested, from).filter(
        (x) => specified(op, from, x, 0) && !(op === 'bitcast' && !isOrdinary(tested, x, dtype, from)),
      )
      const nodes: KernelNode[] = [
        { op: 'load', dtype: from, operand: 0 },
        { op, dtype, args: [0] },
      ]
      const plan = kernelPlan(
        kernel({ space: [xs.length], loads: [access(from, [1])], nodes, stores: [store(dtype, [1], 1)] }),
      )
      await compare(tested, op, dtype, plan, [fill(from, xs)], (i) => [xs[i]!])
    },
  }
}

function binaryCheck(op: BinaryOp, dtype: DType): Check<BackendUnderTest> {
  return {
    group: 'operations',
    name: `${op} ${dtype}`,
    skip: (s) => lacks(s, dtype, 'bool'),
    async run(tested) {
      const shift = op === 'shiftLeft' || op === 'shiftRight'
      const all = valuesOf(tested, dtype)
      const pairs = all
        .flatMap((x) => (shift ? [0, 1, 5, 16, 31] : all).map((y) => [x, y] as const))
        .filter(([x, y]) => specified(op, dtype, x, y))
      const result = isComparison(op) ? 'bool' : dtype
      const nodes: KernelNode[] = [
        { op: 'load', dtype, operand: 0 },
        { op: 'load', dtype, operand: 1 },
        { op, dtype: result, args: [0, 1] },
      ]
      const plan = kernelPlan(
        kernel({
          space: [pairs.length],
          loads: [access(dtype, [1]), access(dtype, [1])],
          nodes,
          stores: [store(result, [1], 2)],
        }),
      )
      await compare(
        tested,
        op,
        result,
        plan,
        [
          fill(
            dtype,
            pairs.map((p) => p[0]),
          ),
          fill(
            dtype,
            pairs.map((p) => p[1]),
          ),
        ],
        (i) => pairs[i]!,
      )
    },
  }
}

function selectCheck(dtype: DType): Check<BackendUnderTest> {
  return {
    group: 'operations',
    name: `select ${dtype}`,
    skip: (s) => lacks(s, dtype, 'bool'),
    async run(tested) {
      const xs = valuesOf(tested, dtype)
      const nodes: KernelNode[] = [
        { op: 'load', dtype: 'bool', operand: 0 },
        { op: 'load', dtype, operand: 1 },
        { op: 'load', dtype, operand: 2 },
        { op: 'select', dtype, args: [0, 1, 2] },
      ]
      const n = xs.length
      const loads = [access('bool', [1, 0]), access(dtype, [0, 1]), access(dtype, [0, -1], n - 1)]
      const plan = kernelPlan(kernel({ space: [2, n], loads, nodes, stores: [store(dtype, [n, 1], 3)] }))
      await compare(tested, 'select', dtype, plan, [fill('bool', [0, 1]), fill(dtype, xs), fill(dtype, xs)], (i) => [
        Math.floor(i / n),
        i % n,
      ])
    },
  }
}

async function compare(
  tested: BackendUnderTest,
  op: ScalarOp,
  dtype: DType,
  plan: Plan,
  ins: readonly TypedArray[],
  at: (i: number) => readonly number[],
): Promise<void> {
  const [expected] = await tested.expected(plan, ins)
  const [actual] = await runPlan(tested.backend, plan, ins)
  const signedZero = tested.floats.signedZero && SIGNED.includes(op)
  const describe = (i: number): string => `${op}(${at(i).join(', ')})`
  if (op === 'rem' && isFloat(dtype)) {
    // x − y·trunc(x/y) with one rounding may differ by a whole y: both are right to within the rounding of x.
    const size = expected!.length
    const off = Float64Array.from({ length: size }, (_, i) => 2 * epsilonOf(dtype) * Math.abs(at(i)[0]!))
    const nearest = actual!.map((a, i) => {
      const y = Math.abs(at(i)[1]!)
      const turns = Math.round((a - expected![i]!) / y)
      return Math.abs(turns) === 1 ? a - turns * y : a
    })
    return compareArrays(
      op,
      nearest,
      expected!,
      dtype,
      off.map((t, i) => t + Math.abs(epsilonOf(dtype) * at(i)[1]!)),
      { describe },
    )
  }
  const { ulp, absolute } = toleranceOf(op, dtype)
  const flushed = isFloat(dtype) && !tested.floats.denormals ? (dtype === 'f32' ? 2 ** -126 : 2 ** -1022) : 0
  compareArrays(op, actual!, expected!, dtype, { ulp, absolute: Math.max(absolute, flushed) }, { signedZero, describe })
}

const fill = (dtype: DType, xs: readonly number[]): TypedArray => {
  const array = hostArray(dtype, xs.length)
  array.set(xs)
  return array
}

/** The special values of a dtype that the backend guarantees to handle. */
function valuesOf({ floats }: BackendUnderTest, dtype: DType): readonly number[] {
  if (!isFloat(dtype)) return specialValues[dtype]
  return specialValues[dtype].filter(
    (x) =>
      (floats.nonFinite || Number.isFinite(x)) &&
      (floats.denormals || x === 0 || Math.abs(x) >= (dtype === 'f32' ? 2 ** -126 : 2 ** -1022)),
  )
}

/** True if 32 bits are an ordinary float: NaN payloads and subnormals may not survive a bitcast. */
function isOrdinary({ floats }: BackendUnderTest, x: number, to: DType, from: DType): boolean {
  if (from === 'f32') return !Number.isNaN(x)
  if (to !== 'f32') return true
  const exponent = (x >>> 23) & 0xff
  return exponent !== 0xff && (floats.denormals || exponent !== 0 || (x & 0x7fffffff) === 0)
}

/** False if the result is undefined. */
function specified(op: ScalarOp, dtype: DType, x: number, y: number): boolean {
  if (!isFloat(dtype)) return true
  const largest = operations[op].error?.largest
  if (largest !== undefined) return !Number.isFinite(x) || Math.abs(x) <= largest
  if (op === 'rem')
    return (
      Number.isNaN(x) ||
      Number.isNaN(y) ||
      (Number.isFinite(x) && Number.isFinite(y) && y !== 0 && Math.abs(x / y) < 2 ** 20)
    )
  return true
}
