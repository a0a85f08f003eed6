import type { Tensor } from '../../tensor/tensor.js'
import { le } from './logic.js'
import { literal, pointwise, sameDType, zeroOf } from './pointwise.js'
import { select } from './select.js'
import type { Primitive } from '../../program/program.js'
import { isZero } from '../../program/tangent.js'
import type { Tangent } from '../../program/tangent.js'

/** max(x, y) and min(x, y). The tangent is that of the operand chosen, of x at a tie. Binary where both operands are. */
function extremum(name: 'max' | 'min'): Primitive<null> {
  return pointwise({
    name,
    dtype: (ins) => sameDType(name, ins),
    binary: ([x, y]) => x!.binary && y!.binary,
    tangent([x, y], [dx, dy], z) {
      if (isZero(dx!) && isZero(dy!)) return zeroOf(z)
      const wins = name === 'max' ? le(y!, x!) : le(x!, y!)
      const side = (t: Tangent): Tensor => (isZero(t) ? literal(z, 0) : t)
      return select(wins, side(dx!), side(dy!))
    },
    transpose: 'nonlinear',
    emit: (k, [x, y], _p, [out]) => [k.binary(name, out!.dtype, x!, y!)],
  })
}
/** The larger of two operands. */
export const maxPrimitive = extremum('max')
/** The smaller of two operands. */
export const minPrimitive = extremum('min')
