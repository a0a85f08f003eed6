import type { Aval } from '../tensor/aval.js'
import { Tensor } from '../tensor/tensor.js'
import { isFloat } from '../tensor/dtype.js'
import { instantiate, zeroOf } from '../primitives/pointwise/pointwise.js'
import { scaleBy } from '../primitives/pointwise/arithmetic.js'
import type { Interpreter, Primitive } from '../program/program.js'
import { type Series, type Tangent, isZero } from '../program/tangent.js'
import { bind, currentInterpreter, withInterpreter } from './currentInterpreter.js'

/** A value with its Taylor coefficients, inside one call of jet. */
class SeriesTensor extends Tensor {
  constructor(
    readonly owner: Jet,
    readonly series: Series,
  ) {
    super()
  }

  get aval(): Aval {
    return this.series[0].aval
  }
}

/**
 * Propagates Taylor coefficients: an operation on values that vary uses its series rule, any other runs only on values.
 */
class Jet implements Interpreter {
  constructor(readonly parent: Interpreter) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const varying = inputs.filter((t) => this.varies(t)) as SeriesTensor[]
    const values = inputs.map((t) => this.series(t)[0])
    if (varying.length === 0) return withInterpreter(this.parent, () => bind(primitive, values, params))
    const length = Math.min(...varying.map((t) => t.series.length))
    const operands = inputs.map((t) => this.padded(t, length))
    return withInterpreter(this.parent, () => this.results(primitive, operands, params).map((y) => this.lift(y)))
  }

  /** The coefficients of the results of an operation, by its series rule; of one that does not vary only the value. */
  results(primitive: Primitive, operands: readonly Series[], params: unknown): readonly Series[] {
    const { series: rule } = primitive
    if (rule === 'constant') {
      return bind(
        primitive,
        operands.map((s) => s[0]),
        params,
      ).map((y): Series => [y])
    }
    if (rule === 'linear') return linear(primitive, operands, params)
    if (rule === 'derived') return this.derived(primitive, operands, params)
    return typeof rule === 'function' ? [rule(operands, params)] : rule.each(operands, params)
  }

  /** y′ = ∂f(x) x′: the jvp rule runs on series that are shorter by one, and its results are integrated. */
  derived(primitive: Primitive, operands: readonly Series[], params: unknown): Series[] {
    const length = operands[0]!.length
    const x = operands.map((s) => this.lift(s.slice(0, length - 1) as unknown as Series))
    const dx = operands.map((s): Tangent => {
      const slopes = s.slice(1).map((c, k) => (k === 0 || isZero(c) ? c : scaleBy(c, k + 1)))
      return slopes.every(isZero) ? zeroOf(s[0]) : this.lift([instantiate(slopes[0]!), ...slopes.slice(1)])
    })
    const [y, dy] = withInterpreter(this, () => primitive.jvp(x, dx, params))
    return y.map((value, i): Series => {
      const slope = dy[i]!
      const slopes = isZero(slope) ? [] : this.padded(slope, length - 1)
      const first = this.series(value)[0]
      return [
        first,
        ...Array.from({ length: length - 1 }, (_, k): Tangent => {
          const c = slopes[k] ?? zeroOf(first)
          return k === 0 || isZero(c) ? c : scaleBy(c, 1 / (k + 1))
        }),
      ]
    })
  }

  /** A tensor of this series; the value itself where all other coefficients are zero. */
  lift(series: Series): Tensor {
    return series.slice(1).every(isZero) ? series[0] : new SeriesTensor(this, series)
  }

  varies(t: Tensor): boolean {
    return t instanceof SeriesTensor && t.owner === this
  }

  series(t: Tensor): Series {
    return t instanceof SeriesTensor && t.owner === this ? t.series : [t]
  }

  /** The first `length` coefficients; those of a value that does not vary are zero. */
  padded(t: Tensor, length: number): Series {
    const [value, ...rest] = this.series(t)
    return [value, ...Array.from({ length: length - 1 }, (_, k) => rest[k] ?? zeroOf(value))]
  }
}

/** Coefficient k of a jointly linear operation is the operation on the coefficients k: its tangent along them. */
function linear(primitive: Primitive, operands: readonly Series[], params: unknown): Series[] {
  const values = operands.map((s) => s[0])
  const results = bind(primitive, values, params)
  const later = Array.from({ length: operands[0]!.length - 1 }, (_, i): readonly Tangent[] => {
    const coefficients = operands.map((s) => s[i + 1]!)
    if (coefficients.every(isZero)) return results.map(zeroOf)
    if (!coefficients.some(isZero)) return bind(primitive, coefficients as Tensor[], params)
    return primitive.jvp(values, coefficients, params)[1]
  })
  return results.map((y, r): Series => [y, ...later.map((c) => c[r]!)])
}

/**
 * The Taylor coefficients of an operation's results, from as many of each operand; later ones that are missing are
 * zero.
 */
export const seriesOf = (primitive: Primitive, operands: readonly Series[], params: unknown): readonly Series[] =>
  new Jet(currentInterpreter()).results(primitive, operands, params)

/** Runs `fn` on values with Taylor coefficients, of the same number for each, and returns those of its results. */
export function seriesFlat(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Series[],
  length: number,
): Series[] {
  const jet = new Jet(currentInterpreter())
  const results = withInterpreter(jet, () => fn(...inputs.map((s) => jet.lift(s))))
  return results.map((t) => jet.padded(t, length))
}

/**
 * Runs `fn` on the series x + t v and returns the Taylor coefficients 0 … order of its results.
 *
 * @param order at least 1
 */
export const jetFlat = (
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  x: readonly Tensor[],
  v: readonly Tangent[],
  order: number,
): Series[] =>
  seriesFlat(
    fn,
    x.map(
      (t, i): Series => (isFloat(t.dtype) ? [t, v[i]!, ...Array.from({ length: order - 1 }, () => zeroOf(t))] : [t]),
    ),
    order + 1,
  )
