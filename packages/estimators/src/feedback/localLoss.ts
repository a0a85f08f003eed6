import {
  add,
  cast,
  choice,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  full,
  integer,
  matmul,
  mean,
  mul,
  neg,
  number,
  reshape,
  slice,
  square,
  sub,
  sum,
  transpose,
  zeros,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { checkOutputs, matrices, matrixOf } from '../shared/leaves.js'
import { type TransportState, openTransport, transportOptions } from './transport.js'
import { columnsOf } from '../secondOrder/jacobian.js'
import { residualsOf, ridgeSolve } from '../secondOrder/leastSquares.js'
import { type Located, bySample, errorAt, fromDeltas, locate, unitsOf } from '../layers/locate.js'
import { checkReadable, checkVectors, ownErrors } from '../layers/ownErrors.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of outputs of the network, which is needed before the estimator sees the network. */
  outputs: integer({ min: 1, default: 1, help: 'outputs of the network' }),
  /**
   * How a head learns: `trained` by a step down its own gradient, or `solved` by ridge regression on the samples of
   * each step, for a loss that is a mean of squares. The error signal is then the gradient of the least loss that a
   * linear head reaches.
   */
  heads: choice(['trained', 'solved'], {
    default: 'trained',
    help: 'heads trained by gradient steps, or solved by ridge regression in each step',
  }),
  /** `trained`: learning rate of the heads, 0 to 1, relative to the power of their inputs. */
  rate: number({ min: 0, max: 1, default: 0.1, help: 'trained heads: their learning rate' }),
  /** `solved`: ridge of the regression, relative to the mean power of a head's inputs. */
  ridge: number({ min: 0, default: 1e-3, help: 'solved heads: ridge, relative to the power of their inputs' }),
  ...transportOptions(),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: "the gradient of each layer's own loss, through its own head",
  cost: '2',
  bias: 'none for the local losses',
  variance: '0',
  use: 'several hidden layers, updated without an error from above',
  plainly: 'Each layer learns to answer by itself; no error passes from layer to layer.',
  unbiased: 'oneHiddenLayer',
  weightTransport: 'readout',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error at its own head',
}) satisfies EstimatorFacts

/** Options of {@link localLoss}. */
export type LocalLossOptions = OptionsOf<typeof options>

/** A head reads a layer's rates: [n, outputs] and [outputs]. */
export type Head = { readonly weight: Tensor; readonly bias: Tensor }

/**
 * State of {@link localLoss}: a head for each matrix among the parameters, of which that of the readout is not used,
 * and the feedback of heads and parameters.
 */
export type LocalLossState = { readonly heads: readonly Head[]; readonly transport: TransportState }

/**
 * One loss per hidden layer; no error passes through the layers above. Layer l is trained on the error of its own head,
 *
 *     y_l = r_l M_l + m_l,   δ_l = e_l ⊙ (∂ℓ/∂y_l M_lᵀ),   ∇W_l = (1/N) Σₙ xₙ δₙᵀ
 *
 * with r_l the rates of layer l, e_l its eligibility traces, and ℓ the network's own loss of each sample. The head of
 * the last hidden layer is the readout, as in {@link eligibility}. The heads are part of the state. They start at zero,
 * and each step descends their exact gradient, divided by the mean squared length of their input. Solved heads
 * (`heads: 'solved'`) minimise Σ‖residual‖²/M plus a ridge on the samples of the step before δ is formed, so that δ is
 * the gradient of the loss at the best linear head. Residuals that are not linear in the output, as those of a
 * nonlinear equation, are linearised at the output 0, and the head is the solution of that system.
 *
 * `transport` says how errors pass down through heads and readout: by their transposed weights, or by feedback.
 * `kolenPollack` heads and their feedback both start at zero and receive the same steps, so that they stay equal. A
 * mirror of solved heads lags, since they jump.
 *
 * Ren et al. perturb the layer's activity by noise for δ; one tangent of ones, the trace, gives its mean without noise
 * at the same cost, since the neurons of a layer do not act on each other. Noise would only add variance to the same
 * estimate.
 *
 * - Cost: 2 forward units. Bias: yes, it is the gradient of the local losses; if an affine
 *   layer's input is a spike train, its mean over time replaces it. For one hidden layer it equals `eligibility` and
 *   has no bias. Variance: none.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, LAYERS_UNSUITABLE, OUTPUTS_MISMATCH, INVALID_OPTION,
 *   UNKNOWN_OPTION; LOSS_WITHOUT_RESIDUALS for solved heads, if the loss is not a mean of squares
 * @see Ren et al. 2022 (2210.03310), greedy local losses; Nøkland & Eidnes 2019 (1901.06656)
 * @example
 * const e = withCosine(localLoss({ outputs: 1 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const localLoss = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'localLoss',
    summary: 'one loss per hidden layer through its own head, no error through layers',
    options,
    facts,
  },
  (read) =>
    (settings: LocalLossOptions = {}): Estimator<LocalLossState> => {
      const filled = read(settings)
      const { outputs, rate, ridge, heads: kind, transport } = filled
      const how = openTransport(filled)
      return {
        name: 'localLoss',
        needs: 'jvp',
        unbiased: transport === 'weights' ? 'oneHiddenLayer' : false,
        init(params) {
          const heads = matrices(params).map(({ tensor }) => {
            const dtype = tensor.dtype as FloatDType
            return { weight: zeros([tensor.shape.at(-1)!, outputs], dtype), bias: zeros([outputs], dtype) }
          })
          return { heads, transport: how.init(carriers(heads, params)) }
        },
        estimate(loss, params, state) {
          const at = locate('localLoss', loss, params)
          checkReadable('localLoss', at)
          checkVectors('localLoss', at.hidden.slice(0, -1))
          checkOutputs('localLoss', outputs, unitsOf(at.readout))
          const heads = [...state.heads]
          const measure = kind === 'solved' ? residualsOf('localLoss', at.parts) : null
          const own = ownErrors(at)
          const { losses, delta, presynaptic } = own
          const below = at.hidden.slice(0, -1).map((layer, l) => {
            const mine = matrixOf(params, layer)
            if (mine === null) return null
            const rates = presynaptic[l + 1]!
            if (measure !== null) heads[mine] = solved(at, rates, heads[mine]!, measure, ridge)
            const head = heads[mine]!
            const guess = add(matmul(rates, head.weight), head.bias)
            return { mine, head, rates, slope: errorAt(at, guess) }
          })
          const used = carriers(heads, params)
          const transport = how.update(used, state.transport)
          const down = (slope: Tensor, i: number): Tensor => matmul(slope, transpose(how.weight(used, transport, i)))
          const lower = below.map((layer) => (layer === null ? null : down(layer.slope, layer.mine)))
          const top = down(delta, heads.length + matrixOf(params, at.readout)!)
          if (measure === null) {
            for (const layer of below) {
              if (layer !== null) heads[layer.mine] = improved(layer.head, layer.rates, layer.slope, rate)
            }
          }
          const grad = fromDeltas(at, presynaptic, [...own.below([...lower, top]), delta])
          return { value: mean(losses), grad, state: { heads, transport }, stats: cost(2) }
        },
      }
    },
)

/** The weights that carry errors down: the heads, in the order of the matrices, and after them the parameters. */
const carriers = (heads: readonly Head[], params: Tree): Tree => [heads.map(({ weight }) => weight), params]

/**
 * The head h that minimises |r(0) + Jh|²/M + λ s|h|² on these rates, r the residuals and s the mean curvature of a
 * number of the head.
 */
function solved<P extends Tree>(
  at: Located<P>,
  rates: Tensor,
  before: Head,
  measure: (output: Tensor) => Tensor,
  ridge: number,
): Head {
  const nothing = mul(add(matmul(rates, before.weight), before.bias), 0)
  const { losses, delta } = bySample(nothing, (y) => ({ losses: measure(y), rest: [] }), at.parts.evaluations)
  const columns = columnsOf(at, at.readout, rates, delta)
  const whole = concatenate(
    columns.map((c) => c.columns),
    1,
  )
  const solution = neg(ridgeSolve(whole, losses, cast(full([], ridge), whole.dtype)))
  const { size } = before.weight
  const bias = at.readout.bias === null ? mul(before.bias, 0) : slice(solution, [size], [size + before.bias.size])
  return { weight: reshape(slice(solution, [0], [size]), before.weight.shape), bias }
}

/** A step down the head's own gradient: rate · rᵀδ / Σ (‖r‖² + 1). */
function improved(head: Head, rates: Tensor, slope: Tensor, rate: number): Head {
  const power = add(sum(square(rates)), rates.shape[0]!)
  const down = (w: Tensor, g: Tensor): Tensor => sub(w, mul(div(g, power), rate))
  return { weight: down(head.weight, matmul(transpose(rates), slope)), bias: down(head.bias, sum(slope, 0)) }
}
