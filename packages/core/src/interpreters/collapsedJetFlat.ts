import type { Aval } from '../tensor/aval.js'
import { Tensor } from '../tensor/tensor.js'
import { instantiate, zeroOf } from '../primitives/pointwise/pointwise.js'
import { addTangents, scaleBy } from '../primitives/pointwise/arithmetic.js'
import type { Interpreter, Primitive } from '../program/program.js'
import { type Series, type Tangent, isZero } from '../program/tangent.js'
import { bind, currentInterpreter, withInterpreter } from './currentInterpreter.js'
import { seriesOf } from './jetFlat.js'

/** A value with Taylor coefficients along several directions; of the last ones only the weighted sum. */
type Bundle = {
  readonly value: Tensor
  /** For each direction, the coefficients 1 … k − 1. */
  readonly along: readonly (readonly Tangent[])[]
  /** Σ_i w_i x_k of direction i. */
  readonly last: Tangent
}

/** A value of one call of collapsedJet that varies. */
class BundleTensor extends Tensor {
  constructor(
    readonly owner: CollapsedJet,
    readonly bundle: Bundle,
  ) {
    super()
  }

  get aval(): Aval {
    return this.bundle.value.aval
  }
}

/**
 * Propagates bundles. Coefficient k of y = f(x) is linear in coefficient k of x, with slope ∂f(x₀), and the rest
 * depends on lower ones only:
 *
 *     Σ_i w_i y_k = ∂f(x₀) Σ_i w_i x_k + Σ_i w_i (y_k for x_k = 0)
 *
 * so that the series rule of an operation gives the second sum and its jvp rule the first.
 */
class CollapsedJet implements Interpreter {
  constructor(
    readonly parent: Interpreter,
    readonly weights: readonly number[],
    readonly order: number,
  ) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const { lower } = primitive
    if (lower.kind === 'composite') return withInterpreter(this, () => lower.run(inputs, params))
    const bundles = inputs.map((t) => this.bundleOf(t))
    const values = bundles.map((b) => b.value)
    return withInterpreter(this.parent, () => {
      if (primitive.series === 'constant' || !inputs.some((t) => this.varies(t))) return bind(primitive, values, params)
      if (primitive.series === 'linear') return this.linear(primitive, bundles, params)
      const each = this.weights.map((_, i) =>
        seriesOf(
          primitive,
          bundles.map((b): Series => [b.value, ...b.along[i]!, zeroOf(b.value)]),
          params,
        ),
      )
      const slopes = bundles.every((b) => isZero(b.last))
        ? null
        : primitive.jvp(
            values,
            bundles.map((b) => b.last),
            params,
          )[1]
      return each[0]!.map(([value], r) => {
        const rest = each.map((series, i) => scaled(series[r]![this.order] ?? zeroOf(value), this.weights[i]!))
        return this.lift({
          value,
          along: each.map((series) => this.inner(value, series[r]!.slice(1))),
          last: [slopes?.[r] ?? zeroOf(value), ...rest].reduce(addTangents),
        })
      })
    })
  }

  /** Of a jointly linear operation each coefficient of the results is the operation on those of the operands. */
  linear(primitive: Primitive, bundles: readonly Bundle[], params: unknown): readonly Tensor[] {
    const values = bundles.map((b) => b.value)
    const results = bind(primitive, values, params)
    const on = (pick: (b: Bundle) => Tangent): readonly Tangent[] => {
      const coefficients = bundles.map(pick)
      if (coefficients.every(isZero)) return results.map(zeroOf)
      if (!coefficients.some(isZero)) return bind(primitive, coefficients as Tensor[], params)
      return primitive.jvp(values, coefficients, params)[1]
    }
    const along = this.weights.map((_, i) =>
      Array.from({ length: this.order - 1 }, (_x, j) => on((b) => b.along[i]![j]!)),
    )
    const last = on((b) => b.last)
    return results.map((value, r) =>
      this.lift({ value, along: along.map((own) => own.map((c) => c[r]!)), last: last[r]! }),
    )
  }

  /** A tensor of this bundle; the value itself where all other coefficients are zero. */
  lift(bundle: Bundle): Tensor {
    const still = isZero(bundle.last) && bundle.along.every((own) => own.every(isZero))
    return still ? bundle.value : new BundleTensor(this, bundle)
  }

  varies(t: Tensor): t is BundleTensor {
    return t instanceof BundleTensor && t.owner === this
  }

  bundleOf(t: Tensor): Bundle {
    if (this.varies(t)) return t.bundle
    return { value: t, along: this.weights.map(() => this.inner(t, [])), last: zeroOf(t) }
  }

  /** Coefficients 1 … k − 1; those that are missing are zero. */
  inner(value: Tensor, tangents: readonly Tangent[]): readonly Tangent[] {
    return Array.from({ length: this.order - 1 }, (_, j) => tangents[j] ?? zeroOf(value))
  }
}

/** w t. */
const scaled = (t: Tangent, weight: number): Tangent => (isZero(t) || weight === 1 ? t : scaleBy(t, weight))

/**
 * Runs `fn` on the series x + t v_i for each direction i.
 *
 * @param directions for each direction, a tangent of each input
 * @param order k, at least 2
 * @returns for each result, its value and Σ_i w_i c_k, with c_k its coefficient k along direction i
 */
export function collapsedJetFlat(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  x: readonly Tensor[],
  directions: readonly (readonly Tangent[])[],
  weights: readonly number[],
  order: number,
): (readonly [value: Tensor, last: Tensor])[] {
  const jet = new CollapsedJet(currentInterpreter(), weights, order)
  const inputs = x.map((value, a) =>
    jet.lift({ value, along: directions.map((v) => jet.inner(value, [v[a]!])), last: zeroOf(value) }),
  )
  const results = withInterpreter(jet, () => fn(...inputs))
  return results.map((t) => {
    const { value, last } = jet.bundleOf(t)
    return [value, instantiate(last)]
  })
}
