import { SpikewardError } from '../errors.js'
import { Tensor } from '../tensor/tensor.js'
import { customJvp } from '../transforms/customJvp.js'

/** A value at each time step: its values, if they are known, and their mean over time with the derivative of rates. */
export type Sequence = { readonly value: Tensor | null; readonly mean: Tensor; readonly length: number }

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
    `traces: ${what} reads spikes step by step outside of a time loop; rates have one derivative for all steps: take the mean over time first, apply a layer by overTime, or move the operation into the loop`,
  )
