import { iota, onesLike, zeros, zerosLike } from '../numpy/create.js'
import { add, cast, equal, mul } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { broadcastTo, concatenate, reshape, slice, transpose } from '../numpy/shape.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { vmap } from '../transforms/vmap.js'
import type { ByState, CoefficientTraces, Errors, InputType, Jacobian, LayerTraces } from './layerTraces.js'

/**
 * Exact traces of all units of a recurrent layer (OSTL): ε_j[k] is the derivative of state j of every unit by entry k
 * of a parameter, so that traces follow recurrent weights R from unit to unit:
 *
 *     ε_j[k] ← Σ_i D_ij ∘ ε_i[k] + Df_j ∘ (ȧ[k] + Σ_i (∂z/∂h_i ∘ ε_i[k]) R)
 *
 * with ȧ[k] the derivative of the pre-activation in the present step. Memory: entries × samples × units.
 */
function advanceJointly(
  states: readonly number[],
  before: ByState<Tensor>,
  { states: moved, layer, recurrent }: Jacobian,
  fresh: Tensor,
): ByState<Tensor> {
  const sumOf = (parts: readonly Tensor[]): Tensor | null =>
    parts.length === 0 ? null : parts.reduce((a, b) => add(a, b))
  const through = (from: readonly { readonly from: number; readonly value: Tensor }[]): readonly Tensor[] =>
    from.filter((d) => before[d.from] !== undefined).map((d) => mul(d.value, before[d.from]!))
  const currents = recurrent.map(({ pass, input, source }) => {
    const x = sumOf([...through(input), ...(source === null ? [] : [mul(source, fresh)])])
    return x === null ? null : vmap(pass)(x)
  })
  return Object.fromEntries(
    states.map((j) => {
      const own = layer.get(j)
      const between = recurrent.flatMap((r, i) => {
        const [d, current] = [r.layer.get(j), currents[i]!]
        return d === undefined || current === null ? [] : [mul(d, current)]
      })
      const parts = [
        ...through(moved.filter(({ to }) => to === j)),
        ...(own === undefined ? [] : [mul(own, fresh)]),
        ...between,
      ]
      return [j, sumOf(parts) ?? zerosLike(before[j]!)]
    }),
  )
}

/** Σ_j ⟨∂L_t/∂h_j, ε_j[k]⟩ for each entry k, or null where no error arrives. */
function contract(before: ByState<Tensor>, errors: Errors['states']): Tensor | null {
  const parts = Object.entries(before).flatMap(([j, trace]) => {
    const error = errors.get(Number(j))
    return error === undefined
      ? []
      : [
          sum(
            mul(error, trace),
            Array.from({ length: error.ndim }, (_, a) => a + 1),
          ),
        ]
  })
  return parts.length === 0 ? null : parts.reduce((a, b) => add(a, b))
}

const eye = (n: number, dtype: FloatDType): Tensor => cast(equal(iota([n, n], 0, 'i32'), iota([n, n], 1, 'i32')), dtype)

/** {@link advanceJointly} for a product x W + b: [(inputs + 1) · units, samples, units] for each state. */
export function jointTraces(
  states: readonly number[],
  { shape: [samples = 1, inputs = 1], dtype }: InputType,
  units: number,
): LayerTraces {
  const rows = (inputs + 1) * units
  return {
    start: () => Object.fromEntries(states.map((j) => [j, zeros([rows, samples, units], dtype)])),
    next(before, x, jacobian) {
      const withOne = concatenate([transpose(x), onesLike(slice(transpose(x), [0, 0], [1, samples]))])
      const fresh = mul(reshape(withOne, [inputs + 1, 1, samples, 1]), reshape(eye(units, dtype), [1, units, 1, units]))
      return advanceJointly(states, before as ByState<Tensor>, jacobian, reshape(fresh, [rows, samples, units]))
    },
    gradient(before, _after, x, errors) {
      const terms = [{ input: x, bias: 1, error: errors.layer }]
      const flat = contract(before as ByState<Tensor>, errors.states)
      if (flat === null) return { terms }
      const entries = reshape(flat, [inputs + 1, units])
      return {
        terms,
        weight: slice(entries, [0, 0], [inputs, units]),
        bias: reshape(slice(entries, [inputs, 0], [inputs + 1, units]), [units]),
      }
    },
  }
}

/** {@link advanceJointly} for a coefficient of units, a tensor of the last axes of the units or a scalar. */
export function jointCoefficient(
  states: readonly number[],
  coefficient: Tensor,
  units: readonly number[],
): CoefficientTraces {
  const { shape, size } = coefficient
  const dtype = coefficient.dtype as FloatDType
  return {
    start: () => Object.fromEntries(states.map((j) => [j, zeros([size, ...units], dtype)])),
    next(before, jacobian) {
      const leading = Array.from({ length: units.length - shape.length }, () => 1)
      const fresh = broadcastTo(reshape(eye(size, dtype), [size, ...leading, ...shape]), [size, ...units])
      return advanceJointly(states, before, jacobian, fresh)
    },
    gradient(before, errors) {
      const gradient = contract(before, errors)
      return gradient === null ? null : reshape(gradient, shape)
    },
  }
}
