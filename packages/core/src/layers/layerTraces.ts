import { zeros, zerosLike } from '../numpy/create.js'
import { add, mul } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { expandDims } from '../numpy/shape.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A part of the gradient of a layer: the adjoint of L(input, ·) + bias · b at an error signal. */
export type Term = { readonly input: Tensor; readonly bias: Tensor | number; readonly error: Tensor }

/** The gradient of a layer at one step: terms, and cotangents of the weight and of the bias themselves. */
export type LayerGradient = { readonly terms: readonly Term[]; readonly weight?: Tensor; readonly bias?: Tensor }

/** ∂L_t/∂a_t, and ∂L_t/∂h_{t−1} by the position of the state. */
export type Errors = { readonly layer: Tensor; readonly states: ReadonlyMap<number, Tensor> }

/** Derivatives of the new states of a layer's units, by position: by states of the step before, and by the pre-activation. */
export type Jacobian = {
  /** D: from state k to state j. */
  readonly states: readonly { readonly from: number; readonly to: number; readonly value: Tensor }[]
  /** Df. */
  readonly layer: ReadonlyMap<number, Tensor>
}

/** The eligibility traces of one layer. */
export interface LayerTraces {
  /** Traces of 0. */
  start(): Tree
  /** Traces after a step with input x. */
  next(before: Tree, x: Tensor, jacobian: Jacobian): Tree
  gradient(before: Tree, after: Tree, x: Tensor, errors: Errors): LayerGradient
}

/** A record by the position of a state. */
type ByState<T extends Tree> = { readonly [state: string]: T }

/** Σ_k D_kj ε_k + Df_j · x for each state j. */
export function advance(
  states: readonly number[],
  before: ByState<Tensor>,
  { states: moved, layer }: Jacobian,
  shape: (derivative: Tensor) => Tensor,
  x: Tensor | null,
): ByState<Tensor> {
  return Object.fromEntries(
    states.map((j) => {
      const kept = moved
        .filter(({ from, to }) => to === j && before[from] !== undefined)
        .map(({ from, value }) => mul(shape(value), before[from]!))
      const own = layer.get(j)
      const fresh = own === undefined ? [] : [x === null ? shape(own) : mul(shape(own), x)]
      return [j, [...kept, ...fresh].reduce((a, b) => add(a, b), zerosLike(before[j]!))]
    }),
  )
}

const now = (x: Tensor, { layer }: Errors): Term => ({ input: x, bias: 1, error: layer })

/** Terms of the states whose errors arrive. */
const arriving = (states: readonly number[], errors: Errors): readonly (readonly [number, Tensor])[] =>
  states.flatMap((j) => {
    const error = errors.states.get(j)
    return error === undefined ? [] : [[j, error] as const]
  })

/** The first element of a constant tensor, as a scalar. */
export type Scalar = (constant: Tensor) => Tensor

/**
 * Exact traces where D and Df are the same number for all units and steps: ε_j = x̄_j ⊗ 1, with one presynaptic trace for
 * each state,
 *
 *     x̄_j ← Σ_k D_kj x̄_k + Df_j x
 */
export const factorisedTraces = (
  states: readonly number[],
  input: { readonly shape: readonly number[]; readonly dtype: FloatDType },
  scalar: Scalar,
): LayerTraces => ({
  start: () => ({
    inputs: Object.fromEntries(states.map((j) => [j, zeros(input.shape, input.dtype)])),
    biases: Object.fromEntries(states.map((j) => [j, zeros([], input.dtype)])),
  }),
  next(before, x, jacobian) {
    const { inputs, biases } = before as Presynaptic
    return {
      inputs: advance(states, inputs, jacobian, scalar, x),
      biases: advance(states, biases, jacobian, scalar, null),
    }
  },
  gradient(before, _after, x, errors) {
    const { inputs, biases } = before as Presynaptic
    const past = arriving(states, errors).map(([j, error]): Term => ({ input: inputs[j]!, bias: biases[j]!, error }))
    return { terms: [now(x, errors), ...past] }
  },
})

type Presynaptic = { readonly inputs: ByState<Tensor>; readonly biases: ByState<Tensor> }

/**
 * Exact traces of a product x W with D and Df of any kind, one for each sample and synapse (D-RTRL):
 *
 *     ε_j ← Σ_k D_kj ∘ ε_k + x ⊗ Df_j,   [samples, inputs, units]
 */
export const synapseTraces = (
  states: readonly number[],
  [samples, inputs, units]: readonly [number, number, number],
  dtype: FloatDType,
): LayerTraces => ({
  start: () => ({
    synapses: Object.fromEntries(states.map((j) => [j, zeros([samples, inputs, units], dtype)])),
    biases: Object.fromEntries(states.map((j) => [j, zeros([samples, units], dtype)])),
  }),
  next(before, x, jacobian) {
    const { synapses, biases } = before as Synaptic
    return {
      synapses: advance(states, synapses, jacobian, (d) => expandDims(d, 1), expandDims(x, 2)),
      biases: advance(states, biases, jacobian, (d) => d, null),
    }
  },
  gradient(before, _after, x, errors) {
    const { synapses, biases } = before as Synaptic
    const past = arriving(states, errors)
    if (past.length === 0) return { terms: [now(x, errors)] }
    const total = (parts: readonly Tensor[]): Tensor => parts.reduce((a, b) => add(a, b))
    return {
      terms: [now(x, errors)],
      weight: sum(total(past.map(([j, error]) => mul(expandDims(error, 1), synapses[j]!))), 0),
      bias: sum(total(past.map(([j, error]) => mul(error, biases[j]!))), 0),
    }
  },
})

type Synaptic = { readonly synapses: ByState<Tensor>; readonly biases: ByState<Tensor> }

/**
 * ES-D-RTRL: the trace of a synapse as a product of two averages, ε_j ≈ ε_x ⊗ ε_j^f, in memory of inputs plus units:
 *
 *     ε_x ← α ε_x + x,   ε_j^f ← α Σ_k D_kj ∘ ε_k^f + (1 − α) Df_j
 *
 * The term of the present step is exact, x_t ⊗ ∂L_t/∂a_t; the traces stand for the steps before.
 */
export const averagedTraces = (
  states: readonly number[],
  input: { readonly shape: readonly number[]; readonly dtype: FloatDType },
  units: readonly number[],
  decay: number,
): LayerTraces => ({
  start: () => ({
    input: zeros(input.shape, input.dtype),
    bias: zeros([], input.dtype),
    units: Object.fromEntries(states.map((j) => [j, zeros(units, input.dtype)])),
  }),
  next(before, x, { states: moved, layer }) {
    const was = before as Averaged
    const scaled: Jacobian = {
      states: moved.map((d) => ({ ...d, value: mul(d.value, decay) })),
      layer: new Map([...layer].map(([j, d]) => [j, mul(d, 1 - decay)])),
    }
    return {
      input: add(mul(was.input, decay), x),
      bias: add(mul(was.bias, decay), 1),
      units: advance(states, was.units, scaled, (d) => d, null),
    }
  },
  gradient(before, _after, x, errors) {
    const { input: past, bias, units: post } = before as Averaged
    const parts = arriving(states, errors).map(([j, error]) => mul(error, post[j]!))
    if (parts.length === 0) return { terms: [now(x, errors)] }
    return { terms: [now(x, errors), { input: past, bias, error: parts.reduce((a, b) => add(a, b)) }] }
  },
})

type Averaged = { readonly input: Tensor; readonly bias: Tensor; readonly units: ByState<Tensor> }

/**
 * OTTT: one presynaptic trace without the path through the reset, ε_x ← λ ε_x + x, and the error of the present step:
 * ∇W = ε_x ⊗ ∂L_t/∂a_t. Exact for a leak of λ and a reset without derivative, at the layer below the result.
 */
export const presynapticTraces = (
  input: { readonly shape: readonly number[]; readonly dtype: FloatDType },
  decay: number,
): LayerTraces => ({
  start: () => ({ input: zeros(input.shape, input.dtype), bias: zeros([], input.dtype) }),
  next(before, x) {
    const was = before as Pre
    return { input: add(mul(was.input, decay), x), bias: add(mul(was.bias, decay), 1) }
  },
  gradient(_before, after, _x, errors) {
    const { input: total, bias } = after as Pre
    return { terms: [{ input: total, bias, error: errors.layer }] }
  },
})

type Pre = { readonly input: Tensor; readonly bias: Tensor }
