import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { runProgram } from '../interpreters/runProgram.js'
import { full, onesLike, zerosLike } from '../numpy/create.js'
import { abs, add, cast, div, greaterEqual, maximum, mul, square, sub, where } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { customJvp } from '../transforms/jvp.js'
import { restore } from '../transforms/flat.js'
import { grad } from '../transforms/vjp.js'
import { type LayerCall, layerProgram, runLayers } from './layerProgram.js'
import type { ByLayer } from './perturb.js'

/** One evaluation of a network in sigma–delta form. */
export type SigmaDeltaStep<R extends Tree> = {
  readonly result: R
  /** The sum of the messages that each input of each layer has received. */
  readonly held: ByLayer
  /**
   * 1 where an input of a layer was sent, else 0; the derivative is that of δ²/(δ² + θ²), so that a penalty on messages
   * trains.
   */
  readonly sends: ByLayer
}

/** A network that is evaluated again and again, and works where its values change; see {@link sigmaDeltaForm}. */
export interface SigmaDeltaForm<P extends Tree, A extends readonly Tree[], R extends Tree> {
  /** The values that layers hold after an evaluation in which every input was sent: the dense network. */
  init(params: P, ...rest: A): ByLayer
  /** One threshold for each channel of each layer's input (its last axis), all of one value. */
  thresholds(memories: ByLayer, value: number): ByLayer
  /**
   * The products that each input of each layer takes part in: the synaptic operations of its message. For layers whose
   * L is a sum of products x W.
   */
  fanOut(params: P, ...rest: A): ByLayer
  /**
   * The next evaluation.
   *
   * @throws UNKNOWN_LAYER if a layer has no threshold or holds nothing
   */
  step(thresholds: ByLayer, memories: ByLayer, params: P, ...rest: A): SigmaDeltaStep<R>
}

const sent = (x: Tensor, memory: Tensor, threshold: Tensor): Tensor =>
  where(greaterEqual(abs(sub(x, memory)), threshold), x, memory)

/**
 * The derivative is that of x, sent or not, so that training sees the dense network and the values that it really
 * reads.
 */
const straightThrough = customJvp(
  (x, memory, threshold) => sent(x, memory, threshold),
  ([x, memory, threshold], [dx]) => [sent(x!, memory!, threshold!), dx!],
)

const exceeds = (change: Tensor, threshold: Tensor): Tensor => cast(greaterEqual(abs(change), threshold), change.dtype)

/** H(|δ| − θ) with the derivative of q = δ²/(δ² + θ²): q_δ = 2δθ²/(δ² + θ²)², q_θ = −2δ²θ/(δ² + θ²)². */
const counted = customJvp(
  (change, threshold) => exceeds(change, threshold),
  ([change, threshold], [dChange, dThreshold]) => {
    const [d, t] = [change!, threshold!]
    const scale = div(mul(2, mul(d, t)), maximum(square(add(square(d), square(t))), 1e-30))
    return [exceeds(d, t), mul(scale, sub(mul(t, dChange!), mul(d, dThreshold!)))]
  },
)

/**
 * A dense network in sigma–delta form, for inputs that change in time and in few places. The inputs x of each layer are
 * sent as changes, and the layer adds up what it receives:
 *
 *     δ = x − x̂,   x̂ ← x̂ + δ H(|δ| − θ),   y = L(x̂, W) + b
 *
 * x̂ is the sum of all messages, so each input errs by less than its threshold θ and errors do not accumulate; θ = 0
 * gives the dense network. The held values x̂ are passed from call to call. On a chip y is kept and only messages pass
 * through W; here y is computed from x̂, with the same result. Layers are found in the traced network: every
 * {@link affine}, {@link affineMap} and kin.
 *
 * @param fn network of parameters and other arguments, such as the step of a time-stepper
 * @throws NOT_ONLINE if a layer is in a loop over time: give the step of the loop instead
 * @see O'Connor & Welling 2016 (arXiv 1611.02024); `sigmaDelta` of `@spikeward/neurons` is the same unit as a neuron
 *   model
 * @example
 * const form = sigmaDeltaForm((p: Affine, x: Tensor) => affine(p, x))
 * const memories = form.init(params, x)
 * const { result, sends } = form.step(form.thresholds(memories, 0.01), memories, params, next)
 */
export function sigmaDeltaForm<P extends Tree, A extends readonly Tree[], R extends Tree>(
  fn: (params: P, ...rest: A) => R,
): SigmaDeltaForm<P, A, R> {
  /** Runs the network with the input that `read` gives each layer. */
  const run = (read: (call: LayerCall, x: Tensor) => Tensor, params: P, rest: A): R => {
    const { program, layers, inputs, flat } = layerProgram(fn, params, rest)
    const looped = layers.find(({ steps }) => steps > 1)
    if (looped !== undefined)
      throw new SpikewardError(
        'NOT_ONLINE',
        `sigmaDeltaForm: the layer '${looped.id}' is in a loop over time, where it would send changes within one evaluation; give the step of the loop as the function`,
      )
    const outs = runLayers(program, inputs, (call) => {
      const { params: p, operands } = call
      return bind(
        affinePrimitive,
        operands.map((t, i) => (i === p.captured ? read(call, t) : t)),
        p,
      )
    })
    return restore<R>(flat, outs)
  }
  const known = (values: ByLayer, id: string, what: string): Tensor => {
    const value = values[id]
    if (value !== undefined) return value
    throw new SpikewardError(
      'UNKNOWN_LAYER',
      `sigmaDeltaForm: the layer '${id}' ${what}; take both from init and thresholds of this form, for the same parameters`,
    )
  }
  return {
    init(params, ...rest) {
      const memories: Record<string, Tensor> = {}
      run(({ id }, x) => (memories[id] = x), params, rest)
      return memories
    },
    thresholds: (memories, value) =>
      Object.fromEntries(
        Object.entries(memories).map(([id, x]) => [id, full([x.shape.at(-1) ?? 1], value, x.dtype as FloatDType)]),
      ),
    fanOut(params, ...rest) {
      const counts: Record<string, Tensor> = {}
      run(
        ({ id, params: p, operands }, x) => {
          const { captured, weights } = affineOperands(p, operands)
          const ones = weights.map((w) => onesLike(w))
          // With weights of 1, the sum of the outputs has the number of outputs that read an input as its derivative.
          counts[id] = grad((input: Tensor) => sum(runProgram(p.linear, [...captured, input, ...ones])[0]!))(x)
          return x
        },
        params,
        rest,
      )
      return counts
    },
    step(thresholds, memories, params, ...rest) {
      const next: Record<string, Tensor> = {}
      const sends: Record<string, Tensor> = {}
      const result = run(
        ({ id }, x) => {
          const [before, threshold] = [known(memories, id, 'holds nothing'), known(thresholds, id, 'has no threshold')]
          sends[id] = counted(sub(x, before), add(threshold, zerosLike(x)))
          return (next[id] = straightThrough(x, before, threshold))
        },
        params,
        rest,
      )
      return { result, held: next, sends }
    },
  }
}
