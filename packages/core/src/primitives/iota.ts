import { type Shape, aval } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import type { DType } from '../tensor/dtype.js'
import type { Primitive } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { zeroOf } from './pointwise/pointwise.js'

/** Parameters: shape, element type, and the increment along each axis. */
export interface IotaParams {
  readonly shape: Shape
  readonly dtype: DType
  readonly steps: readonly number[]
}

/** y[i] = Σₐ steps[a] · i[a]: coordinates and flat indices, which the kernel that uses them computes. */
export const iotaPrimitive: Primitive<IotaParams> = {
  name: 'iota',
  shape: (_ins, { shape, dtype }) => [aval(shape, dtype)],
  jvp: (_x, _dx, p) => {
    const y = bind(iotaPrimitive, [], p)
    return [y, y.map(zeroOf)]
  },
  series: 'constant',
  transpose: 'nonlinear',
  batch: (_size, _x, _dims, p) => [bind(iotaPrimitive, [], p), [null]],
  lower: {
    kind: 'pointwise',
    name: 'iota',
    emit(k, _x, { dtype, steps }) {
      let total = k.constant(dtype, 0)
      steps.forEach((step, axis) => {
        if (step === 0) return
        const along = k.index(dtype, axis)
        total = k.binary(
          'add',
          dtype,
          total,
          step === 1 ? along : k.binary('mul', dtype, along, k.constant(dtype, step)),
        )
      })
      return [total]
    },
  },
}

/** {@link iotaPrimitive} as a function. */
export const iotaOf = (shape: Shape, dtype: DType, steps: readonly number[]): Tensor =>
  bind(iotaPrimitive, [], { shape, dtype, steps })[0]!
