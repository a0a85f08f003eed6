import { SpikewardError, add, cast, greater, mean, mul, normal, sub } from '@spikeward/core'
import type { FloatDType, Key, Surrogate, Tensor } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/** How {@link steinMonteCarlo} uses a noise sample ε. */
export type SteinForm = 'plain' | 'control' | 'antithetic'

/** Options of {@link steinMonteCarlo}. */
export interface SteinMonteCarloOptions {
  readonly key: Key
  /** Standard deviation σ of the noise on the membrane; 0.4 by default. */
  readonly sigma?: number
  /** Noise samples n per element; 16 by default. The error falls as n^(−1/2). */
  readonly samples?: number
  /** `antithetic` by default; see {@link steinMonteCarlo}. */
  readonly form?: SteinForm
}

const step = (u: Tensor): Tensor => cast(greater(u, 0), u.dtype)

/** Each has the mean d/du E[H(u + ε)] σ²; they differ in variance. */
const forms: Record<SteinForm, (u: Tensor, noise: Tensor) => Tensor> = {
  plain: (u, noise) => mul(noise, step(add(u, noise))),
  // E[ε H(u)] = 0, so that H(u) may be taken off: only samples that cross the threshold count.
  control: (u, noise) => mul(noise, sub(step(add(u, noise)), step(u))),
  antithetic: (u, noise) => mul(mul(0.5, noise), sub(step(add(u, noise)), step(sub(u, noise)))),
}

/**
 * Stein's weak form of the step's derivative, by Monte Carlo over n noise samples ε ~ N(0, σ²):
 *
 *     plain       mean ε H(u + ε) / σ²
 *     control     mean ε (H(u + ε) − H(u)) / σ²
 *     antithetic  mean ε (H(u + ε) − H(u − ε)) / (2σ²) = mean (|ε|/(2σ²)) [|u| < |ε|]
 *
 * Unbiased for N(u; 0, σ²), see `steinGaussian`. `antithetic` is LocalZO's two-point form with δz = ε (Mukhoty et al.,
 * NeurIPS 2023, arXiv 2302.00910) and is never negative. The variances satisfy antithetic ≤ control ≤ plain for u < 0;
 * plain grows with u > 0, where H is 1 almost always.
 *
 * The noise is drawn from `key`, one sample per element of u: **the same at every call with that shape**, so at every time
 * step and in every layer of that shape. Make the surrogate anew, with a fresh key, for every training step, and with
 * its own key for every layer. The slope jumps (no second derivative passes through it).
 *
 * @example
 * const fire = spike(steinMonteCarlo({ key: key(0), sigma: 0.4, samples: 4096 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8189
 */
export function steinMonteCarlo(options: SteinMonteCarloOptions): Surrogate {
  const name = 'steinMonteCarlo'
  checkNames(name, options, ['key', 'sigma', 'samples', 'form'])
  const { key, form = 'antithetic' } = options
  if (!Object.hasOwn(forms, form)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: form is ${String(form)}; the forms are ${Object.keys(forms).join(', ')}; pass one of them`,
    )
  }
  const sigma = checkNumber(name, 'sigma', options.sigma ?? 0.4, { min: 0, above: true })
  const samples = checkNumber(name, 'samples', options.samples ?? 16, { min: 1, integer: true })
  return {
    name,
    slope(u) {
      const noise = mul(sigma, normal(key, [samples, ...u.shape], { dtype: u.dtype as FloatDType }))
      return mul(1 / (sigma * sigma), mean(forms[form](u, noise), 0))
    },
    smoothness: -1,
    support: 'full',
  }
}
