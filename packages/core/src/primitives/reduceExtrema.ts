import { aval } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import type { Primitive } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { div, mul } from './pointwise/arithmetic.js'
import { type ReduceParams, broadcast, reduceSum, withoutAxes } from './broadcast.js'
import { cast } from './pointwise/cast.js'
import { eq } from './pointwise/logic.js'

/**
 * The largest or smallest element over `axes`; the tangent is the mean of the tangents of the elements that attain it.
 */
function extremum(op: 'max' | 'min'): Primitive<ReduceParams> {
  const self: Primitive<ReduceParams> = {
    name: `reduce_${op}`,
    shape: ([x], { axes }) => [aval(withoutAxes(x!.shape, axes), x!.dtype, x!.binary)],
    jvp([x], [dx], p) {
      const y = bind(self, [x!], p)[0]!
      const remaining = x!.shape.map((_, a) => a).filter((a) => !p.axes.includes(a))
      const attained = cast(eq(x!, broadcast(y, x!.shape, remaining)), x!.dtype)
      return [[y], [div(reduceSum(mul(attained, dx as Tensor), p.axes), reduceSum(attained, p.axes))]]
    },
    series: 'derived',
    transpose: 'nonlinear',
    batch: (_size, [x], _dims, { axes }) => [bind(self, [x!], { axes: axes.map((a) => a + 1) }), [0]],
    lower: { kind: 'reduce', op, axes: (p) => p.axes },
  }
  return self
}

/** Largest element over axes. */
export const reduceMaxPrimitive = extremum('max')
/** Smallest element over axes. */
export const reduceMinPrimitive = extremum('min')
