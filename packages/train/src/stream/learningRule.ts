import { add, clip, mul, online, sub, treeMap } from '@spikeward/core'
import type { Key, OnlineCarry, OnlineRule, Optimizer, Tensor, Tree } from '@spikeward/core'

/** A network for streams: one time step, as pure functions. `spikingStream` of @spikeward/operators makes one. */
export interface StreamNetwork<P extends Tree, S extends Tree> {
  init(key: Key): P
  /** The state before the first sample of `samples` streams. */
  rest(samples: number): S
  /** The next state and the prediction [samples, outputs], from inputs [samples, inputs × delays]. */
  step(params: P, state: S, x: Tensor): readonly [S, Tensor]
  /** The firing rate of each layer in a state, for pictures. */
  rates?(state: S): readonly Tensor[]
  /** How it learns, in the place of traces and an optimiser. `chipStream` of @spikeward/chip has such a rule. */
  readonly learning?: LearningRule<P, S>
}

/** How a network learns from a sample. */
export interface LearningRule<P extends Tree, S extends Tree> {
  /** The carry from sample to sample: states, traces, moments of an optimiser. */
  init(params: P): Tree
  /** The state of the network in the carry. */
  stateOf(carry: Tree): S
  /**
   * The next parameters, the next carry, and the prediction that was made before.
   *
   * @param x standardised inputs [1, inputs × delays]
   * @param target standardised targets [1, outputs]
   * @param known how much an error counts: 0 where there is no target, otherwise 1, more after drift, [1, outputs]
   */
  step(params: P, carry: Tree, x: Tensor, target: Tensor, known: Tensor): readonly [P, Tree, Tensor]
}

/**
 * Standard deviations beyond which the loss grows linearly (Huber's), so that one false target does not undo what was
 * learned.
 */
const LIMIT = 3

/** Gradients by traces of `online`, and steps by an optimiser. */
export function byTraces<P extends Tree, S extends Tree>(
  network: StreamNetwork<P, S>,
  optimizer: Optimizer,
  { frozen, ...how }: { readonly rule: OnlineRule; readonly decay: number; readonly frozen: boolean },
  first: Tensor,
) {
  const stepper = online((p: P, s: S, x: Tensor) => network.step(p, s, x), how)
  type Carry = { readonly carry: OnlineCarry<S>; readonly optimizer: Tree }
  return {
    init: (params: P): Carry => ({
      carry: stepper.init(params, network.rest(1), first),
      optimizer: optimizer.init(params),
    }),
    stateOf: ({ carry }: Carry): S => carry.state,
    step(params: P, before: Carry, x: Tensor, target: Tensor, known: Tensor): readonly [P, Carry, Tensor] {
      const [carry, prediction, pull] = stepper.step(params, before.carry, x)
      if (frozen) return [params, { carry, optimizer: before.optimizer }, prediction]
      const off = mul(clip(sub(prediction, target), -LIMIT, LIMIT), known)
      const { updates, state } = optimizer.update(pull(off), before.optimizer, params)
      return [treeMap((p, u) => add(p, u), params, updates), { carry, optimizer: state }, prediction]
    },
  }
}
