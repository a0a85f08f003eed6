import {
  Key,
  add,
  cast,
  choice,
  defineFactory,
  defineOptions,
  greater,
  integer,
  mean,
  mul,
  normal,
  number,
  opaque,
  sub,
} from '@spikeward/core'
import type { FloatDType, OptionsOf, Surrogate, Tensor } from '@spikeward/core'

/** How {@link steinMonteCarlo} uses a noise sample ε. */
export type SteinForm = 'plain' | 'control' | 'antithetic'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The key of the noise. */
  key: opaque('a key', (x): x is Key => x instanceof Key, { required: true, help: 'key that the noise is drawn from' }),
  /** Standard deviation σ of the noise on the membrane; 0.4 by default. */
  sigma: number({ min: 0, above: true, default: 0.4, help: 'standard deviation σ of the membrane noise' }),
  /** Noise samples n per element; 16 by default. The error falls as n^(−1/2). */
  samples: integer({ min: 1, default: 16, help: 'noise samples per element (n)' }),
  /** `antithetic` by default; see {@link steinMonteCarlo}. */
  form: choice(['plain', 'control', 'antithetic'], {
    default: 'antithetic',
    help: 'how a noise sample is used; antithetic has the least variance',
  }),
}))

/** Options of {@link steinMonteCarlo}. */
export type SteinMonteCarloOptions = OptionsOf<typeof options>

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
 * The noise is drawn from `key`, one sample per element of u: **the same at every call with that shape**, so at every
 * time step and in every layer of that shape. Make a new surrogate, with a fresh key, for every training step, and with
 * its own key for every layer. The slope jumps (no second derivative passes through it).
 *
 * @example
 * const fire = spike(steinMonteCarlo({ key: key(0), sigma: 0.4, samples: 4096 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8189
 */
export const steinMonteCarlo = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'steinMonteCarlo',
    summary: "Stein's weak derivative under Gaussian noise, by Monte Carlo",
    facts: {
      slope: 'the mean of n samples of ε H(u + ε)/σ²',
      integral: '1',
      use: 'the same expectation by sampling, as on hardware',
    },
    options,
  },
  (read) =>
    (settings: SteinMonteCarloOptions): Surrogate => {
      const { key, sigma, samples, form } = read(settings)
      return {
        name: 'steinMonteCarlo',
        slope(u) {
          const noise = mul(sigma, normal(key, [samples, ...u.shape], { dtype: u.dtype as FloatDType }))
          return mul(1 / (sigma * sigma), mean(forms[form](u, noise), 0))
        },
        smoothness: -1,
        support: 'full',
      }
    },
)
