import { SpikewardError } from '@spikeward/core'
import { factorCholesky, solveCholesky } from './cholesky.js'

/** A readout on the host: weight [width, outputs] row-major, bias [outputs]. */
export type HostReadout = { readonly weight: Float64Array; readonly bias: Float64Array }

/** The sums of a ridge regression that do not depend on λ, for solves with many values of λ. */
export type RidgeSystem = {
  /** Minimises ‖Φw + b − y‖²/n + λ·tr(C)/width·‖w‖², C the covariance of the features. The bias is not penalised. */
  solve(lambda: number): HostReadout
}

/**
 * Computes the sums for least squares of targets on features, in double precision.
 *
 * @param features [count, width], row-major
 * @param targets [count, outputs], row-major
 */
export function ridgeSystem(features: ArrayLike<number>, targets: ArrayLike<number>, count: number): RidgeSystem {
  const width = features.length / count
  const outputs = targets.length / count
  const means = (values: ArrayLike<number>, n: number): Float64Array => {
    const m = new Float64Array(n)
    for (let i = 0; i < values.length; i++) m[i % n]! += values[i]! / count
    return m
  }
  const phiMean = means(features, width)
  const yMean = means(targets, outputs)
  const gram = new Float64Array(width * width)
  const right = new Float64Array(width * outputs)
  const row = new Float64Array(width)
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < width; i++) row[i] = features[p * width + i]! - phiMean[i]!
    for (let i = 0; i < width; i++) {
      const v = row[i]! / count
      if (v === 0) continue
      for (let j = 0; j <= i; j++) gram[i * width + j]! += v * row[j]!
      for (let o = 0; o < outputs; o++) right[i * outputs + o]! += v * (targets[p * outputs + o]! - yMean[o]!)
    }
  }
  let power = 0
  for (let i = 0; i < width; i++) power += gram[i * width + i]! / width

  return {
    solve(lambda) {
      if (!(lambda >= 0))
        throw new SpikewardError('INVALID_OPTION', `ridge: lambda = ${lambda}; give a number of at least 0`)
      const a = gram.slice()
      // Constant features have power 0; any positive number then gives weights of 0.
      for (let i = 0; i < width; i++) a[i * width + i]! += lambda * (power || 1)
      if (!factorCholesky(a, width)) {
        throw new SpikewardError(
          'NOT_POSITIVE_DEFINITE',
          `ridge: the features are linearly dependent and lambda = ${lambda} is too small to compensate; give a larger lambda`,
        )
      }
      const weight = right.slice()
      solveCholesky(a, width, weight, outputs)
      const bias = yMean.map((y, o) => phiMean.reduce((s, m, i) => s - m * weight[i * outputs + o]!, y))
      return { weight, bias }
    },
  }
}

/**
 * Ridge regression: W, b that minimise ‖ΦW + b − Y‖²/n + λ·(tr C/width)·‖W‖², in double precision. λ is relative to the
 * mean variance of a feature, so that its meaning does not depend on the width or the rates.
 *
 * @param features Φ [count, width], row-major
 * @param targets Y [count, outputs], row-major
 * @param lambda ≥ 0
 * @throws NOT_POSITIVE_DEFINITE if features are dependent and λ is too small; INVALID_OPTION
 */
export const ridgeReadout = (
  features: ArrayLike<number>,
  targets: ArrayLike<number>,
  count: number,
  lambda: number,
): HostReadout => ridgeSystem(features, targets, count).solve(lambda)

/** ΦW + b on the host, [count, outputs]. */
export function applyReadout(features: ArrayLike<number>, { weight, bias }: HostReadout): Float64Array {
  const outputs = bias.length
  const width = weight.length / outputs
  const count = features.length / width
  const y = new Float64Array(count * outputs)
  for (let p = 0; p < count; p++) {
    for (let o = 0; o < outputs; o++) {
      let s = bias[o]!
      for (let i = 0; i < width; i++) s += features[p * width + i]! * weight[i * outputs + o]!
      y[p * outputs + o] = s
    }
  }
  return y
}
