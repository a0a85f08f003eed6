import {
  add,
  choice,
  div,
  integer,
  key as keyOf,
  matmul,
  mul,
  normal,
  number,
  scan,
  sqrt,
  square,
  mean,
  sub,
  sum,
  transpose,
} from '@spikeward/core'
import type { Filled, FloatDType, Key, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { matrices } from './matrices.js'

/** Options of the transport of errors down through an affine layer. */
/* @__NO_SIDE_EFFECTS__ */
export function transportOptions() {
  return {
    /**
     * How the error passes down through a layer's weights:
     *
     * - `weights`: by the transpose of the forward weight;
     * - `weightMirror`: by feedback weights that learn the transpose from the layer's response to noise;
     * - `kolenPollack`: by feedback weights that receive the same updates and the same decay as the forward weights;
     * - `random`: by fixed random feedback weights (feedback alignment).
     */
    transport: choice(['weights', 'weightMirror', 'kolenPollack', 'random'], {
      default: 'weights',
      help: 'weights that carry the error down through a layer',
    }),
    /** `weightMirror`: noise vectors per layer and step. */
    probes: integer({ min: 1, default: 8, help: 'weightMirror: noise vectors for each layer and step' }),
    /**
     * `weightMirror`: noise vectors before the first step, for each input of a layer. With 0 the feedback starts at
     * zero.
     */
    alignment: number({
      min: 0,
      default: 16,
      help: 'weightMirror: noise vectors before the first step, for each input',
    }),
    /**
     * `kolenPollack`: λ, the part of a weight that the optimiser's own decay removes per step, 0 to 1; 0 is no decay.
     * It must equal that of the optimiser; a larger value lets the forward weight leak into the feedback. Adam that removes λ in every step,
     * whatever its rate, is `chain(adam(rate), scale(-1), addDecayedWeights(λ), scale(-1))`.
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
 * Feedback weights, with the shape of the forward weight, for each matrix among the parameters; `before` are the
 * forward weights of the last step, if updates are followed. Empty if the forward weights themselves are used.
 */
export type TransportState = { readonly feedback: readonly Tensor[]; readonly before: readonly Tensor[] }

/** Feedback weights as pure functions. */
export type OpenTransport = {
  init(params: Tree): TransportState
  /** The state before the error passes, from the parameters of this step. */
  update(params: Tree, state: TransportState, key: Key): TransportState
  /** B [m, n], the feedback weight for matrix `i` among the parameters. */
  weight(params: Tree, state: TransportState, i: number): Tensor
}

const learned = (state: TransportState, i: number): Tensor => state.feedback[i]!
const tensorsOf = (params: Tree): Tensor[] => matrices(params).map(({ tensor }) => tensor)

/**
 * One step of a weight mirror: for a noise vector ν (a row) and the response p = νW, B ← B + νᵀ(p − νB)/‖ν‖². If W is
 * constant, this projects B − W on the complement of ν.
 */
function mirrored(feedback: Tensor, weight: Tensor, noise: Tensor): Tensor {
  const miss = sub(matmul(noise, weight), matmul(noise, feedback))
  return add(feedback, div(matmul(transpose(noise), miss), add(sum(square(noise)), 1e-12)))
}

/** `count` noise vectors, one after another. */
function mirror(feedback: Tensor, weight: Tensor, count: number, key: Key): Tensor {
  const dtype = weight.dtype as FloatDType
  const [m] = weight.shape as [number, number]
  const noises = normal(key, [count, 1, m], { dtype })
  const [after] = scan((b: Tensor, noise: Tensor): [Tensor, Tree] => [mirrored(b, weight, noise), []], feedback, noises)
  return after
}

/** Random feedback of the size of the weight: N(0, mean W²). */
const randomLike = (weight: Tensor, key: Key): Tensor =>
  mul(normal(key, weight.shape, { dtype: weight.dtype as FloatDType }), sqrt(mean(square(weight))))

/** The key for feedback that is drawn before the first step; it is the same in every run. */
const START = 0x5eed

/** Makes the transport of errors from checked options. */
export function openTransport({ transport, probes, alignment, decay }: Filled<Declared>): OpenTransport {
  const random = (params: Tree): Tensor[] => tensorsOf(params).map((w, i) => randomLike(w, keyOf(START).fold(i)))
  switch (transport) {
    case 'weights':
      return {
        init: () => ({ feedback: [], before: [] }),
        update: (_, state) => state,
        weight: (params, _, i) => tensorsOf(params)[i]!,
      }
    case 'random':
      return {
        init: (params) => ({ feedback: random(params), before: [] }),
        update: (_, state) => state,
        weight: (_, s, i) => learned(s, i),
      }
    case 'weightMirror':
      return {
        init: (params) => ({
          feedback: tensorsOf(params).map((w, i) => {
            const count = Math.round(alignment * w.shape[0]!)
            const nothing = mul(w, 0)
            return count === 0 ? nothing : mirror(nothing, w, count, keyOf(START).fold(i))
          }),
          before: [],
        }),
        update: (params, state, key) => ({
          feedback: tensorsOf(params).map((w, i) => mirror(learned(state, i), w, probes, key.fold(i))),
          before: [],
        }),
        weight: (_, s, i) => learned(s, i),
      }
    case 'kolenPollack':
      return {
        init: (params) => ({ feedback: random(params), before: tensorsOf(params) }),
        update: (params, state) => {
          const now = tensorsOf(params)
          const before = state.before
          // W moved by Δ − λW, its own decay included: B moves by Δ − λB.
          const moved = now.map((w, i) => {
            const b = learned(state, i)
            return add(b, sub(sub(w, before[i]!), mul(sub(b, before[i]!), decay)))
          })
          return { feedback: moved, before: now }
        },
        weight: (_, s, i) => learned(s, i),
      }
    default:
      return transport satisfies never
  }
}
