import { add, exp, jit, matmul, maximum, mul, sub, sum, tensor, transpose } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { columnMeans, rowsBetween, standardised } from './baselineData.js'
import type { Rows } from './baselineData.js'
import { ridgePrediction } from './ridgePrediction.js'

/** A width w and a penalty λ of a Gaussian kernel ridge regression. */
export type GaussianSettings = { readonly width: number; readonly penalty: number }

/** Kernel ridge regressions on the same centres. */
export type GaussianRegression = {
  /** The outputs at rows of inputs, [count, outputs]. NaN if the system is not positive definite in double precision. */
  predict(rows: Rows, settings: GaussianSettings): Promise<Float64Array>
  dispose(): void
}

/** Rows that are predicted at a time. */
const BLOCK = 2048

/** ‖a_i − b_j‖² of all pairs of rows, [n, m]. */
function squaredDistances(a: Tensor, b: Tensor): Tensor {
  const squares = (x: Tensor): Tensor => sum(mul(x, x), 1, { keepDims: true })
  const products = matmul(a, transpose(b))
  return maximum(sub(add(squares(a), transpose(squares(b))), mul(products, 2)), 0)
}

/** The root mean square of each row of inputs; 1 for a row of zeros. */
const amplitudesOf = ({ x, count }: Rows): Float64Array => {
  const inputs = x.length / count
  return Float64Array.from({ length: count }, (_, r) => {
    let square = 0
    for (let i = r * inputs; i < (r + 1) * inputs; i++) square += x[i]! ** 2
    return Math.sqrt(square / inputs) || 1
  })
}

/** Options of {@link gaussianRegression}. */
export type GaussianOptions = {
  /** As in `BaselineData`. */
  readonly units: readonly number[]
  /** Whether inputs and outputs are divided by the amplitude of the inputs, u(cf) = c u(f). */
  readonly divide: boolean
  readonly backend: Backend | undefined
}

/** Prepares the regression of `kernelRidge` on all rows of `train`. */
export function gaussianRegression(train: Rows, { units, divide, backend }: GaussianOptions): GaussianRegression {
  const { count } = train
  const outputs = train.y.length / count
  const on = backend === undefined ? {} : { backend }
  const matrix = (values: Float64Array, rows: number): Tensor =>
    tensor(values, { shape: [rows, values.length / rows], ...on })
  /** Inputs and outputs over the amplitudes. */
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
  const distances = jit(squaredDistances)
  const solve = jit((within: Tensor, across: Tensor, targets: Tensor, factor: Tensor, lambda: Tensor) => {
    const kernel = (d: Tensor): Tensor => exp(mul(d, factor))
    return ridgePrediction(kernel(within), lambda, kernel(across), targets)
  })
  const z = matrix(standardise(x), count)
  const centred = y.map((v, i) => v - means[i % outputs]!)
  const targets = matrix(centred, count)
  const within = distances(z, z)
  return {
    async predict(rows, { width, penalty }) {
      const out = new Float64Array(rows.count * outputs)
      const [factor, lambda] = [-0.5 / width ** 2, penalty * count].map((v) => tensor(v, { dtype: 'f64', ...on }))
      for (let from = 0; from < rows.count; from += BLOCK) {
        const block = rowsBetween(rows, from, Math.min(from + BLOCK, rows.count))
        const given = received(block)
        const at = matrix(standardise(given.x), block.count)
        const across = distances(at, z)
        const found = solve(within, across, targets, factor!, lambda!)
        const values = await found.data()
        for (let i = 0; i < values.length; i++) {
          const amplitude = given.amplitudes?.[Math.floor(i / outputs)] ?? 1
          out[from * outputs + i] = (values[i]! + means[i % outputs]!) * amplitude
        }
        for (const t of [at, across, found]) t.dispose()
      }
      factor!.dispose()
      lambda!.dispose()
      return out
    },
    dispose() {
      distances.dispose()
      solve.dispose()
      for (const t of [z, targets, within]) t.dispose()
    },
  }
}
