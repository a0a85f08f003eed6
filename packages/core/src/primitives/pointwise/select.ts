import type { Tensor } from '../../tensor/tensor.js'
import { SpikewardError } from '../../errors.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { instantiate, literal, pointwise, sameDType, zeroOf } from './pointwise.js'
import type { Primitive } from '../../program/program.js'
import { isZero } from '../../program/tangent.js'
import { printAval } from '../../tensor/aval.js'

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
  series: 'linear',
  transpose([ct], [c, x, y]) {
    const condition = (c as { readonly known: Tensor }).known
    const g = instantiate(ct!)
    const zero = literal(g, 0)
    return [null, 'known' in x! ? null : select(condition, g, zero), 'known' in y! ? null : select(condition, zero, g)]
  },
  emit: (k, [c, x, y], _p, [out]) => [k.select(out!.dtype, c!, x!, y!)],
})

/** c ? x : y, operands of equal shape or scalars. */
export const select = (c: Tensor, x: Tensor, y: Tensor): Tensor => bind(selectPrimitive, [c, x, y], null)[0]!
