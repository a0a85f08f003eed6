import {
  type Estimator,
  type EstimatorFacts,
  type Feedback,
  type Key,
  type Loss,
  type Layer as FoundLayer,
  type OptionsOf,
  type Tensor,
  type Tree,
  SpikewardError,
  add,
  arange,
  cast,
  choice,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  jvp,
  mean,
  number,
  passDown,
  reshape,
  slice,
  square,
  traces,
  transpose,
  treePaths,
  vmap,
  zerosLike,
} from '@spikeward/core'
import { contract } from '../random/along.js'
import { type DampedState, damping, dampingOptions } from './damping.js'
import { type Distribution, basis, gaussianDistribution } from '../random/distributions.js'
import { type Columns, columnsOf, slopesAt } from './jacobian.js'
import { layOut, matrixOf, norm } from '../shared/leaves.js'
import { type OtherDerivatives, passAt } from '../layers/noisyPass.js'
import { residualsOf, ridgeSolve, scaledSolve } from './leastSquares.js'
import {
  refuseStray,
  layersAt,
  locateSome,
  outputOf,
  ownedBy,
  refuseComputedWeights,
  zeroPerturbation,
} from '../layers/locate.js'
import type { Located, Layer } from '../layers/locate.js'
import { type TransportState, openTransport, transportOptions } from '../feedback/transport.js'
import { directionsOption, distributionOption } from '../shared/estimatorOptions.js'
import { byLayers, cost } from '../shared/facts.js'

/** The default of `leastScale`. */
const MIN_SCALE = 1e-4

const options = /* @__PURE__ */ defineOptions(() => ({
  ...dampingOptions(1e-2),
  ...transportOptions(),
  /**
   * How hidden layers below the last one are trained: in the span of random `directions`, or by `traces`, where one
   * tangent per layer and the slopes passed down the layers give the columns of J.
   */
  below: choice(['directions', 'traces'], {
    default: 'directions',
    help: 'columns of J for layers below the last hidden one: random directions, or traces and the layers above',
  }),
  /**
   * The unit of λ: the `mean` curvature of all parameters, or the curvature of each parameter's own column of J
   * (`columns`). A parameter to which the residuals respond weakly, such as a small coefficient of a stiff equation,
   * hardly moves with `mean`. Default `mean`.
   */
  scaling: choice(['mean', 'columns'], {
    default: 'mean',
    help: 'what the damping is relative to: the mean curvature of all parameters, or that of each',
  }),
  /**
   * With `scaling: 'columns'`: a column of J counts at least as this share of the largest, by root mean square. With 1
   * all parameters have the same damping. Columns of neurons that hardly spike are small, and a larger share limits
   * their steps. Refused with `scaling: 'mean'`, on which it has no effect. Default 1e-4.
   */
  leastScale: number({
    min: 0,
    max: 1,
    default: MIN_SCALE,
    help: 'smallest scale of a column for the damping, relative to the largest',
  }),
  /** With `below: 'directions'`: their number. With 0 these layers are not trained. */
  directions: directionsOption({
    min: 0,
    fallback: 16,
    help: 'directions below the last hidden layer; 0 does not train these layers',
  }),
  /**
   * Precision of the linear system: that of the parameters, or `f64`. The condition number of JᵀJ is the square of that
   * of J, which limits the accuracy of a fit in f32. Not every device has f64.
   */
  precision: choice(['own', 'f64'], {
    default: 'own',
    help: 'precision of the linear system: that of the parameters, or f64',
  }),
  /** Distribution of the directions before they are scaled to length 1. */
  distribution: distributionOption(gaussianDistribution),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: 'the step (JᵀJ/M + λsI)⁻¹Jᵀr/M, J from eligibility traces',
  cost: '3',
  bias: 'a step, not a gradient',
  variance: '0 for one hidden layer',
  use: 'least squares with up to some thousand parameters and expensive steps; with `sgd`',
  plainly: 'It measures how every answer depends on the weights, forward in time, and solves for the best step.',
  unbiased: false,
  weightTransport: 'readout',
  withoutTransport: '`transport=weightMirror`, with an approximate J',
  local: 'nothing: one system couples all weights',
}) satisfies EstimatorFacts

/** Options of {@link gaussNewton}. */
export type GaussNewtonOptions = OptionsOf<typeof options>

/** State of {@link gaussNewton}: the damping of the next step, and the feedback weights. */
export type GaussNewtonState = DampedState & { readonly transport: TransportState }

/**
 * Forward Gauss–Newton / Levenberg–Marquardt: the step, not the gradient, of a least-squares loss L = (1/M) Σ r²,
 *
 *     Δ = (JᵀJ/M + λ s I)⁻¹ Jᵀr/M,   s = tr(JᵀJ)/(M d),   θ ← θ − Δ if L(θ − Δ) < L(θ)
 *
 * J = ∂r/∂θ is exact and forward only, from *one* tangent: with the eligibility traces e of {@link eligibility} and R =
 * ∂r/∂a at the readout, the column of hidden weight (i, j) is xₙᵢ eₙⱼ Σₒ Rₙₒ Wⱼₒ, and that of readout weight (j, o) is
 * rateₙⱼ Rₙₒ. The same system contains the readout. If M < d, it solves the equivalent form Jᵀ(JJᵀ/M + λsI)⁻¹r/M, of
 * size M.
 *
 * With `scaling: 'columns'` each parameter has its own damping: with cⱼ the root mean square of column j, uⱼ = max(cⱼ,
 * leastScale · maxᵢ cᵢ) and s the mean of (cⱼ/uⱼ)², the step is (JᵀJ/M + λs diag(u²))⁻¹Jᵀr/M. Without columns below the
 * least scale that is the damping λ diag(JᵀJ/M) of Marquardt, and the step does not depend on the units of the
 * parameters.
 *
 * Layers below the last hidden one move in the span of K random directions of length 1, each a column of J from its own
 * tangent (`below: 'directions'`). With `below: 'traces'` all of them move: the slopes pass down the layers as the
 * error of {@link rateBackpropagation} does, D^(l−1) = (D^l W_lᵀ) ⊙ e^(l−1). This J is exact in networks whose layers
 * pass on numbers, such as dense ones; above a layer of spike trains it uses their rates. Parameters that belong to no
 * layer, such as unknown coefficients of an equation, have exact columns: one tangent for each number, 64 at most.
 *
 * Residuals may take values of the network, as a stencil does, or exact derivatives in its coordinates: the slopes e
 * then say how each derivative of a neuron's output depends on those of its pre-activation at the same point, with one
 * tangent for each order, and J stays exact.
 *
 * The products with J and Jᵀ transport no weight: J is a matrix of measured numbers. The sum Σₒ Rₙₒ Wⱼₒ inside a column
 * does, since it takes the slopes of the residuals back over the readout's weight (with `traces` over the weights of
 * all layers but the first). Forward tangents of each neuron would give the same sum without a transposed weight, at
 * one pass of the residuals for each neuron. `transport` replaces Wᵀ by feedback: J is then approximate, and the true
 * loss still decides on the step.
 *
 * `grad` is Δ, or 0 if the step was rejected: apply it with `sgd(1)`, without momentum. λ is part of the state. J goes
 * through the surrogate; the true loss decides on the step.
 *
 * - Cost: 2 forward units for J, K more for lower layers by directions, or 1 for each by traces, and 1 to try the step;
 *   with exact derivatives, 1 for each layer and order in place of 1 for each layer; the solve is
 *   O(min(d, M)²(d + M)).
 *   Bias: a step is not a gradient, `unbiased` is false. Variance: none for one hidden layer.
 *
 * @throws LOSS_WITHOUT_PARTS, LOSS_WITHOUT_RESIDUALS, PARAMETER_WITHOUT_LAYER, LAYERS_UNSUITABLE, INVALID_OPTION,
 *   UNKNOWN_OPTION
 * @see Levenberg 1944, Marquardt 1963; J from traces is ours; in random subspaces: {@link subspaceGaussNewton}
 * @example
 * // The result is a step: apply it with sgd(1).
 * const e = gaussNewton({ damping: 1e-2 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await loss(treeMap(sub, params, grad)).item() < (await loss(params).item()) // true
 */
export const gaussNewton = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'gaussNewton',
    summary: 'forward Gauss–Newton: a damped step from a Jacobian of traces; apply it with sgd',
    guide: [
      {
        when: 'least squares, one hidden layer, up to some thousand parameters, expensive steps',
        choose: '`gaussNewton`',
        why: 'a Gauss–Newton step from exact traces',
      },
      {
        when: 'the same with several layers that pass on numbers: dense, or first spikes',
        choose: '`gaussNewton(below=traces, precision=f64)`',
        why: 'trains all layers, with transposed weights; equations with steep solutions need f64',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (settings: GaussNewtonOptions = {}): Estimator<GaussNewtonState> => {
      const filled = read(settings)
      const { directions, distribution, below, precision, scaling, leastScale } = filled
      // A stored run holds every option, so the default is accepted.
      if (scaling === 'mean' && leastScale !== MIN_SCALE) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `gaussNewton: leastScale ${leastScale} has no effect with scaling 'mean'; give scaling 'columns', or leave leastScale out`,
        )
      }
      const count = below === 'traces' ? 0 : directions
      const damped = damping(filled, precision === 'f64' ? 1e-12 : undefined)
      const how = openTransport(filled)
      return {
        name: 'gaussNewton',
        needs: 'jvp',
        unbiased: false,
        init: (params) => ({ ...damped.init(params), transport: how.init(params) }),
        estimate(loss, params, state, { key }) {
          const at = locateSome('gaussNewton', loss, params, { derivatives: true })
          const strays = straysOf(at, loss, params)
          const uses = layersAt(at)
          // A weight has several uses where residuals take derivatives of the network.
          const names = [...new Set(uses.map(({ affine }) => affine.name))]
          checkReadout(uses, names)
          refuseComputedWeights(
            'gaussNewton',
            uses.filter(({ affine }) => affine.name !== names.at(-1)),
            'its columns are those of the matrix itself',
            'use subspaceGaussNewton, or plain weights',
          )
          // Layers with columns, the last first.
          const chosen = below === 'traces' ? names : names.slice(-2)
          const traced = uses.filter(({ affine }) => chosen.includes(affine.name)).reverse()
          for (const { affine } of traced) checkProduct(affine)
          const random = count === 0 ? [] : leavesOf(uses.filter((use) => !traced.includes(use)))
          const entries = strays.reduce((n, leaf) => n + at.tensors[leaf]!.size, 0)
          // Tangents along random directions, and along each number outside of layers.
          const spans = [
            { leaves: random, directions: unitDirections(at, random, count, distribution, key) },
            { leaves: strays, directions: entriesOf(at, strays, entries) },
          ].filter(({ leaves }) => leaves.length > 0)
          const tangents = (random.length === 0 ? 0 : count) + entries
          const measure = residualsOf('gaussNewton', at.parts)
          const transport = how.update(params, state.transport)
          const feedback = feedbackOf(at, (layer) => how.weight(params, transport, matrixOf(params, layer)!))
          const derivatives: OtherDerivatives =
            (fn) =>
            (p, ...rest) =>
              passDown(traces(fn))(filled.transport === 'weights' ? {} : feedback, p, ...rest)
          const pass = (perturbations: readonly Tensor[]) => passAt(at, traced, perturbations, null, { derivatives })
          const { residuals, slopes } = slopesAt(
            at,
            (perturbations) => measure(pass(perturbations).output),
            traced.map(zeroPerturbation),
          )
          const { presynaptic } = passAt(at, [], [], null)
          const columns = together(
            traced.flatMap((use, i) => columnsOf(at, use, presynaptic[uses.indexOf(use)]!, slopes[i]!)),
          )
          const along = spans.map((span) => transpose(slopesAlong(at, span.leaves, span.directions, measure)))
          const whole = concatenate([...columns.map((c) => c.columns), ...along], 1)
          const solution =
            scaling === 'columns'
              ? scaledSolve(whole, residuals, state.damping, leastScale, precision)
              : ridgeSolve(whole, residuals, state.damping, precision)
          const step = at.tensors.map((t) => zerosLike(t))
          let offset = 0
          const next = (size: number): Tensor => slice(solution, [offset], [(offset += size)])
          for (const { leaf } of columns) step[leaf] = reshape(next(step[leaf]!.size), step[leaf]!.shape)
          for (const { leaves, directions } of spans) {
            const amounts = next(directions[0]!.shape[0]!)
            leaves.forEach((leaf, i) => (step[leaf] = contract(amounts, directions[i]!)))
          }
          const value = mean(square(residuals))
          const decided = damped.decide(value, at.tensors, step, layOut(loss, params).loss, state)
          const spent = cost(chosen.length + damped.cost + tangents)
          const stats = { ...spent, accepted: decided.accepted, damping: state.damping }
          return { value, grad: at.rebuild(decided.grad), state: { ...decided.state, transport }, stats }
        },
      }
    },
)

const leavesOf = (layers: readonly Layer[]): number[] => [
  ...new Set(layers.flatMap((p) => [p.weight, p.bias]).filter((leaf) => leaf !== null)),
]

/** The columns of each leaf: those of all uses, added. */
function together(columns: readonly Columns[]): Columns[] {
  const sums = new Map<number, Tensor>()
  for (const { leaf, columns: own } of columns) sums.set(leaf, sums.has(leaf) ? add(sums.get(leaf)!, own) : own)
  return [...sums].map(([leaf, own]) => ({ leaf, columns: own }))
}

/** @throws LAYERS_UNSUITABLE if there is no hidden layer, or the readout's weight is held constant */
function checkReadout(uses: readonly Layer[], names: readonly string[]): void {
  const refuse = (why: string): never => {
    throw new SpikewardError('LAYERS_UNSUITABLE', `gaussNewton: ${why}`)
  }
  const readout = names.at(-1)!
  if (names.length < 2) refuse(`the network has no affine layer below its readout '${readout}'; use bp or exactReadout`)
  if (uses.some(({ affine, weight }) => affine.name === readout && weight === null))
    refuse(
      `the weight of the readout '${readout}' is not among the parameters; this estimator computes its gradient: do not hold it constant`,
    )
}

/** The largest number of parameters outside of layers: each takes a tangent. */
const MAX_STRAY = 64

/** The leaves that belong to no layer. Throws PARAMETER_WITHOUT_LAYER if they have too many elements. */
function straysOf<P extends Tree>(at: Located<P>, loss: Loss<P>, params: P): number[] {
  const owned = new Set(ownedBy(at))
  const strays = at.tensors.flatMap((_, leaf) => (owned.has(leaf) ? [] : [leaf]))
  const numbers = strays.reduce((n, leaf) => n + at.tensors[leaf]!.size, 0)
  if (numbers > MAX_STRAY) refuseStray('gaussNewton', treePaths(params)[strays[0]!]!, loss, params)
  return strays
}

/** One direction along each of the n numbers of some leaves, [n, …] for each leaf. */
function entriesOf<P extends Tree>(at: Located<P>, leaves: readonly number[], count: number): Tensor[] {
  const like = leaves.map((leaf) => at.tensors[leaf]!)
  return leaves.length === 0 ? [] : vmap((i: Tensor) => basis(like, i))(arange(count, 'i32'))
}

/** K directions over some leaves, each of length 1 over all of them; [K, …] for each leaf. */
function unitDirections<P extends Tree>(
  at: Located<P>,
  leaves: readonly number[],
  count: number,
  distribution: Distribution,
  key: Key,
): Tensor[] {
  if (leaves.length === 0) return []
  const like = leaves.map((leaf) => at.tensors[leaf]!)
  return vmap((k: Tensor) => {
    const v = distribution.sample(key.fold(k), like)
    const length = norm(v)
    return v.map((x) => div(x, cast(length, x.dtype)))
  })(arange(count, 'u32'))
}

/** The slopes of the residuals along directions over some leaves, [K, M]. */
function slopesAlong<P extends Tree>(
  at: Located<P>,
  leaves: readonly number[],
  directions: readonly Tensor[],
  measure: (output: Tensor) => Tensor,
): Tensor {
  const run = (own: readonly Tensor[]): Tensor => {
    const all = [...at.tensors]
    leaves.forEach((leaf, i) => (all[leaf] = own[i]!))
    return measure(outputOf(at.parts, at.rebuild(all)))
  }
  const here = leaves.map((leaf) => at.tensors[leaf]!)
  return vmap((v: readonly Tensor[]) => jvp(run, [here], [v])[1])(directions)
}

/** Feedback by the names of the layers whose weight is a parameter. */
const feedbackOf = <P extends Tree>(at: Located<P>, weight: (layer: Layer) => Tensor): Feedback =>
  Object.fromEntries(
    layersAt(at).flatMap((layer) => (layer.weight === null ? [] : [[layer.affine.name, weight(layer)] as const])),
  )

/** @throws LAYERS_UNSUITABLE if a layer is no product of a matrix, whose columns are known */
function checkProduct({ name, shape, weight }: FoundLayer): void {
  if (shape.length === 2 && weight.length === 1) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `gaussNewton: layer '${name}' is no product with a matrix, and its columns of the Jacobian are not known; use subspaceGaussNewton`,
  )
}
