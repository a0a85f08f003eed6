import {
  SpikewardError,
  add,
  arange,
  cast,
  choice,
  defineFactory,
  defineOptions,
  dotGeneral,
  expandDims,
  jvp,
  mul,
  solveSpd,
  squeeze,
  vmap,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Key, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { type DirectionalEstimate, contract, first } from './along.js'
import { basis, gaussianDistribution } from './distributions.js'
import { layOut, restrict } from '../shared/leaves.js'
import { orthonormal } from './orthonormal.js'
import { directionsOption } from '../shared/estimatorOptions.js'
import { alongWeights, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * K, default 8: directions in all (`global`; at most the number of parameters), or for each tensor (`tensor`; at most
   * its number of entries).
   */
  directions: directionsOption({ fallback: 8 }),
  /** `global` (default): directions span all parameters. `tensor`: each tensor has its own. */
  scope: choice(['global', 'tensor'], {
    default: 'global',
    help: 'directions over all parameters, or over each tensor',
  }),
  /**
   * `unbiased` (default): times d/K. `projection`: unscaled, as in the paper. `length`: times √(d/K), so that ‖ĝ‖ is
   * about ‖g‖.
   */
  scale: choice(['unbiased', 'projection', 'length'], {
    default: 'unbiased',
    help: 'factor of the projection: d/K, 1 or √(d/K)',
  }),
  /**
   * How the projection is computed. `gram` (default): slopes along the drawn directions, and a K×K system. `qr`: slopes
   * along orthonormal directions. Both give the same estimate in exact arithmetic.
   */
  by: choice(['gram', 'qr'], { default: 'gram', help: 'solve a K×K Gram matrix, or make the directions orthonormal' }),
}))

/** Options of {@link orthogonalTangents}. */
export type OrthogonalTangentsOptions = OptionsOf<typeof options>

/**
 * The projection of the gradient on the span of K Gaussian directions: ĝ = c · V (VᵀV)⁻¹ Vᵀg, or ĝ = c · Q Qᵀg with V =
 * QR.
 *
 * With `gram` the slopes Vᵀg are K directional derivatives, and Cholesky factors the K×K Gram matrix VᵀV: one product.
 * With `qr` Gram–Schmidt makes the directions orthonormal one after another (twice, to remove rounding errors), and the
 * slopes are Qᵀg: K sequential steps. Compared with the mean over the same directions, a projection removes their
 * overlap, which is small unless K is near d:
 *
 *     E‖ĝ − g‖²/‖g‖² = 1 − K/d (c = 1),   d/K − 1 (c = d/K),   2 − 2√(K/d) (c = √(d/K));   (d + 1)/K for the mean
 *
 * With K = d it uses the basis, and the gradient is exact; K > d is an error. For K just below d, the Gram matrix is
 * ill-conditioned in f32, since its condition number is the square of that of V; use `qr` there. Far below d the two
 * agree to rounding, and `gram` is cheaper.
 *
 * - Cost: 1 + K forward units; `tensor` 1 + Σ min(K, d_t). Bias: `unbiased` none, since E V(VᵀV)⁻¹Vᵀ = (K/d) I; the
 *   other two shrink by c·K/d. Variance: as above.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR; TOO_MANY_DIRECTIONS
 * @see Flügel et al. 2024 (2410.17764), FROG, by QR or Gram–Schmidt; the Gram matrix is ours
 * @example
 * // As many directions as there are parameters are exact.
 * const e = withCosine(orthogonalTangents({ directions: 13, scale: 'projection' }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const orthogonalTangents = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'orthogonalTangents',
    summary: 'projection of the gradient on K random directions',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'c V (VᵀV)⁻¹ Vᵀg, by a Gram matrix or QR',
      cost: '1 + K',
      bias: 'none for c = d/K; c = 1 and c = √(d/K) shrink',
      variance: 'd/K − 1; 1 − K/d; 2 − 2√(K/d)',
      use: 'K near d: small networks, tensor by tensor',
      plainly: 'It nudges all weights in several directions without overlap, and adds up their results.',
      needs: 'jvp',
      unbiased: true,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: OrthogonalTangentsOptions = {}): Estimator<Stateless> => {
      const { scope, scale, by, directions: count } = read(settings)
      return {
        name: 'orthogonalTangents',
        needs: 'jvp',
        unbiased: scale === 'unbiased',
        init: () => ({}),
        estimate(loss, params, state, { key }) {
          const p = layOut(loss, params)
          if (scope === 'global') {
            if (count > p.size) {
              throw new SpikewardError(
                'TOO_MANY_DIRECTIONS',
                `orthogonalTangents: ${count} directions in a space of ${p.size} parameters, of which at most ${p.size} can be independent; give at most ${p.size}, which gives the exact gradient`,
              )
            }
            const { value, grad } = projected(p.loss, p.tensors, { count, scale, by }, key)
            return { value, grad: p.rebuild(grad), state, stats: cost(1 + count) }
          }
          const each = p.tensors.map((t, i) => projected(restrict(p, [i]), [t], { count, scale, by }, key.fold(i)))
          const spent = p.tensors.reduce((n, t) => n + Math.min(count, t.size), 1)
          return { value: each[0]!.value, grad: p.rebuild(each.map((e) => e.grad[0]!)), state, stats: cost(spent) }
        },
      }
    },
)

function projected(
  f: (tensors: readonly Tensor[]) => Tensor,
  at: readonly Tensor[],
  { count, scale, by }: { readonly count: number } & Required<Pick<OrthogonalTangentsOptions, 'scale' | 'by'>>,
  key: Key,
): DirectionalEstimate {
  const d = at.reduce((n, t) => n + t.size, 0)
  const all = count >= d
  const tangents = vmap((k: Tensor) => (all ? basis(at, k) : gaussianDistribution.sample(key.fold(k), at)))(
    arange(all ? d : count, 'i32'),
  )
  const v = by === 'qr' && !all ? orthonormal(tangents) : tangents
  const each = vmap((direction: readonly Tensor[]) => {
    const [value, slope] = jvp(f, [at], [direction])
    return { value, slope }
  })(v)
  const value = first(each.value)
  const factor = all ? 1 : { unbiased: d / count, projection: 1, length: Math.sqrt(d / count) }[scale]
  const weights = mul(all || by === 'qr' ? each.slope : solveGram(v, each.slope), factor)
  return { value, grad: v.map((x) => contract(weights, x)) }
}

/**
 * (VᵀV)⁻¹ s: the coefficients of the directions whose sum has the given slopes along them.
 *
 * @param v directions [K, …], tensor by tensor
 * @param slopes s, [K]
 */
export function solveGram(v: readonly Tensor[], slopes: Tensor): Tensor {
  const gram = v
    .map((x) => {
      const axes = x.shape.slice(1).map((_, a) => a + 1)
      return cast(dotGeneral(x, x, { contract: [axes, axes], batch: [[], []] }), slopes.dtype)
    })
    .reduce((a, b) => add(a, b))
  return squeeze(solveSpd(gram, expandDims(slopes, 1)), 1)
}
