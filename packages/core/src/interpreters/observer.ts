import { reshape } from '../numpy/shape.js'
import type { Primitive } from '../program/program.js'
import { Tensor } from '../tensor/tensor.js'
import { currentInterpreter, withInterpreter } from './currentInterpreter.js'
import type { Interpreter } from './interpreter.js'

/** Spikes and membranes of a layer after each time step, both [T, N, n]; [] for neurons without a membrane. */
export type LayerRecord = { readonly spikes: Tensor; readonly membranes: Tensor | readonly [] }

/** Performs operations by the interpreter that was in charge, and keeps spikes and membranes by the weights of their layers. */
class Observer implements Interpreter {
  readonly seen = new Map<Tensor, LayerRecord>()
  constructor(private readonly inner: Interpreter) {}
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    return this.inner.process(primitive, inputs, params)
  }
}

/** A function's result, and what its neurons did. */
export function observed<R>(body: () => R): { readonly result: R; readonly seen: ReadonlyMap<Tensor, LayerRecord> } {
  const observer = new Observer(currentInterpreter())
  return { result: withInterpreter(observer, body), seen: observer.seen }
}

/** Whether {@link observe} is heard: then a network computes all its time steps in one loop. */
export const isObserved = (): boolean => currentInterpreter() instanceof Observer

/**
 * Records spikes and membranes of a layer for `neuronsOf`; under another interpreter it does nothing. The step of a `scan` records one
 * step, [1, N, n], and the loop stacks them to [T, N, n]. If a layer is computed several times, the first record stays.
 *
 * @param weight the weight of the layer among the parameters, which names it
 */
export function observe(weight: Tensor, now: LayerRecord): void {
  const observer = currentInterpreter()
  if (!(observer instanceof Observer)) return
  if (!observer.seen.has(weight)) observer.seen.set(weight, now)
}

/** Records of the steps of a loop, [L, T, N, n], as records of time, [L · T, N, n]. */
export const alongTime = ({ spikes, membranes }: LayerRecord): LayerRecord => {
  const flat = (t: Tensor): Tensor => reshape(t, [t.shape[0]! * t.shape[1]!, ...t.shape.slice(2)])
  return { spikes: flat(spikes), membranes: membranes instanceof Tensor ? flat(membranes) : [] }
}
