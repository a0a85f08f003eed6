import { SpikewardError } from '../errors.js'
import { broadcastTo, reshape } from '../numpy/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { customJvp } from '../transforms/jvp.js'

/** A value at each time step: its values, if they are known, and their mean over time with the derivative of rates. */
export type Sequence = {
  readonly value: Tensor | null
  readonly mean: Tensor
  readonly length: number
  /** The axis of time in `value`, which `mean` lacks. */
  readonly axis: number
}

/** A value of a function under {@link traces}: a tensor, or one for each time step. */
export type Rate = Tensor | Sequence

/** A value as an operation reads it that sees the mean over time. */
export const meanOf = (x: Rate): Tensor => (x instanceof Tensor ? x : x.mean)

/** A tensor with the value of one and the derivative of another. */
export const linked = (value: Tensor, derivative: Tensor): Tensor => link(value, derivative)

const link = customJvp(
  (value, _) => value,
  ([value], [, derivative]) => [value!, derivative!],
)

/** The error for an operation on spikes that has no derivative by rates. */
export const timeDependent = (what: string): SpikewardError =>
  new SpikewardError(
    'TIME_DEPENDENT',
    `traces: ${what} reads spikes step by step, and rates have one derivative for all steps; take the mean over time first, apply a layer by overTime, pass data that change in time as sequences of the loop, or use online`,
  )

/** A value at all time steps, each with the derivative of the mean. */
export function stepByStep(x: Rate): Tensor {
  if (x instanceof Tensor) return x
  if (x.value === null) throw timeDependent('a layer that a loop inside a loop reads step by step')
  const { shape } = x.value
  const one = shape.map((d, a) => (a === x.axis ? 1 : d))
  return linked(x.value, broadcastTo(reshape(x.mean, one), shape))
}
