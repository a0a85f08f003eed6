import {
  add,
  div,
  equal,
  exp,
  iota,
  jit,
  matmul,
  maximum,
  mean,
  mul,
  scan,
  sub,
  sum,
  tensor,
  transpose,
  where,
} from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { type Rows, columnMeans, rowsBetween, standardised } from './baselineData.js'
import { ridgePrediction, ridgeSolve } from './linearRidge.js'

export type GaussianSettings = { readonly width: number; readonly penalty: number }

export type GaussianRegression = {
  /**
   * The outputs at rows of inputs, [count, outputs]. NaN if the system is not positive definite in double precision.
   */
  predict(rows: Rows, settings: GaussianSettings, solved?: Tensor): Promise<Float64Array>
  /** The coefficients α of all centres, for `solved` of many predictions with these settings. */
  solve(settings: GaussianSettings): Tensor
  dispose(): void
}

export type KernelMetric = (typeof kernelMetrics)[number]

/**
 * Distances of standardised inputs: `euclidean`, ‖z − z'‖, or `spread`, √((z − z')ᵀ C^½ (z − z')) with the covariance C
 * of the inputs. The second weighs each principal component by its standard deviation: of functions, whose coarse
 * components matter more to many solutions than the fine ones.
 */
export const kernelMetrics = ['euclidean', 'spread'] as const

const BLOCK = 2048

/** ‖a_i‖² of each row in the metric of `m`, [n, 1]; a · m is given. */
const squares = (a: Tensor, am: Tensor): Tensor => sum(mul(a, am), 1, { keepDims: true })

/** (a_i − b_j)ᵀ m (a_i − b_j) of all pairs of rows, [n, m]; without m in the metric of the identity. */
function squaredDistances(a: Tensor, b: Tensor, [m]: readonly Tensor[]): Tensor {
  const [am, bm] = m === undefined ? [a, b] : [matmul(a, m), matmul(b, m)]
  const products = matmul(am, transpose(b))
  return maximum(sub(add(squares(a, am), transpose(squares(b, bm))), mul(products, 2)), 0)
}

/**
 * Steps of {@link spreadOf}: the part of eigenvalues below about 10⁻⁸ of the trace stays too small, which no distance
 * shows.
 */
const ROOT_STEPS = 24

/**
 * C^½ of the covariance C of rows z [n, m] of mean 0, divided by the mean of zᵀ C^½ z, so that the mean square of a row
 * is 1 in its metric.
 *
 * By the coupled Newton–Schulz iteration, with products alone: Y ← Y T, Z ← T Z, T = (3 I − Z Y)/2, from Y = C/tr C, Z
 * = I.
 *
 * @see Higham, Functions of Matrices, 2008, equation 6.35
 */
function spreadOf(z: Tensor): Tensor {
  const covariance = matmul(transpose(z), z)
  const unit = where(
    equal(iota(covariance.shape, 0), iota(covariance.shape, 1)),
    add(mul(covariance, 0), 1),
    mul(covariance, 0),
  )
  const start = div(covariance, sum(mul(covariance, unit)))
  const [[root]] = scan(
    ([y, w]: readonly [Tensor, Tensor]) => {
      const t = sub(mul(unit, 1.5), mul(matmul(w, y), 0.5))
      return [[matmul(y, t), matmul(t, w)] as const, []]
    },
    [start, unit] as const,
    null,
    { length: ROOT_STEPS },
  )
  return div(root, mean(squares(z, matmul(z, root))))
}

const amplitudesOf = ({ x, count }: Rows): Float64Array => {
  const inputs = x.length / count
  return Float64Array.from({ length: count }, (_, r) => {
    let square = 0
    for (let i = r * inputs; i < (r + 1) * inputs; i++) square += x[i]! ** 2
    return Math.sqrt(square / inputs) || 1
  })
}

export type GaussianOptions = {
  /** As in `BaselineData`. */
  readonly units: readonly number[]
  /** Whether inputs and outputs are divided by the amplitude of the inputs, u(cf) = c u(f). */
  readonly divide: boolean
  readonly metric: KernelMetric
  readonly backend: Backend | undefined
}

export function gaussianRegression(
  train: Rows,
  { units, divide, metric, backend }: GaussianOptions,
): GaussianRegression {
  const { count } = train
  const outputs = train.y.length / count
  const on = backend === undefined ? {} : { backend }
  const matrix = (values: Float64Array, rows: number): Tensor =>
    tensor(values, { shape: [rows, values.length / rows], ...on })
  const received = (rows: Rows): { readonly x: Float64Array; readonly amplitudes: Float64Array | null } => {
    if (!divide) return { x: rows.x, amplitudes: null }
    const amplitudes = amplitudesOf(rows)
    const inputs = rows.x.length / rows.count
    return { x: rows.x.map((v, i) => v / amplitudes[Math.floor(i / inputs)]!), amplitudes }
  }
  const { x, amplitudes } = received(train)
  const y = amplitudes === null ? train.y : train.y.map((v, i) => v / amplitudes[Math.floor(i / outputs)]!)
  const standardise = standardised(x, count, units)
  const means = columnMeans(y, count)
  const [distances, spread] = [jit(squaredDistances), jit(spreadOf)]
  const kernel = (d: Tensor, factor: Tensor): Tensor => exp(mul(d, factor))
  const kernels = jit(kernel)
  const solve = jit((inner: Tensor, across: Tensor, targets: Tensor, factor: Tensor, lambda: Tensor) =>
    ridgePrediction(inner, lambda, kernel(across, factor), targets),
  )
  // More rows than one block share the coefficients of one solve.
  const coefficients = jit((within: Tensor, targets: Tensor, factor: Tensor, lambda: Tensor) =>
    ridgeSolve(kernel(within, factor), lambda, targets),
  )
  const apply = jit((across: Tensor, alpha: Tensor, factor: Tensor) => matmul(kernel(across, factor), alpha))
  const z = matrix(standardise(x), count)
  const weights = metric === 'spread' ? [spread(z)] : []
  const centred = y.map((v, i) => v - means[i % outputs]!)
  const targets = matrix(centred, count)
  const within = distances(z, z, weights)
  const factorOf = (width: number): Tensor => tensor(-0.5 / width ** 2, { dtype: 'f64', ...on })
  const numbers = ({ width, penalty }: GaussianSettings): readonly [factor: Tensor, lambda: Tensor] => [
    factorOf(width),
    tensor(penalty * count, { dtype: 'f64', ...on }),
  ]
  const acrossTo = (rows: Rows): Tensor => {
    const at = matrix(standardise(received(rows).x), rows.count)
    const across = distances(at, z, weights)
    at.dispose()
    return across
  }
  // A search predicts at the same rows, with several penalties for each width.
  const lastAcross = latest(acrossTo)
  const lastInner = latest((width: number) => {
    const factor = factorOf(width)
    const inner = kernels(within, factor)
    factor.dispose()
    return inner
  })
  return {
    solve(settings) {
      const [factor, lambda] = numbers(settings)
      const alpha = coefficients(within, targets, factor, lambda)
      for (const t of [factor, lambda]) t.dispose()
      return alpha
    },
    async predict(rows, settings, solved) {
      const out = new Float64Array(rows.count * outputs)
      const write = async (predictions: Tensor, block: Rows, from: number): Promise<void> => {
        const { amplitudes } = received(block)
        const values = await predictions.data()
        for (let i = 0; i < values.length; i++) {
          const amplitude = amplitudes?.[Math.floor(i / outputs)] ?? 1
          out[from * outputs + i] = (values[i]! + means[i % outputs]!) * amplitude
        }
        predictions.dispose()
      }
      const [factor, lambda] = numbers(settings)
      if (solved === undefined && rows.count <= BLOCK) {
        await write(solve(lastInner.at(settings.width), lastAcross.at(rows), targets, factor, lambda), rows, 0)
      } else {
        const alpha = solved ?? coefficients(within, targets, factor, lambda)
        for (let from = 0; from < rows.count; from += BLOCK) {
          const block = rowsBetween(rows, from, Math.min(from + BLOCK, rows.count))
          const across = acrossTo(block)
          await write(apply(across, alpha, factor), block, from)
          across.dispose()
        }
        if (alpha !== solved) alpha.dispose()
      }
      for (const t of [factor, lambda]) t.dispose()
      return out
    },
    dispose() {
      for (const t of [lastAcross, lastInner, distances, spread, kernels, solve, coefficients, apply]) t.dispose()
      for (const t of [z, targets, within, ...weights]) t.dispose()
    },
  }
}

/** Makes a tensor for a key, and keeps only the last. */
function latest<K>(make: (key: K) => Tensor): { readonly at: (key: K) => Tensor; readonly dispose: () => void } {
  let last: { readonly key: K; readonly made: Tensor } | null = null
  return {
    at(key) {
      if (last?.key === key) return last.made
      last?.made.dispose()
      const regression = make(key)
      last = { key, made: regression }
      return regression
    },
    dispose: () => last?.made.dispose(),
  }
}
