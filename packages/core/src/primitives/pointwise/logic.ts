import type { Tensor } from '../../tensor/tensor.js'
import { SpikewardError } from '../../errors.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import type { BinaryOp, CompareOp } from '../../plan/operations.js'
import { pointwise, sameDType } from './pointwise.js'
import type { Primitive } from '../../program/program.js'
import { printAval } from '../../tensor/aval.js'
import type { DType } from '../../tensor/dtype.js'

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

/** Element-wise comparisons, with results of type bool. */
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

/** The comparisons as functions. */
export const lt = (x: Tensor, y: Tensor): Tensor => bind(ltPrimitive, [x, y], null)[0]!
export const le = (x: Tensor, y: Tensor): Tensor => bind(lePrimitive, [x, y], null)[0]!
export const eq = (x: Tensor, y: Tensor): Tensor => bind(eqPrimitive, [x, y], null)[0]!
