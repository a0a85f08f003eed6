import type { Tensor } from '../tensor/tensor.js'
import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import { type Shape, aval, printAval, sameShape } from '../tensor/aval.js'

/** Parameters: the new shape. */
export interface ReshapeParams {
  readonly shape: Shape
}

/** The same elements in row-major order under another shape. Linear. */
export const reshapePrimitive: Primitive<ReshapeParams> = {
  name: 'reshape',
  shape([x], { shape }) {
    if (x!.shape.reduce((n, d) => n * d, 1) !== shape.reduce((n, d) => n * d, 1)) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `reshape: ${printAval(x!)} does not have the number of elements of [${shape.join(', ')}]`,
      )
    }
    return [aval(shape, x!.dtype, x!.binary)]
  },
  jvp: ([x], [dx], p) => [
    bind(reshapePrimitive, [x!], p),
    isZero(dx!) ? [{ zero: aval(p.shape, x!.dtype) }] : bind(reshapePrimitive, [dx!], p),
  ],
  series: 'linear',
  transpose: ([ct], [x]) => ['known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : reshape(ct!, x!.linear.shape)],
  batch: (size, [x], _dims, { shape }) => [[reshape(x!, [size, ...shape])], [0]],
  lower: { kind: 'reshape' },
}

/** {@link reshapePrimitive} as a function; returns `x` if nothing changes. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : bind(reshapePrimitive, [x], { shape })[0]!
