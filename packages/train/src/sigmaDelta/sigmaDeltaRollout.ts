import { add, mul, scan, sigmaDeltaForm, stack, sum, treeMap } from '@spikeward/core'
import type { ByLayer, Tensor, Tree } from '@spikeward/core'

/** One step u ← F(u) of a time-stepper, for fields [samples, …]. */
export type Advance<P extends Tree> = (params: P, u: Tensor) => Tensor

/** State of an event-driven time-stepper, which it passes from call to call: the field, and the values that its layers hold. */
export type RolloutState = { readonly u: Tensor; readonly held: ByLayer }

/** Fields and messages of a number of steps, both with the steps along axis 0. */
export type SigmaDeltaRollout = {
  readonly state: RolloutState
  /** [steps, samples, …]. */
  readonly fields: Tensor
  /** Messages of all samples by layer, each [steps]. */
  readonly messages: ByLayer
  /** Synaptic operations of these messages, [steps]; the derivative is that of the smooth count of {@link sigmaDeltaForm}. */
  readonly operations: Tensor
}

/**
 * The state before the first call: layers hold what the constant field `rest` gives them, a configuration of the network that costs
 * no message. Everything in which `u` differs from it is sent in the first step.
 */
export const sigmaDeltaStart = <P extends Tree>(advance: Advance<P>, params: P, u: Tensor, rest = 0): RolloutState => ({
  u,
  held: sigmaDeltaForm(advance).init(params, add(mul(u, 0), rest)),
})

/**
 * Steps of a time-stepper in sigma–delta form: its layers receive the changes above `thresholds` ({@link sigmaDeltaForm}). It continues from
 * the state that an earlier call returned.
 *
 * @example
 * let state = sigmaDeltaStart(advance, params, u)
 * const { fields, operations, state: next } = sigmaDeltaRollout(advance, params, thresholds, state, 20)
 */
export function sigmaDeltaRollout<P extends Tree>(
  advance: Advance<P>,
  params: P,
  thresholds: ByLayer,
  state: RolloutState,
  steps: number,
): SigmaDeltaRollout {
  const form = sigmaDeltaForm(advance)
  const fanOut = form.fanOut(params, state.u)
  const [last, [fields, messages, operations]] = scan(
    ({ u, held }: RolloutState): [RolloutState, [Tensor, ByLayer, Tensor]] => {
      const { result, held: next, sends } = form.step(thresholds, held, params, u)
      const work = Object.entries(sends).map(([id, sent]) => sum(mul(sent, fanOut[id]!)))
      return [{ u: result, held: next }, [result, treeMap((sent) => sum(sent), sends), sum(stack(work))]]
    },
    state,
    null,
    { length: steps },
  )
  return { state: last, fields, messages, operations }
}
