import { zeros, zerosLike } from '../numpy/create.js'
import { add, div, equal, mul, where } from '../numpy/elementwise.js'
import { dotGeneral, mean, sum } from '../numpy/reduce.js'
import { concatenate, expandDims } from '../numpy/shape.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/**
 * A part of the gradient of a layer: the adjoint of L(input, ·) + bias · b at an error signal; with `steps`, both are
 * stacked over time.
 */
export type Term = {
  readonly input: Tensor
  readonly bias: Tensor | number
  readonly error: Tensor
  readonly steps?: boolean
}

/** The gradient of a layer at one step: terms, and cotangents of the weight and of the bias themselves. */
export type LayerGradient = { readonly terms: readonly Term[]; readonly weight?: Tensor; readonly bias?: Tensor }

/** ∂L_t/∂a_t, and ∂L_t/∂h_{t−1} by the position of the state. */
export type Errors = { readonly layer: Tensor; readonly states: ReadonlyMap<number, Tensor> }

/**
 * A recurrent layer within the units: its linear map, ∂x/∂h_{t−1} of its input and by the source of the traces, and Df.
 */
export type Recurrence = {
  readonly pass: (x: Tensor) => Tensor
  readonly source: Tensor | null
  readonly input: readonly { readonly from: number; readonly value: Tensor }[]
  readonly layer: ReadonlyMap<number, Tensor>
}

/**
 * Derivatives of the new states of a layer's units, by position: by states of the step before, and by the
 * pre-activation.
 */
export type Jacobian = {
  /** D: from state k to state j. */
  readonly states: readonly { readonly from: number; readonly to: number; readonly value: Tensor }[]
  /** Df. */
  readonly layer: ReadonlyMap<number, Tensor>
  /** Layers through which units act on each other, for traces that follow them. */
  readonly recurrent: readonly Recurrence[]
}

/** The eligibility traces of one layer. */
export interface LayerTraces {
  /** Traces of 0. */
  start(): Tree
  /** Traces after a step with input x. */
  next(before: Tree, x: Tensor, jacobian: Jacobian): Tree
  gradient(before: Tree, after: Tree, x: Tensor, errors: Errors): LayerGradient
}

/**
 * The derivatives of a state after a block of steps: by states of the step before it, and by the pre-activation of each
 * step.
 */
export type Passed = { readonly before: ByState<Tensor>; readonly steps: Tensor }

/** Traces that pass a block of steps at once, but for those that factorise. */
export interface ExactTraces extends LayerTraces {
  /** The states whose traces do not factorise. */
  readonly full: readonly number[]
  /** The traces that factorise. */
  presynaptic(before: Tree): Presynaptic
  /** The traces that factorise, after a step. */
  step(before: Presynaptic, x: Tensor, jacobian: Jacobian): Presynaptic
  /** Traces after a block with inputs x, [K, samples, inputs]. */
  pass(before: Tree, presynaptic: Presynaptic, x: Tensor, passed: (j: number) => Passed): Tree
  /** The part of the gradient by traces of the steps before. */
  past(before: Tree, errors: Errors['states']): LayerGradient
}

/** Traces that factorise: of the input, and of a constant input of 1. */
export type Presynaptic = { readonly [part in 'inputs' | 'counts']: ByState<Tensor> }

/** The traces of a coefficient of units, such as a leak. */
export interface CoefficientTraces {
  start(): ByState<Tensor>
  next(before: ByState<Tensor>, jacobian: Jacobian): ByState<Tensor>
  /** null where no error arrives. */
  gradient(before: ByState<Tensor>, errors: Errors['states']): Tensor | null
}

/** A record by the position of a state. */
export type ByState<T extends Tree> = { readonly [state: string]: T }

/** Shape and type of a layer's input. */
export type InputType = { readonly shape: readonly number[]; readonly dtype: FloatDType }

const byState = <T extends Tree>(states: readonly number[], of: (j: number) => T): ByState<T> =>
  Object.fromEntries(states.map((j) => [j, of(j)]))

const total = (parts: readonly Tensor[]): Tensor => parts.reduce((a, b) => add(a, b))

/** Σ_k D_kj ε_k + Df_j · x for each state j. */
export function advance(
  states: readonly number[],
  before: ByState<Tensor>,
  { states: moved, layer }: Jacobian,
  shape: (derivative: Tensor) => Tensor,
  x: Tensor | null,
): ByState<Tensor> {
  return byState(states, (j) => {
    const former = moved
      .filter(({ from, to }) => to === j && before[from] !== undefined)
      .map(({ from, value }) => mul(shape(value), before[from]!))
    const own = layer.get(j)
    const fresh = own === undefined ? [] : [x === null ? shape(own) : mul(shape(own), x)]
    const parts = [...former, ...fresh]
    return parts.length === 0 ? zerosLike(before[j]!) : total(parts)
  })
}

const now = (x: Tensor, { layer }: Errors): Term => ({ input: x, bias: 1, error: layer })

/** Errors of the states that they reach. */
const arriving = (states: readonly number[], errors: Pick<Errors, 'states'>): readonly (readonly [number, Tensor])[] =>
  states.flatMap((j) => {
    const error = errors.states.get(j)
    return error === undefined ? [] : [[j, error] as const]
  })

/**
 * Exact traces within each unit (D-RTRL). States whose D and Df are the same number for all units and steps have one
 * presynaptic trace, ε_j = x̄_j ⊗ 1; the other states of a product x W have one for each sample and synapse:
 *
 *     x̄_j ← Σ_k D_kj x̄_k + Df_j x,   ε_j ← Σ_k D_kj ∘ ε_k + x ⊗ Df_j   [samples, inputs, units]
 *
 * Where D_kj is a multiple of Df_j, such as of one surrogate derivative, presynaptic traces are added before the outer
 * product.
 *
 * @param constant the states whose traces factorise
 * @param units shape of the pre-activation
 * @param scalar the number of a constant derivative
 */
export function exactTraces(
  states: readonly number[],
  constant: ReadonlySet<number>,
  { shape, dtype }: InputType,
  units: readonly number[],
  scalar: (constant: Tensor) => Tensor,
  ratios: (to: number) => ReadonlyMap<number, number>,
): ExactTraces {
  const factorised = states.filter((j) => constant.has(j))
  const full = states.filter((j) => !constant.has(j))
  const step = (was: Presynaptic, x: Tensor, jacobian: Jacobian): Presynaptic => ({
    inputs: advance(factorised, was.inputs, jacobian, scalar, x),
    counts: advance(factorised, was.counts, jacobian, scalar, null),
  })
  const past = (before: Tree, states: Errors['states']): LayerGradient => {
    const was = before as Exact
    const terms = arriving(factorised, { states }).map(([j, error]) => ({
      input: was.inputs[j]!,
      bias: was.counts[j]!,
      error,
    }))
    const own = arriving(full, { states })
    if (own.length === 0) return { terms }
    // The bias first: its kernel stores the errors, which the large one reads.
    const bias = sum(total(own.map(([j, error]) => mul(error, was.biases[j]!))), 0)
    const weight = sum(total(own.map(([j, error]) => mul(expandDims(error, 1), was.synapses[j]!))), 0)
    return { terms, weight, bias }
  }
  return {
    full,
    presynaptic(before) {
      const { inputs, counts } = before as Exact
      return { inputs, counts }
    },
    step,
    past,
    pass(before, presynaptic, x, passed) {
      const was = before as Exact
      const outer = (j: number): Tensor => {
        const factors = Object.entries(passed(j).before).filter(([k]) => was.inputs[k] !== undefined)
        const rows = [x, ...factors.map(([k]) => expandDims(was.inputs[k]!, 0))]
        const signals = [passed(j).steps, ...factors.map(([, g]) => expandDims(g, 0))]
        return dotGeneral(concatenate(rows), concatenate(signals), { contract: [[0], [0]], batch: [[1], [1]] })
      }
      const former = (j: number, traces: ByState<Tensor>, shape: (g: Tensor) => Tensor): readonly Tensor[] =>
        Object.entries(passed(j).before).flatMap(([k, g]) =>
          traces[k] === undefined ? [] : [mul(shape(g), traces[k])],
        )
      return {
        ...presynaptic,
        synapses: byState(full, (j) => total([...former(j, was.synapses, (g) => expandDims(g, 1)), outer(j)])),
        biases: byState(full, (j) =>
          total([...former(j, { ...was.biases, ...was.counts }, (g) => g), sum(passed(j).steps, 0)]),
        ),
      }
    },
    start: () => ({
      inputs: byState(factorised, () => zeros(shape, dtype)),
      counts: byState(factorised, () => zeros([], dtype)),
      synapses: byState(full, () => zeros([...shape, ...units.slice(1)], dtype)),
      biases: byState(full, () => zeros(units, dtype)),
    }),
    next(before, x, jacobian) {
      const was = before as Exact
      const own = {
        ...step(was, x, jacobian),
        biases: advance(full, { ...was.biases, ...was.counts }, jacobian, (d) => d, null),
      }
      const outer = (d: Tensor, input: Tensor): Tensor => mul(expandDims(d, 1), expandDims(input, 2))
      const pre = was.inputs
      const synapses = byState(full, (j) => {
        const own = jacobian.layer.get(j)
        const multiples = own === undefined ? new Map<number, number>() : ratios(j)
        const into = jacobian.states.filter(({ to }) => to === j)
        const shared = into.flatMap(({ from }) => {
          const factor = pre[from] === undefined ? undefined : multiples.get(from)
          return factor === undefined ? [] : [mul(pre[from]!, factor)]
        })
        const parts = into.flatMap(({ from, value }) => {
          if (was.synapses[from] !== undefined) return [mul(expandDims(value, 1), was.synapses[from])]
          return pre[from] === undefined || multiples.has(from) ? [] : [outer(value, pre[from])]
        })
        return total([...parts, ...(own === undefined ? [] : [outer(own, total([x, ...shared]))])])
      })
      return { ...own, synapses }
    },
    gradient(before, _after, x, errors) {
      const earlier = past(before, errors.states)
      return { ...earlier, terms: [now(x, errors), ...earlier.terms] }
    },
  }
}

type Exact = Presynaptic & { readonly [part in 'synapses' | 'biases']: ByState<Tensor> }

/**
 * ES-D-RTRL: the trace of a synapse as a product of two averages, ε_j ≈ ε_x ⊗ ε_j^f, in memory of inputs plus units:
 *
 *     ε_x ← α ε_x + x,   ε_j^f ← α Σ_k D_kj ∘ ε_k^f + (1 − α) Df_j
 *
 * The term of the present step is exact, x_t ⊗ ∂L_t/∂a_t; the traces stand for the steps before.
 */
export const averagedTraces = (
  states: readonly number[],
  { shape, dtype }: InputType,
  units: readonly number[],
  decay: number,
): LayerTraces => ({
  start: () => ({
    input: zeros(shape, dtype),
    bias: zeros([], dtype),
    units: byState(states, () => zeros(units, dtype)),
  }),
  next(before, x, { states: moved, layer, recurrent }) {
    const was = before as Averaged
    const scaled: Jacobian = {
      states: moved.map((d) => ({ ...d, value: mul(d.value, decay) })),
      layer: new Map([...layer].map(([j, d]) => [j, mul(d, 1 - decay)])),
      recurrent,
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
    return { terms: [now(x, errors), { input: past, bias, error: total(parts) }] }
  },
})

type Averaged = { readonly input: Tensor; readonly bias: Tensor; readonly units: ByState<Tensor> }

/**
 * Traces by the mean over units: ε_j ≈ x̄_j ⊗ β_j / c_j. The input is filtered by mean derivatives, ⟨D⟩ and ⟨Df⟩ over
 * samples and units; β_j, the exact trace of the bias, holds the difference between a unit and the mean; c_j is the trace
 * of a constant input of 1:
 *
 *     x̄_j ← Σ_k ⟨D_kj⟩ x̄_k + ⟨Df_j⟩ x,   c_j ← Σ_k ⟨D_kj⟩ c_k + ⟨Df_j⟩,   β_j ← Σ_k D_kj ∘ β_k + Df_j
 *
 * Exact where D and Df are the same for all units, and for a constant input. Memory of inputs plus units.
 */
export const meanTraces = (
  states: readonly number[],
  { shape, dtype }: InputType,
  units: readonly number[],
): LayerTraces => ({
  start: () => ({
    inputs: byState(states, () => zeros(shape, dtype)),
    counts: byState(states, () => zeros([], dtype)),
    units: byState(states, () => zeros(units, dtype)),
  }),
  next(before, x, jacobian) {
    const was = before as MeanTraces
    return {
      inputs: advance(states, was.inputs, jacobian, mean, x),
      counts: advance(states, was.counts, jacobian, mean, null),
      units: advance(states, was.units, jacobian, (d) => d, null),
    }
  },
  gradient(before, _after, x, errors) {
    const { inputs, counts } = before as MeanTraces
    const past = arriving(states, errors).map(([j, error]) => ({
      input: inputs[j]!,
      bias: counts[j]!,
      error: meanSignal(before, j, error),
    }))
    return { terms: [now(x, errors), ...past] }
  },
})

/** The error of the filtered input x̄_j: ∂L_t/∂h_j ∘ β_j / c_j; 0 before the first step. */
export function meanSignal(before: Tree, j: number, error: Tensor): Tensor {
  const { counts, units } = before as MeanTraces
  const none = equal(counts[j]!, 0)
  return mul(error, mul(units[j]!, where(none, 0, div(1, where(none, 1, counts[j]!)))))
}

type MeanTraces = { readonly [part in 'inputs' | 'counts' | 'units']: ByState<Tensor> }

/**
 * OTTT: one presynaptic trace without the path through the reset, ε_x ← λ ε_x + x, and the error of the present step:
 * ∇W = ε_x ⊗ ∂L_t/∂a_t. Exact for a leak of λ and a reset without derivative, at the layer below the result.
 */
export const presynapticTraces = ({ shape, dtype }: InputType, decay: number): LayerTraces => ({
  start: () => ({ input: zeros(shape, dtype), bias: zeros([], dtype) }),
  next(before, x) {
    const was = before as Pre
    return { input: add(mul(was.input, decay), x), bias: add(mul(was.bias, decay), 1) }
  },
  gradient(_before, after, _x, errors) {
    const { input: all, bias } = after as Pre
    return { terms: [{ input: all, bias, error: errors.layer }] }
  },
})

type Pre = { readonly input: Tensor; readonly bias: Tensor }

/** Exact traces of a coefficient within each unit: ε_j ← Σ_k D_kj ∘ ε_k + ∂h_j/∂c. */
export const unitCoefficient = (
  states: readonly number[],
  { shape, dtype }: Tensor,
  units: readonly number[],
): CoefficientTraces => ({
  start: () => byState(states, () => zeros(units, dtype)),
  next: (before, jacobian) => advance(states, before, jacobian, (d) => d, null),
  gradient(before, errors) {
    const parts = arriving(states, { states: errors }).map(([j, error]) => mul(error, before[j]!))
    return parts.length === 0
      ? null
      : sum(
          total(parts),
          Array.from({ length: units.length - shape.length }, (_, a) => a),
        )
  },
})
