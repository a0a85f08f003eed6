import {
  add,
  arange,
  cast,
  choice,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  equal,
  expandDims,
  integer,
  less,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  vmap,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Key, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { contract } from '../random/along.js'
import { gaussianDistribution } from '../random/distributions.js'
import { layOut } from '../shared/leaves.js'
import { distributionOption, sizeAs, sizeOption } from '../shared/estimatorOptions.js'
import { alongWeights, cost } from '../shared/facts.js'

/** The transform from losses to fitness. */
export type Fitness = 'raw' | 'zscore' | 'rank'

/** Options that all evolution strategies share. */
export const strategyOptions = () => ({
  /** P, default 16: antithetic pairs, two evaluations each. */
  pairs: integer({ min: 1, default: 16, help: 'antithetic pairs, two evaluations each (P)' }),
  /** σ, the size of a perturbation, default 0.05. A scalar tensor if it changes, see {@link annealed}. */
  size: sizeOption(0.05),
  /** `zscore` (default), `rank`, or `raw`: the untransformed losses. */
  fitness: choice(['raw', 'zscore', 'rank'], { default: 'zscore', help: 'how losses become fitness' }),
})

const options = /* @__PURE__ */ defineOptions(() => ({
  ...strategyOptions(),
  /** Distribution of the perturbations, default {@link gaussianDistribution}. */
  distribution: distributionOption(gaussianDistribution),
}))

/** Options of {@link evolution}. */
export type EvolutionOptions = OptionsOf<typeof options>

/**
 * Evolution strategy: a population of antithetic pairs around the parameters, weighted by their fitness,
 *
 *     ĝ = 1/(2Pσ) Σᵢ [F(L(θ + σzᵢ)) − F(L(θ − σzᵢ))] zᵢ
 *
 * The fitness F is one of three. `raw` is the loss itself; this is `spsa` with Gaussian z, unbiased for the smoothed
 * loss E L(θ + σz). `zscore` is the loss minus its mean over the population, divided by its standard deviation: it
 * changes only the length, which becomes independent of the scale of the loss. `rank` is the rank, spread evenly over
 * [−½, ½] with ties averaged: it limits the influence of outliers.
 *
 * - Cost: 2P forward units; needs no derivatives. Bias: `raw` none for the smoothed loss, as for {@link mezo};
 *   `zscore` and `rank` the length. Relative variance of `raw` (d + κ − 2)/P if the loss is smooth, to O(σ²).
 * - Value: the mean of the population, the smoothed loss.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Salimans et al. 2017 (1703.03864)
 * @example
 * const e = evolution({ pairs: 32, fitness: 'rank' })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 64
 */
export const evolution = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'evolution',
    summary: 'evolution strategy: antithetic pairs weighted by their fitness',
    guide: [
      {
        when: 'a rugged loss or outliers',
        choose: '`evolution(fitness=rank)`',
        why: 'an outlier hardly changes the ranks',
      },
    ],
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'P antithetic pairs, weighted by loss, z-score or rank',
      cost: '2P',
      bias: 'in the length; for raw fitness as `mezo`',
      variance: 'for raw fitness as `mezo`',
      use: 'a rugged loss without derivatives, or outliers: `fitness: rank`',
      plainly: 'It tries pairs of opposite changes of all weights and moves towards the better one of each pair.',
      needs: 'evaluate',
      unbiased: false,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: EvolutionOptions = {}): Estimator<Stateless> => {
      const { distribution, ...rest } = read(settings)
      return strategy('evolution', rest, (key, like) => distribution.sample(key, like))
    },
)

/** Draws one perturbation for {@link strategy}. */
export type Draw = (key: Key, like: readonly Tensor[]) => Tensor[]

/** An evolution strategy with its name and its perturbations. */
export function strategy(
  name: string,
  { pairs, size, fitness }: Required<Omit<EvolutionOptions, 'distribution'>>,
  draw: Draw,
): Estimator<Stateless> {
  return {
    name,
    needs: 'evaluate',
    unbiased: false,
    init: () => ({}),
    estimate(loss, params, state, { key }) {
      const p = layOut(loss, params)
      const each = vmap((i: Tensor) => {
        const z = draw(key.fold(i), p.tensors)
        const [up, down] = [add, sub].map((move) =>
          p.loss(p.tensors.map((t, l) => move(t, mul(z[l]!, sizeAs(t, size))))),
        )
        return { up: up!, down: down!, z }
      })(arange(pairs, 'u32'))
      const { up, down } = shape(fitness, each.up, each.down)
      const weights = div(sub(up, down), sizeAs(up, size, 2 * pairs))
      const value = mul(add(mean(each.up), mean(each.down)), 0.5)
      return { value, grad: p.rebuild(each.z.map((z) => contract(weights, z))), state, stats: cost(2 * pairs) }
    },
  }
}

/** Fitness of both halves of the population. */
function shape(fitness: Fitness, up: Tensor, down: Tensor): { up: Tensor; down: Tensor } {
  if (fitness === 'raw') return { up, down }
  const all = concatenate([up, down], 0)
  const n = up.size
  if (fitness === 'zscore') {
    const deviation = sqrt(add(mean(square(sub(all, mean(all)))), 1e-30))
    return { up: div(up, deviation), down: div(down, deviation) }
  }
  const rank = (of: Tensor): Tensor => {
    const [mine, others] = [expandDims(of, 1), expandDims(all, 0)]
    const count = (holds: Tensor): Tensor => sum(cast(holds, all.dtype), 1)
    // Ties count half; each value also equals itself, hence − 1.
    const below = add(count(less(others, mine)), mul(sub(count(equal(others, mine)), 1), 0.5))
    return sub(div(below, 2 * n - 1), 0.5)
  }
  return { up: rank(up), down: rank(down) }
}
