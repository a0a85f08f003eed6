import {
  SpikewardError,
  add,
  arange,
  concatenate,
  defineFactory,
  defineOptions,
  defineValue,
  flag,
  jvp,
  mean,
  mul,
  ones,
  outer,
  rademacher as signs,
  reshape,
  slice,
  sum,
  treeLeaves,
  vmap,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, Key, OptionsOf, Stateless, Tensor, Tree } from '@spikeward/core'
import { first } from './along.js'
import type { Distribution } from './distributions.js'
import { passAt } from '../layers/noisyPass.js'
import { rfg } from './rfg.js'
import { forRows, fromDeltas, gradientAt, locate, rowsOf, throughReadout, unitsOf } from '../layers/locate.js'
import type { Layer, Located, Pass } from '../layers/locate.js'
import { directionsOption, scopeOption } from '../shared/estimatorOptions.js'
import { alongWeights, cost } from '../shared/facts.js'

/**
 * Directions of rank one: abᵀ for a matrix [m, n], with a and b of ±1; entries of ±1 for a vector. The leading axes of
 * a tensor with more axes count as rows.
 *
 * E[vec(abᵀ) vec(abᵀ)ᵀ] = I and ‖abᵀ‖² = mn always, so that the relative variance is d − 1, as at full rank. A
 * direction of mn entries takes m + n random signs, and the product is cheap: x(abᵀ) = (x·a) b.
 */
export const rankOne: Distribution = /* @__PURE__ */ defineValue(
  {
    kind: 'distribution',
    name: 'rankOne',
    summary: 'rank one in each matrix, entries ±1',
    facts: { kurtosis: '1', variance: 'd − 1' },
  },
  {
    name: 'rankOne',
    kurtosis: () => 1,
    relativeVariance: (d) => d - 1,
    sample: (key, like) =>
      like.map((t, i) => {
        const own = key.fold(i)
        const dtype = t.dtype as FloatDType
        if (t.ndim < 2) return signs(own, t.shape, { dtype })
        const columns = t.shape.at(-1)!
        const [a, b] = [signs(own.fold(0), [t.size / columns], { dtype }), signs(own.fold(1), [columns], { dtype })]
        return reshape(outer(a, b), t.shape)
      }),
  },
)

const options = /* @__PURE__ */ defineOptions(() => ({
  /** K, default 1. */
  directions: directionsOption(),
  /** As for {@link rfg}; only for shared directions. */
  scope: scopeOption(),
  /** Whether each sample has a separate direction, default false; needs the parts of the loss. */
  perSample: flag({ default: false, help: 'a separate direction for each sample' }),
}))

/** Options of {@link lowRank}. */
export type LowRankOptions = OptionsOf<typeof options>

/**
 * Random directions of rank one, abᵀ with a and b of ±1, shared by all samples or drawn for each:
 *
 *     shared       ĝ = (1/K) Σₖ (∇L·vₖ) vₖ,                   v = abᵀ for each matrix
 *     per sample   ∇W = (1/N) Σₙ ℓ̇ₙ aₙbₙᵀ,  ℓ̇ₙ = ∂ℓₙ/∂W·aₙbₙᵀ,   the tangent (xₙ·aₙ) bₙ at the pre-activation
 *
 * A direction for each sample would take N weight matrices; at rank one it is a perturbation of the pre-activation. The
 * bias counts as a row of the weight with input 1. The readout's gradient is then exact, as for {@link activity}. If
 * `activity` applies, it has less variance: (q − 1) instead of (p + 1)q − 1 for a p×q map. If the input of a layer is a
 * spike train, its mean over time replaces it, which is a bias.
 *
 * - Cost: shared as `rfg`; per sample 2 + K forward units (one pass computes the inputs of the affine layers).
 *   Bias: none; per sample none if
 *   every affine layer's input is constant in time, hence `unbiased: 'oneHiddenLayer'` there. Relative variance (d −
 *   1)/K; per sample [pV + (p − 1)S]/(NK) with p = d of an affine layer,
 *   S = ‖g‖², V the variance of a sample's gradient.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR; per sample: LOSS_WITHOUT_PARTS,
 *   PARAMETER_WITHOUT_LAYER
 * @see ours; perturbations of low rank in an evolution strategy: EGGROLL 2025 (2511.16652)
 * @example
 * const e = lowRank({ directions: 4 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 5
 */
export const lowRank = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'lowRank',
    summary: 'random forward gradient along directions of rank one in each weight',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'as `rfg` with v = abᵀ for each matrix, a and b of ±1',
      cost: '1 + K; 2 + K with `perSample`',
      bias: 'none; with `perSample` as `activity`',
      variance: '(d − 1)/K; with `perSample` (d_l − 1)(V + S)/(NK S)',
      use: 'fewer random numbers than `rfg`',
      plainly:
        'It nudges all weights in one simple random direction and measures the effect, carried through every spike.',
      needs: 'jvp',
      unbiased: true,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: LowRankOptions = {}): Estimator<Stateless> => {
      const { scope, perSample, directions: count } = read(settings)
      const shared = rfg({ scope, directions: count, distribution: rankOne })
      if (!perSample) return { ...shared, name: 'lowRank' }
      return {
        ...shared,
        name: 'lowRank(perSample)',
        unbiased: 'oneHiddenLayer',
        estimate(loss, params, state, { key }) {
          const at = locate('lowRank', loss, params)
          const inputs = passAt(at, [], [], null).presynaptic
          const { losses, delta, rest } = throughReadout(at, (perturbation) =>
            estimates(at, inputs, count, key, perturbation),
          )
          const exact = treeLeaves(fromDeltas(at, inputs, [...at.hidden.map(() => null), delta]))
          const grad = exact.map((g, leaf) => add(g, rest[leaf]!))
          return { value: mean(losses), grad: at.rebuild(grad), state, stats: cost(2 + count) }
        },
      }
    },
)

/** The losses, and the estimate of the gradient of the hidden layers, by leaf. */
function estimates<P extends Tree>(
  at: Located<P>,
  inputs: readonly Tensor[],
  count: number,
  key: Key,
  perturbation: Tensor,
): Pass<readonly Tensor[]> {
  const { samples } = at.parts
  const all = rowsOf(at.parts)
  const { dtype } = at
  const one = (k: Tensor | number): Pass<readonly Tensor[]> => {
    const own = key.fold(k)
    const draws = at.hidden.map((layer, l) => {
      const [a, b] = [own.fold(l).fold(0), own.fold(l).fold(1)]
      const { fanIn } = layer.affine
      checkProduct(layer)
      const rows = signs(a, [all, fanIn + 1], { dtype })
      const columns = signs(b, [all, unitsOf(layer)], { dtype })
      const x = concatenate([inputs[l]!, ones([all, 1], dtype)], 1)
      // With the sign of the bias in b, the bias has a row of ones.
      const sign = slice(rows, [0, fanIn], [all, fanIn + 1])
      return {
        rows: mul(slice(rows, [0, 0], [all, fanIn]), sign),
        columns: mul(columns, sign),
        tangent: mul(sum(mul(x, rows), 1, { keepDims: true }), columns),
      }
    })
    const zero = draws.map(({ tangent }) => zerosLike(tangent))
    const run = (perturbations: readonly Tensor[]): { losses: Tensor } => ({
      losses: at.parts.head(passAt(at, at.hidden, perturbations, perturbation).output),
    })
    const [pass, slope] = jvp(run, [zero], [draws.map((d) => d.tangent)])
    const deltas = draws.map((d) => mul(forRows(at.parts, slope.losses, d.columns), d.columns))
    const presynaptic = [...draws.map((d) => d.rows), inputs.at(-1)!]
    const grad = gradientAt(at, presynaptic, [...deltas, null])
    return { losses: pass.losses, rest: treeLeaves(grad).map((g) => mul(g, 1 / samples)) }
  }
  if (count === 1) return one(0)
  const each = vmap((k: Tensor) => one(k))(arange(count, 'u32'))
  return { losses: first(each.losses), rest: each.rest.map((g) => mean(g, 0)) }
}

/** @throws LAYERS_UNSUITABLE if a layer is no product of a matrix */
function checkProduct({ affine }: Layer): void {
  if (affine.shape.length === 2 && affine.weight.length === 1) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `lowRank: layer '${affine.name}' is no product with a matrix, and a direction for each sample has the rank one of a matrix; use activity, or perSample: false`,
  )
}
