import { add, arange, cast, div, mean, mul, sub, vmap } from '@spikeward/core'
import type { Estimator, Tensor } from '@spikeward/core'
import { activityDifferences } from './activityDifferences.js'
import { contract } from './along.js'
import { gaussian, rademacher } from './distributions.js'
import type { Distribution } from './distributions.js'
import { layOut } from './leaves.js'
import { checkChoice, checkCount, checkNames, checkSize, sizeAs } from './options.js'
import type { Size } from './options.js'
import { cost } from './stats.js'
import type { Stateless } from './stats.js'

/** Options of {@link spsa} and {@link mezo}. */
export type SpsaOptions = {
  /** ε, the length of a step along each entry of z, default 0.05. A scalar tensor where it changes, see {@link annealed}. */
  readonly size?: Size
  /** K, default 1: directions, two evaluations each. */
  readonly directions?: number
  /** Of z; default {@link rademacher} for `spsa`, {@link gaussian} for `mezo`. */
  readonly distribution?: Distribution
  /**
   * What is perturbed: `parameters` (default), or `activity`: each pre-activation of each sample, by noise constant in
   * time, where the loss shows its parts.
   */
  readonly at?: 'parameters' | 'activity'
}

/**
 * Simultaneous perturbation: central differences of the loss itself, true spikes and all, along random directions,
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ − εzₖ)]/(2ε) · zₖ,   E[z zᵀ] = I
 *
 * Both evaluations see the same points and the same random numbers, since those are closed over by the loss. z is a
 * function of its key: under `jit` it is made again where it is used, and never stored.
 *
 * What it estimates is **not** the surrogate gradient. For Gaussian z its expectation is exactly the gradient of the
 * smoothed loss E L(θ + εz), which is smooth though spikes are not; so its cosine to `bp` means little. A small ε
 * is no better: a difference meets a jump with probability ∝ ε, and E[(ΔL/ε)²] grows as 1/ε.
 *
 * `at: 'activity'` perturbs what the neurons receive, each sample by itself, and takes the difference of each sample's own
 * loss (node perturbation): N·K directions in two passes, of as many dimensions as there are neurons, not weights;
 * see {@link activity} for the gain, and for the bias above a layer of spikes.
 *
 * - Cost: 2K forward units; needs no derivative of anything. Bias: O(ε²) where the loss is smooth. Relative variance
 *   (d + κ − 2)/K there, to O(ε²).
 * - Value: the mean of the evaluations, the smoothed loss.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_SITE for `activity`
 * @see Spall 1992; node perturbation: Werfel, Xie & Seung 2005
 * @example const e = spsa({ size: 0.05, directions: 4 })
 */
export function spsa(options: SpsaOptions = {}): Estimator<Stateless> {
  return differences('spsa', rademacher, options)
}

/**
 * {@link spsa} with Gaussian directions, as it fine-tunes large models: the expectation is exactly the gradient of the
 * smoothed loss E L(θ + εz), whatever the loss.
 *
 * @throws as `spsa`
 * @see Malladi et al. 2023 (2305.17333)
 * @example const e = mezo({ size: 0.02 })
 */
export function mezo(options: SpsaOptions = {}): Estimator<Stateless> {
  return differences('mezo', gaussian, options)
}

function differences(name: string, fallback: Distribution, options: SpsaOptions): Estimator<Stateless> {
  checkNames(name, options, ['size', 'directions', 'distribution', 'at'])
  const size = checkSize(name, options.size ?? 0.05)
  const count = checkCount(name, 'directions', options.directions ?? 1)
  const distribution = options.distribution ?? fallback
  const where = checkChoice(name, 'at', options.at ?? 'parameters', ['parameters', 'activity'])
  return {
    name,
    needs: 'evaluate',
    unbiased: false,
    init: () => ({}),
    estimate(loss, params, state, { key }) {
      if (where === 'activity') {
        return { ...activityDifferences(name, loss, params, key, { count, size, distribution }), state }
      }
      const p = layOut(loss, params)
      const along = (k: Tensor | number): { value: Tensor; slope: Tensor; z: readonly Tensor[] } => {
        const z = distribution.sample(key.fold(k), p.tensors)
        const [up, down] = [add, sub].map((move) =>
          p.loss(p.tensors.map((t, i) => move(t, mul(z[i]!, sizeAs(t, size))))),
        )
        return { value: mul(add(up!, down!), 0.5), slope: div(sub(up!, down!), sizeAs(up!, size, 2)), z }
      }
      if (count === 1) {
        const { value, slope, z } = along(0)
        return { value, grad: p.rebuild(z.map((x) => mul(cast(slope, x.dtype), x))), state, stats: cost(2) }
      }
      const each = vmap((k: Tensor) => along(k))(arange(count, 'u32'))
      const grad = each.z.map((x) => contract(mul(each.slope, 1 / count), x))
      return { value: mean(each.value, 0), grad: p.rebuild(grad), state, stats: cost(2 * count) }
    },
  }
}
