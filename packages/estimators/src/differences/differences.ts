import { add, arange, cast, div, mean, mul, sub, vmap } from '@spikeward/core'
import type { Estimator, Tensor } from '@spikeward/core'
import { activityDifferences } from './activityDifferences.js'
import { contract } from '../random/along.js'
import type { Distribution } from '../random/distributions.js'
import { layOut } from '../shared/layOut.js'
import { checkChoice, checkCount, checkNames, checkSize, sizeAs } from '../shared/options.js'
import type { Size } from '../shared/options.js'
import { cost } from '../shared/cost.js'
import type { Stateless } from '../shared/cost.js'

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
 * Central differences under a name, what {@link spsa} and {@link mezo} are: they differ in the distribution alone.
 *
 * @param fallback the distribution where the options name none
 * @throws as `spsa`
 */
export function differences(name: string, fallback: Distribution, options: SpsaOptions): Estimator<Stateless> {
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
