import { SpikewardError, cast, defineOptions, integer, readOptions, scan, treeMap } from '@spikeward/core'
import type { FloatDType, NeuronModel, OptionsOf, Shape, Spike, Tensor, Tree } from '@spikeward/core'

const durationOptions = /* @__PURE__ */ defineOptions(() => ({
  steps: integer({
    min: 1,
    computed: 'the length of the first axis of the current',
    help: 'steps of a constant current',
  }),
}))

/** The number of time steps. With `steps` the current is constant; without, its first axis is time. */
export type Duration = OptionsOf<typeof durationOptions>

/** A current and its duration: the result of an encoder and the input of {@link unroll}. */
export interface Drive {
  readonly current: Tensor
  readonly duration: Duration
}

/** The result of {@link unroll}: the state after the last step, and the output of every step (time is axis 0). */
export type Unrolled<S extends Tree> = { readonly state: S; readonly outputs: Tensor }

/**
 * The state before the first step, in `dtype` ('f32' by default), also if a third-party model supports only f32:
 * `model.rest(shape, dtype)`, cast if needed.
 */
export function restState<P extends Tree, S extends Tree>(
  model: NeuronModel<P, S>,
  shape: Shape,
  dtype: FloatDType = 'f32',
): S {
  return treeMap((x) => (x.dtype === dtype ? x : cast(x, dtype)), model.rest(shape, dtype))
}

/**
 * Runs a neuron model through time: state_{t+1}, output_t = step(state_t, current_t), t = 0 … T − 1.
 *
 * @param state before the first step, such as `model.rest([batch, n])`
 * @param current [batch, n], held for `duration.steps` steps and never copied per step; or [time, batch, n] without
 *   `steps`
 * @param spike see `spike`; a model that never fires ignores it
 * @returns the state after the last step, and the outputs [time, batch, n]
 *
 * Throws SCAN_CARRY_MISMATCH if the current's shape or dtype differs from the state's, SHAPE_MISMATCH for a scalar
 * without `steps`, INVALID_OPTION for invalid `steps`.
 *
 * @example
 * const model = leakyIntegrateAndFire()
 * const x = tensor([[0.05, 0.2, 0.6]])
 * const { outputs } = unroll(model, {}, model.rest(x.shape), x, { steps: 16 }, spike(atan()))
 * await rateReadout(outputs).data() // [0, 0.125, 0.5]
 */
export function unroll<P extends Tree, S extends Tree>(
  model: NeuronModel<P, S>,
  params: P,
  state: S,
  current: Tensor,
  duration: Duration,
  spike: Spike,
): Unrolled<S> {
  const { steps: length } = readOptions('unroll', durationOptions, duration)
  const step = (before: S, now: Tensor): [S, Tensor] => {
    const { state: after, output } = model.step(params, before, now, spike)
    return [after, output]
  }
  if (length === undefined) {
    if (current.ndim === 0) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        'unroll: the current is a scalar but no steps are given, so that its first axis would be time; pass { steps } for a constant current',
      )
    }
    const [after, outputs] = scan(step, state, current)
    return { state: after, outputs }
  }
  const [after, outputs] = scan((before: S) => step(before, current), state, null, { length })
  return { state: after, outputs }
}
