import { add, arange, cast, choice, div, mean, mul, sub, vmap } from '@spikeward/core'
import type { Estimator, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { activityDifferences } from './activityDifferences.js'
import { contract } from '../random/along.js'
import type { Distribution } from '../random/distributions.js'
import { layOut } from '../shared/leaves.js'
import { cost } from '../shared/facts.js'
import { directionsOption, distributionOption, sizeAs, sizeOption } from '../shared/estimatorOptions.js'

/** The options of central differences, with the default distribution. */
export const differenceOptions = (fallback: Distribution) => ({
  /**
   * ε, the length of a step along each entry of z, default 0.05. A scalar tensor if it changes, see {@link annealed}.
   */
  size: sizeOption(0.05),
  /** K, default 1: directions, two evaluations each. */
  directions: directionsOption({ fallback: 1, help: 'directions, two evaluations each (K)' }),
  /** Distribution of z; default {@link rademacherDistribution} for `spsa`, {@link gaussianDistribution} for `mezo`. */
  distribution: distributionOption(fallback),
  /**
   * The perturbed quantity: `parameters` (default), or `activity`, each pre-activation of each sample, with noise that
   * is constant in time. `activity` needs a loss with parts.
   */
  at: choice(['parameters', 'activity'], {
    default: 'parameters',
    help: 'perturb the parameters, or the pre-activations of each sample',
  }),
})

/** Options of {@link spsa} and {@link mezo}. */
export type SpsaOptions = OptionsOf<ReturnType<typeof differenceOptions>>

/** Central differences, which {@link spsa} and {@link mezo} share: they differ only in the distribution. */
export function differences(
  name: string,
  { size, directions: count, distribution, at: where }: Required<SpsaOptions>,
): Estimator<Stateless> {
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
