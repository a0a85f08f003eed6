import {
  add,
  choice,
  defineFactory,
  defineOptions,
  grad as gradOf,
  layersOf,
  mean,
  passDown,
  traces,
  treeMap,
  treePaths,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Key, Loss, OptionsOf, Stateless, Tensor, Tree } from '@spikeward/core'
import { rademacherDistribution } from '../random/distributions.js'
import { noisyPass } from '../layers/noisyPass.js'
import { refuseStray, fromDeltas, layersAt, locateViews, ownedBy, throughReadout } from '../layers/locate.js'
import type { Located } from '../layers/locate.js'
import { directionsOption, distributionOption, scopeOption } from '../shared/estimatorOptions.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** K: noise vectors for each sample. */
  directions: directionsOption({ help: 'noise vectors for each sample (K)' }),
  /**
   * `global` (default): one noise spans all affine layers. `layerwise`: the affine layers are perturbed one after
   * another.
   */
  scope: scopeOption('one noise over all layers, or one layer after another'),
  /**
   * `exact` (default): the readout's gradient is formed exactly, at no cost. `noise`: the readout is perturbed like the
   * other layers, as in the paper.
   */
  readout: choice(['exact', 'noise'], {
    default: 'exact',
    help: "the readout's gradient: exact, or perturbed like the rest",
  }),
  /**
   * Distribution of the noise; {@link rademacherDistribution} has the lowest variance. The paper uses Gaussian noise.
   */
  distribution: distributionOption(rademacherDistribution, 'distribution of the noise'),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: 'noise ν on each pre-activation of each sample: δ̂ = (∂ℓ/∂a·ν) ν, ∇W = xᵀδ̂/N; readout exact',
  cost: '1 + K',
  bias: 'none if inputs are constant in time',
  variance: '(q + κ − 2)(V + S)/(NK S) for a layer of q units',
  use: 'layers that no trace passes; large batches',
  plainly: 'It adds noise to the input of each neuron and keeps the changes that improve the answer.',
  unbiased: 'oneHiddenLayer',
  weightTransport: 'none',
  local: 'its own input and noise, and the loss of each sample',
}) satisfies EstimatorFacts

/** Options of {@link activity}. */
export type ActivityOptions = OptionsOf<typeof options>

/**
 * Activity perturbation: noise on each pre-activation, **independent for each sample**, and the directional derivative
 * of **each sample's own loss**:
 *
 *     δ̂ₙ = (1/K) Σₖ (∂ℓₙ/∂aₙ · νₙₖ) νₙₖ,   ∇W = (1/N) Σₙ xₙ δ̂ₙᵀ,   ∇b = (1/N) Σₙ δ̂ₙ
 *
 * A single pass draws N·K directions, not K, and each spans the units of an affine layer, not its weights: for one p×q
 * map the relative variance is [(q + κ − 1)V + (q + κ − 2)S]/(N K) with S = ‖g‖² and V the variance of a sample's
 * gradient, against (pq + κ − 1)V/N + (pq + κ − 2)S for one direction of the weights.
 *
 * The noise is constant in time. If the input of a layer is constant too (one hidden layer under a constant current, a
 * readout of rates), this is exact: ∂L/∂W = xᵀ Σ_t δ_t. At a deeper layer, whose input is a spike train, x̄ᵀ Σ_t δ_t
 * replaces Σ_t x_tᵀδ_t. The difference, the covariance of input and δ over time, is a bias. Fresh noise at each step
 * would have no bias, but ∇W = Σₙ ℓ̇ₙ Σ_t xₙₜνₙₜᵀ needs ℓ̇ₙ, which is known only after the last step. It would take the
 * input of every step (memory that grows with T), or a sum of outer products for each sample (N·p·q numbers), or a
 * second pass that draws the noise again; its variance is that of T times as many dimensions. `feedback` and
 * `localLoss` do better above a layer of spikes.
 *
 * - Cost: 1 + K forward units; `layerwise` 1 + S·K for S affine layers. Bias: none if every affine layer's input is
 *   constant in time, as in a network of one hidden layer. Above a layer of spikes it has the bias above, hence
 *   `unbiased: 'oneHiddenLayer'`.
 * - Value: the loss.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, INVALID_OPTION, UNKNOWN_OPTION
 * @see Ren et al. 2022 (2210.03310), section 4; noise constant in time, the exact readout, and Rademacher noise are
 *   ours
 * @example
 * const e = activity({ directions: 4 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 5
 */
export const activity = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'activity',
    summary: 'activity perturbation: noise on the pre-activations of each sample, and the slope of its own loss',
    options,
    facts,
  },
  (read) =>
    (settings: ActivityOptions = {}): Estimator<Stateless> => {
      const { directions: count, scope, readout, distribution } = read(settings)
      return {
        name: 'activity',
        needs: 'jvp',
        unbiased: 'oneHiddenLayer',
        init: () => ({}),
        estimate(loss, params, state, ctx) {
          const noisyGradient = (at: Located<typeof params>, key: Key) => {
            const noisy = readout === 'noise' ? layersAt(at) : at.hidden
            const groups = scope === 'global' ? [noisy] : noisy.map((layer) => [layer])
            const run = (readout: Tensor | null) => {
              const each = groups.map((layers, g) =>
                noisyPass(at, layers, { count, distribution, key: scope === 'global' ? key : key.fold(g) }, readout),
              )
              const { losses, rest } = each[0]!
              return { losses, rest: { ...rest, deltas: each.flatMap((e) => e.deltas) } }
            }
            const { losses, rest, delta } =
              readout === 'exact' ? throughReadout(at, run) : { ...run(null), delta: null }
            const grad = fromDeltas(at, rest.presynaptic, delta === null ? rest.deltas : [...rest.deltas, delta])
            return { value: mean(losses), grad, spent: 1 + groups.length * count }
          }
          // Views share the forward pass alone, so that their sum adds no bias and no variance.
          const views = locateViews('activity', loss, params).filter((at) => ownedBy(at).length > 0)
          const each = views.map((at, i) => noisyGradient(at, views.length === 1 ? ctx.key : ctx.key.fold(i)))
          const owned = new Set(views.flatMap(ownedBy))
          const strays = treePaths(params).filter((_, leaf) => !owned.has(leaf))
          const above = strays.length === 0 ? [] : [gradientAbove(loss, params, strays)]
          const grad = [...each.map((e) => e.grad), ...above].reduce((a, b) => treeMap((x, y) => add(x, y), a, b))
          const spent = each.reduce((n, e) => n + e.spent, 0)
          return { value: each[0]?.value ?? loss(params), grad, state, stats: cost(spent || 1) }
        },
      }
    },
)

/**
 * The gradient of parameters above all layers, such as a bias of the outputs: exact, without a pass over time. That of
 * others is zero.
 *
 * @throws PARAMETER_WITHOUT_LAYER if one of them acts below a layer
 */
function gradientAbove<P extends Tree>(loss: Loss<P>, params: P, strays: readonly string[]): P {
  const layers = layersOf(loss, params)
  const below = strays.find((path) => layers.some((l) => l.input.includes(path)))
  if (below !== undefined) refuseStray('activity', below, loss, params)
  const stop = Object.fromEntries(layers.map(({ name }) => [name, 'stop' as const]))
  const paths = treePaths(params)
  let leaf = 0
  return treeMap(
    (g) => (strays.includes(paths[leaf++]!) ? g : zerosLike(g)),
    gradOf((p: P) => passDown(traces(loss))(stop, p))(params),
  )
}
