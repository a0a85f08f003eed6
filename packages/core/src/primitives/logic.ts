import { printAval } from '../tensor/aval.js'
import { bind } from '../interpreters/context.js'
import type { DType } from '../tensor/dtype.js'
import { isFloat } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import type { BinaryOp, CompareOp } from '../plan/kernel.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { instantiate, literal, pointwise, sameDType, zeroOf } from './pointwise.js'

function compare(name: CompareOp): Primitive<null> {
  return pointwise({
    name,
    dtype(ins) {
      sameDType(name, ins)
      return 'bool'
    },
    tangent: null,
    transpose: 'nonlinear',
    emit: (k, [x, y]) => [k.binary(name, 'bool', x!, y!)],
  })
}

function integer(name: BinaryOp, allowed: readonly DType[]): Primitive<null> {
  return pointwise({
    name,
    dtype(ins) {
      const dtype = sameDType(name, ins)
      if (!allowed.includes(dtype)) {
        throw new SpikewardError(
          'DTYPE_MISMATCH',
          `${name} of ${printAval(ins[0]!)}: needs ${allowed.join(' or ')}; cast() or compare first`,
        )
      }
      return dtype
    },
    tangent: null,
    transpose: 'nonlinear',
    emit: (k, [x, y], _p, [out]) => [k.binary(name, out!.dtype, x!, y!)],
  })
}

/** Comparisons, element by element: bool. */
export const ltPrimitive = compare('lt')
export const lePrimitive = compare('le')
export const eqPrimitive = compare('eq')
export const nePrimitive = compare('ne')

/** Bitwise on integers, logical on bool; shifts on integers. */
export const andPrimitive = integer('and', ['bool', 'i32', 'u32'])
export const orPrimitive = integer('or', ['bool', 'i32', 'u32'])
export const xorPrimitive = integer('xor', ['bool', 'i32', 'u32'])
export const shiftRightPrimitive = integer('shiftRight', ['i32', 'u32'])

/** Logical negation of a bool. */
export const notPrimitive: Primitive<null> = pointwise({
  name: 'not',
  dtype(ins) {
    if (ins[0]!.dtype !== 'bool')
      throw new SpikewardError('DTYPE_MISMATCH', `not of ${printAval(ins[0]!)}: needs bool; compare first`)
    return 'bool'
  },
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x]) => [k.unary('not', 'bool', x!)],
})

/** c ? x : y. Linear in x and y. */
export const selectPrimitive: Primitive<null> = pointwise({
  name: 'select',
  dtype(ins) {
    if (ins[0]!.dtype !== 'bool')
      throw new SpikewardError(
        'DTYPE_MISMATCH',
        `where: the condition is ${printAval(ins[0]!)}; needs bool; compare first`,
      )
    return sameDType('where', ins.slice(1))
  },
  binary: ([, x, y]) => x!.binary && y!.binary,
  tangent: ([c], [, dx, dy], z) => {
    const side = (t: typeof dx): Tensor => (isZero(t!) ? literal(z, 0) : t!)
    return isZero(dx!) && isZero(dy!) ? zeroOf(z) : select(c!, side(dx), side(dy))
  },
  transpose([ct], [c, x, y]) {
    const condition = (c as { readonly known: Tensor }).known
    const g = instantiate(ct!)
    const zero = literal(g, 0)
    return [null, 'known' in x! ? null : select(condition, g, zero), 'known' in y! ? null : select(condition, zero, g)]
  },
  emit: (k, [c, x, y], _p, [out]) => [k.select(out!.dtype, c!, x!, y!)],
})

/** Parameters of a conversion: the result's element type. */
export interface CastParams {
  readonly dtype: DType
}

/** Converts the element type. Linear between floats; binary stays binary, and bool becomes binary 0 and 1. */
export const castPrimitive: Primitive<CastParams> = pointwise<CastParams>({
  name: 'cast',
  dtype: (_ins, p) => p.dtype,
  binary: ([x]) => x!.binary,
  tangent: ([x], [dx], y) => (isFloat(x!.dtype) && !isZero(dx!) ? cast(dx!, y.dtype) : zeroOf(y)),
  transpose: ([ct], [x]) => ['known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : cast(ct!, x!.linear.dtype)],
  emit: (k, [x], { dtype }) => [k.unary('cast', dtype, x!)],
})

/** Keeps the 32 bits and changes what they mean. */
export const bitcastPrimitive: Primitive<CastParams> = pointwise<CastParams>({
  name: 'bitcast',
  dtype: (_ins, p) => p.dtype,
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x], { dtype }) => [k.unary('bitcast', dtype, x!)],
})

/** Operations as functions. */
export const lt = (x: Tensor, y: Tensor): Tensor => bind(ltPrimitive, [x, y], null)[0]!
export const le = (x: Tensor, y: Tensor): Tensor => bind(lePrimitive, [x, y], null)[0]!
export const eq = (x: Tensor, y: Tensor): Tensor => bind(eqPrimitive, [x, y], null)[0]!
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : bind(castPrimitive, [x], { dtype })[0]!

/** c ? x : y, operands of equal shape or scalars. */
export const select = (c: Tensor, x: Tensor, y: Tensor): Tensor => bind(selectPrimitive, [c, x, y], null)[0]!
