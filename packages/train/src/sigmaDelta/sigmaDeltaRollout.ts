import {
  SpikewardError,
  add,
  mul,
  reshape,
  scan,
  sigmaDeltaForm,
  stack,
  sub,
  sum,
  tensor,
  treeMap,
} from '@spikeward/core'
import type { ByLayer, Tensor, Tree } from '@spikeward/core'

/** One step u ← F(u) of a time-stepper, for fields [samples, …]. */
export type Advance<P extends Tree> = (params: P, u: Tensor) => Tensor

/** Thresholds and leak of an event-driven time-stepper, such as the result of `toSigmaDelta`. */
export type SigmaDeltaUnits = {
  /** The least change that is sent, for each channel of the input of each layer. */
  readonly thresholds: ByLayer
  /** Part λ of the field's unsent rest that is dropped in each step, from 0 to 1. Default 0. */
  readonly leak?: number
}

/**
 * State of an event-driven time-stepper, which it passes from call to call: the field, and the values that its layers
 * hold.
 */
export type RolloutState = { readonly u: Tensor; readonly held: ByLayer }

/** Fields and messages of a number of steps, both with the steps along axis 0. */
export type SigmaDeltaRollout = {
  readonly state: RolloutState
  /** [steps, samples, …]. */
  readonly fields: Tensor
  /** Messages of all samples by layer, each [steps]. */
  readonly messages: ByLayer
  /**
   * Synaptic operations of these messages, [steps]; the derivative is that of the smooth count of
   * {@link sigmaDeltaForm}.
   */
  readonly operations: Tensor
}

/**
 * The state before the first call: layers hold what the constant field `rest` gives them, a configuration of the
 * network that costs no message. Everything in which `u` differs from it is sent in the first step. A field of several
 * channels may have a number for each.
 */
export const sigmaDeltaStart = <P extends Tree>(
  advance: Advance<P>,
  params: P,
  u: Tensor,
  rest: number | readonly number[] = 0,
): RolloutState => ({
  u,
  held: sigmaDeltaForm(advance).init(params, add(mul(u, 0), tensor([rest].flat(), { dtype: u.dtype }))),
})

/** The first layer, if its input has as many values as the field. */
export function readerOf({ u, held }: RolloutState): string | null {
  const [first] = Object.entries(held)
  return first !== undefined && first[1].size === u.size ? first[0] : null
}

/**
 * Steps of a time-stepper in sigma–delta form: its layers receive the changes above `thresholds`
 * ({@link sigmaDeltaForm}). It continues from the state that an earlier call returned.
 *
 *     u ← F(u) − λ (u − x̂)
 *
 * with x̂ the field that the first layer holds. Without the leak λ the network cannot act on the remainder u − x̂: it
 * stays after the field has settled, or drifts and causes messages without end. With a leak, u settles at x̂. A leak is
 * local and sends nothing.
 *
 * @throws INVALID_OPTION if there is a leak, and the first layer does not read the field, or the field reshaped
 * @example
 * let state = sigmaDeltaStart(advance, params, u)
 * const { fields, operations, state: next } = sigmaDeltaRollout(advance, params, { thresholds, leak: 0.5 }, state, 20)
 */
export function sigmaDeltaRollout<P extends Tree>(
  advance: Advance<P>,
  params: P,
  { thresholds, leak = 0 }: SigmaDeltaUnits,
  state: RolloutState,
  steps: number,
): SigmaDeltaRollout {
  const form = sigmaDeltaForm(advance)
  const fanOut = form.fanOut(params, state.u)
  const reader = readerOf(state)
  if (leak > 0 && reader === null)
    throw new SpikewardError(
      'INVALID_OPTION',
      `sigmaDeltaRollout: the first layer does not read the ${state.u.size} values of the field alone, so its unsent rest is unknown; leave out the leak`,
    )
  const [last, [fields, messages, operations]] = scan(
    ({ u, held }: RolloutState): [RolloutState, [Tensor, ByLayer, Tensor]] => {
      const { result, held: next, sends } = form.step(thresholds, held, params, u)
      const work = Object.entries(sends).map(([id, sent]) => sum(mul(sent, fanOut[id]!)))
      const field = leak === 0 ? result : sub(result, mul(sub(u, reshape(next[reader ?? '']!, u.shape)), leak))
      return [{ u: field, held: next }, [field, treeMap((sent) => sum(sent), sends), sum(stack(work))]]
    },
    state,
    null,
    { length: steps },
  )
  return { state: last, fields, messages, operations }
}
