import {
  add,
  choice,
  equal,
  integer,
  key as keyOf,
  mean,
  mul,
  normal,
  number,
  reshape,
  sqrt,
  square,
  sub,
  treePaths,
  where,
} from '@spikeward/core'
import type { Filled, FloatDType, Key, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { matrices } from '../shared/leaves.js'
import { type Mirror, beginMirror, advanceMirror } from './weightMirror.js'

/** Options of the transport of errors down through an affine layer. */
/* @__NO_SIDE_EFFECTS__ */
export function transportOptions() {
  return {
    /**
     * How the error passes down through a layer's weights:
     *
     * - `weights`: by the transpose of the forward weight;
     * - `weightMirror`: by feedback weights that learn the transpose from the layer's response to the vectors of an
     *   orthonormal basis of its inputs, taken in turn;
     * - `kolenPollack`: by feedback weights that receive the same updates and the same decay as the forward weights;
     * - `random`: by fixed random feedback weights (feedback alignment).
     */
    transport: choice(['weights', 'weightMirror', 'kolenPollack', 'random'], {
      default: 'weights',
      help: 'weights that carry the error down through a layer',
    }),
    /**
     * `weightMirror`: vectors per layer and step, K. A layer of m inputs is compared with its feedback along every
     * vector of the basis once in m/K steps; with m or more the feedback is the weight.
     */
    vectors: integer({ min: 1, default: 16, help: 'weightMirror: vectors for each layer and step (K)' }),
    /**
     * `weightMirror`: vectors before the first step, for each input of a layer. With 1, all vectors of the basis, the
     * feedback starts at the weight; with 0 it starts at zero.
     */
    alignment: number({
      min: 0,
      default: 1,
      help: 'weightMirror: vectors before the first step, for each input',
    }),
    /**
     * `kolenPollack`: λ, the part of a weight that the optimiser's own decay removes per step, 0 to 1; 0 is no decay.
     * It must equal that of the optimiser; a larger value lets the forward weight leak into the feedback. Adam that
     * removes λ in every step, whatever its rate, is `chain(adam(rate), scale(-1), addDecayedWeights(λ), scale(-1))`.
     */
    decay: number({ min: 0, max: 1, default: 0, help: "kolenPollack: the optimiser's own weight decay in a step (λ)" }),
  }
}

type Declared = ReturnType<typeof transportOptions>

/** Options of the transport of errors. */
export type TransportOptions = OptionsOf<Declared>

/** A method of passing an error down through an affine layer. */
export type Transport = Filled<Declared>['transport']

/**
 * Feedback weights, with the shape of the forward weight, for each matrix among the parameters; empty if the forward
 * weights themselves are used. `before` are the forward weights of the last step, if updates are followed. `next` are
 * the places in the basis of the next vectors, i32, if weights are mirrored.
 */
export type TransportState = {
  readonly feedback: readonly Tensor[]
  readonly before: readonly Tensor[]
  readonly next: readonly Tensor[]
}

/** Feedback weights as pure functions. */
export type OpenTransport = {
  init(params: Tree): TransportState
  /** The state before the error passes, from the parameters of this step. */
  update(params: Tree, state: TransportState): TransportState
  /** B, the feedback weight of the shape of weight `i` among the parameters. */
  weight(params: Tree, state: TransportState, i: number): Tensor
}

/** Weights as matrices: leading axes, such as those of a kernel, count as inputs. */
const tensorsOf = (params: Tree): Tensor[] =>
  matrices(params).map(({ tensor }) => (tensor.ndim === 2 ? tensor : reshape(tensor, [-1, tensor.shape.at(-1)!])))

/** Random feedback of the size of the weight: N(0, mean W²). */
const randomLike = (weight: Tensor, key: Key): Tensor => mul(gaussian(weight, key), sqrt(mean(square(weight))))

/** The same, but N(0, 1/m) for a weight [m, n] of zeros, such as a head before its first step. */
function fixedLike(weight: Tensor, key: Key): Tensor {
  const power = mean(square(weight))
  return mul(gaussian(weight, key), sqrt(where(equal(power, 0), 1 / weight.shape[0]!, power)))
}

const gaussian = (weight: Tensor, key: Key): Tensor => normal(key, weight.shape, { dtype: weight.dtype as FloatDType })

/** The key for feedback that is drawn before the first step; it is the same in every run. */
const START = 0x5eed

/** Makes the transport of errors from checked options. */
export function openTransport({ transport, vectors, alignment, decay }: Filled<Declared>): OpenTransport {
  const none: TransportState = { feedback: [], before: [], next: [] }
  const each = <T>(params: Tree, of: (weight: Tensor, key: Key, i: number) => T): T[] =>
    tensorsOf(params).map((w, i) => of(w, keyOf(START).fold(i), i))
  const mirrored = (mirrors: readonly Mirror[]): TransportState => ({
    feedback: mirrors.map(({ feedback }) => feedback),
    before: [],
    next: mirrors.map(({ next }) => next),
  })
  /** Feedback of the shape of weight i. */
  const weight = (params: Tree, { feedback }: TransportState, i: number): Tensor => {
    const { tensor } = matrices(params)[i]!
    if (transport === 'weights') return tensor
    return tensor.ndim === 2 ? feedback[i]! : reshape(feedback[i]!, tensor.shape)
  }
  const update = (_: Tree, state: TransportState): TransportState => state
  switch (transport) {
    case 'weights':
      return { init: () => none, update, weight }
    case 'random':
      return { init: (params) => ({ ...none, feedback: each(params, fixedLike) }), update, weight }
    case 'weightMirror':
      return {
        init: (params) =>
          mirrored(
            each(params, (w, key, i) =>
              beginMirror(treePaths(params)[matrices(params)[i]!.leaf]!, w, vectors, alignment, key),
            ),
          ),
        update: (params, { feedback, next }) =>
          mirrored(
            each(params, (w, key, i) => advanceMirror({ feedback: feedback[i]!, next: next[i]! }, w, vectors, key)),
          ),
        weight,
      }
    case 'kolenPollack':
      return {
        init: (params) => ({ feedback: each(params, randomLike), before: tensorsOf(params), next: [] }),
        update(params, { feedback, before }) {
          const now = tensorsOf(params)
          // W moved by Δ − λW, its own decay included: B moves by Δ − λB.
          const moved = feedback.map((b, i) => add(b, sub(sub(now[i]!, before[i]!), mul(sub(b, before[i]!), decay))))
          return { feedback: moved, before: now, next: [] }
        },
        weight,
      }
    default:
      return transport satisfies never
  }
}
