import {
  add,
  arange,
  cast,
  defineValue,
  div,
  equal,
  laplace as laplaceNoise,
  mul,
  normal,
  rademacher as signs,
  randint,
  reshape,
  sqrt,
  square,
  sum,
  uniform as uniformNoise,
} from '@spikeward/core'
import type { Key, Shape, FloatDType, Tensor, TensorLike } from '@spikeward/core'

/**
 * A distribution of random directions. Every distribution is scaled to E[v vᵀ] = I, which makes (g·v) v unbiased.
 *
 * The relative variance E‖(g·v)v − g‖²/‖g‖² is d + κ − 2 for independent entries of unit variance and kurtosis κ:
 * E[(g·v)² ‖v‖²] = Σ gᵢ² (κ + d − 1).
 */
export type Distribution = {
  readonly name: string
  /** E[vᵢ⁴] of an entry of a direction of `d` entries. */
  kurtosis(d: number): number
  /** E‖(g·v)v − g‖²/‖g‖² for a direction of `d` entries. */
  relativeVariance(d: number): number
  /** One direction as a list of tensors, one for each tensor of `like`; a pure function of `key`. */
  sample(key: Key, like: readonly Tensor[]): Tensor[]
}

const count = (like: readonly Tensor[]): number => like.reduce((n, t) => n + t.size, 0)

/**
 * A distribution of independent entries.
 *
 * @param name shown in records
 * @param kurtosis E[x⁴] of an entry
 * @param draw entries of mean 0 and variance 1
 * @example
 * // −√(3/2), 0 or √(3/2), each with probability ⅓
 * const draw = (k, shape, dtype) => mul(cast(sub(randint(k, shape, 3), 1), dtype), Math.sqrt(1.5))
 * const ternary = independent('ternary', 1.5, draw)
 * const { grad } = rfg({ distribution: ternary }).estimate(loss, params, {}, { key: key(0) })
 * ternary.relativeVariance(13) // 12.5
 */
export function independent(
  name: string,
  kurtosis: number,
  draw: (key: Key, shape: Shape, dtype: FloatDType) => Tensor,
): Distribution {
  return {
    name,
    kurtosis: () => kurtosis,
    relativeVariance: (d) => d + kurtosis - 2,
    sample: (key, like) => like.map((t, i) => draw(key.fold(i), t.shape, t.dtype as FloatDType)),
  }
}

/** Independent N(0, 1): κ = 3, relative variance d + 1. The choice of Baydin et al. (2202.08587). */
export const gaussianDistribution: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'gaussian',
    summary: 'independent N(0, 1)',
    facts: { kurtosis: '3', variance: 'd + 1' },
  },
  /* @__PURE__ */ independent('gaussian', 3, (key, shape, dtype) => normal(key, shape, { dtype })),
)

/** Independent ±1: κ = 1, relative variance d − 1, the lowest for independent entries. */
export const rademacherDistribution: Distribution = /* @__PURE__ */ defineValue(
  { kind: 'distribution', name: 'rademacher', summary: 'independent ±1', facts: { kurtosis: '1', variance: 'd − 1' } },
  /* @__PURE__ */ independent('rademacher', 1, (key, shape, dtype) => signs(key, shape, { dtype })),
)

/** Independent U(−√3, √3): κ = 9/5, relative variance d − 1/5. */
export const uniformDistribution: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'uniform',
    summary: 'independent U(−√3, √3)',
    facts: { kurtosis: '9/5', variance: 'd − 1/5' },
  },
  /* @__PURE__ */ independent('uniform', 9 / 5, (key, shape, dtype) =>
    uniformNoise(key, shape, { min: -Math.sqrt(3), max: Math.sqrt(3), dtype }),
  ),
)

/** Independent Laplace of unit variance: κ = 6, relative variance d + 4. */
export const laplaceDistribution: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'laplace',
    summary: 'independent Laplace of variance 1',
    facts: { kurtosis: '6', variance: 'd + 4' },
  },
  /* @__PURE__ */ independent('laplace', 6, (key, shape, dtype) => laplaceNoise(key, shape, { dtype })),
)

/**
 * Uniform on the sphere ‖v‖² = d, over all tensors together: κ = 3d/(d + 2), relative variance d − 1.
 * The entries depend on each other, so d + κ − 2 does not hold; E[(g·v)²‖v‖²] = d‖g‖² gives the variance instead.
 */
export const sphereDistribution: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'sphere',
    summary: 'uniform on the sphere ‖v‖² = d',
    facts: { kurtosis: '3d/(d + 2)', variance: 'd − 1' },
  },
  {
    name: 'sphere',
    kurtosis: (d) => (3 * d) / (d + 2),
    relativeVariance: (d) => d - 1,
    sample(key, like) {
      const raw = gaussianDistribution.sample(key, like)
      const dtype = like.some((t) => t.dtype === 'f64') ? 'f64' : 'f32'
      const squared = raw.map((v) => cast(sum(square(v)), dtype)).reduce((a, b) => add(a, b))
      const factor = sqrt(div(count(like), squared))
      return raw.map((v) => mul(v, cast(factor, v.dtype)))
    },
  },
)

/**
 * √d eᵢ with i uniform over all entries together: κ = d, relative variance d − 1 for every gradient. One estimate
 * moves one parameter: random coordinate descent.
 */
export const coordinateDistribution: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'coordinate',
    summary: 'one random coordinate, √d eᵢ',
    facts: { kurtosis: 'd', variance: 'd − 1' },
  },
  {
    name: 'coordinate',
    kurtosis: (d) => d,
    relativeVariance: (d) => d - 1,
    sample: (key, like) => basis(like, randint(key, [], count(like)), Math.sqrt(count(like))),
  },
)

/**
 * The basis direction `length`·eᵢ of the space that the tensors of `like` span together, row-major, one after another.
 * It is zero if `index` is beyond the last entry.
 *
 * @param index which entry, i32 scalar from 0
 * @example
 * const [v] = basis([tensor([0, 0, 0])], 1)
 * await v.data() // [0, 1, 0]
 */
export function basis(like: readonly Tensor[], index: TensorLike, length = 1): Tensor[] {
  let offset = 0
  return like.map((t) => {
    const position = add(reshape(arange(t.size, 'i32'), t.shape), offset)
    offset += t.size
    return mul(cast(equal(position, index), t.dtype), length)
  })
}

/** The distributions of whole directions by name: all but `rankOne`, which draws a matrix by its rows and columns. */
export const distributions: Readonly<
  Record<'gaussian' | 'rademacher' | 'sphere' | 'uniform' | 'laplace' | 'coordinate', Distribution>
> = {
  gaussian: gaussianDistribution,
  rademacher: rademacherDistribution,
  sphere: sphereDistribution,
  uniform: uniformDistribution,
  laplace: laplaceDistribution,
  coordinate: coordinateDistribution,
}
