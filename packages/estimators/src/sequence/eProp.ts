import {
  type Estimate,
  type Estimator,
  type EstimatorFacts,
  type Feedback,
  type Loss,
  type OnlineOptions,
  type OptionsOf,
  type SequenceParts,
  type Tensor,
  type Tree,
  SpikewardError,
  choice,
  defineFactory,
  defineOptions,
  layersOf,
  mean,
  online,
  passDown,
  take,
  tensor,
  treeMap,
  treePaths,
} from '@spikeward/core'
import { matrices } from '../shared/leaves.js'
import { type TransportState, openTransport, transportOptions } from '../feedback/transport.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...transportOptions(),
  /**
   * The paths through recurrent weights that a trace follows:
   *
   * - `none`: a trace stays in its neuron (e-prop);
   * - `diagonal`: it also follows the neuron's weight to itself, Vⱼⱼ (diagonal real-time recurrent learning, SnAp-1).
   */
  recurrence: choice(['none', 'diagonal'], {
    default: 'none',
    help: 'recurrent weights that a trace follows: none (e-prop), or that of a neuron to itself (diagonal RTRL)',
  }),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: '∇Wᵢⱼ = Σ_t (∂ℓ_t/∂y B)ⱼ F_κ(e_t)ᵢⱼ, e the trace of a synapse, F_κ the filter of the readout',
  cost: '3',
  bias: 'omits the effect of a spike on other neurons through recurrent weights',
  variance: '0 given B',
  use: 'recurrent layers over long times: memory constant in T',
  plainly:
    'Each connection remembers its recent activity, and at every moment the error at the output tells it whether that was good.',
  loss: 'over time',
  unbiased: false,
  weightTransport: 'readout',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error at the output',
}) satisfies EstimatorFacts

/** Options of {@link eProp}. */
export type EPropOptions = OptionsOf<typeof options>

/**
 * Eligibility propagation: learns the weights of a recurrent layer online, by a trace for each synapse carried forward
 * in time and the error at the readout. There is no reverse pass over time, and no stored spike train.
 *
 * With a_t = x_t W + z_{t−1} V + b the currents, and p_t = (x_t, z_{t−1}, 1) the inputs of the synapses,
 *
 *     ε_t,ᵢⱼ = D_t,ⱼ ε_{t−1},ᵢⱼ + Df_t,ⱼ p_t,ᵢ,   ∇(W, V, b)ᵢⱼ = (1/N) Σₙ Σ_t (∂ℓ_t/∂y_t Bᵀ) ∂y_t/∂h_t,ⱼ ε_t,ᵢⱼ
 *
 * with h the states of a neuron, its leaky readout included, D and Df their derivatives, and B the readout's weight or
 * learned feedback (see `transport`). It is rule `eProp` of `online` of @spikeward/core, summed over the sequence:
 * layers, states and learned coefficients are found in the time step (`Loss.sequence`) of any network, and traces of
 * fixed leaks factorise. The gradient of the readout is exact.
 *
 * - Cost: 3, the step, its traces and the products of the gradient; stored: a trace for each sample and synapse, and 8
 *   to 32 steps, for any T.
 * - Bias: the traces omit the effect of a spike on other neurons through V. The gradient, ∇V included, is exact if V =
 *   0, and with `diagonal` if V is diagonal. A layer below another with states learns only by what reaches the result
 *   without passing that. Variance: none given B.
 * - Reverse pass over time or layers: none. Weight transport: of the readout, only with `transport: 'weights'`.
 *
 * Also known as symmetric (`weights`) or random (`random`) e-prop.
 *
 * @throws LOSS_WITHOUT_SEQUENCE, NOT_ONLINE, NOT_FACTORISED, INVALID_OPTION, UNKNOWN_OPTION
 * @see Bellec et al. 2020, Nature Communications 11, 3625, who give the traces of two neuron models by hand; Menick et
 *   al. 2020 (2006.07232), SnAp
 * @example
 * // Unbiased on the loss of a spikingRnn: random directions estimate only the part that the traces omit.
 * const e = controlVariate(rfg({ directions: 8 }), { guess: eProp() })
 * e.name // 'controlVariate(rfg, eProp)'
 */
export const eProp = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'eProp',
    summary: 'eligibility propagation: recurrent weights learned online, by a trace for each synapse',
    guide: [
      {
        when: 'a recurrent layer over a long time',
        choose: '`eProp`',
        why: 'a trace for each synapse and the error of every step, in memory that does not grow with T',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (settings: EPropOptions = {}): Estimator<TransportState> => {
      const filled = read(settings)
      const { transport, recurrence } = filled
      const how = openTransport(filled)
      return {
        name: 'eProp',
        needs: 'jvp',
        unbiased: false,
        init: (params) => how.init(params),
        estimate(loss, params, state) {
          const parts = sequenceOf('eProp', loss)
          const next = how.update(params, state)
          const of = (index: number): Tensor => how.weight(params, next, index)
          const feedback = transport === 'weights' ? {} : feedbackOf(parts, params, of)
          const step = (p: typeof params, s: Tree, now: Tree): readonly [Tree, Tensor] =>
            passDown((q: typeof params, h: Tree, x: Tree): [Tree, Tensor] => [...parts.step(q, h, x)])(
              feedback,
              p,
              s,
              now,
            )
          return { ...overSequence({ ...parts, step }, params, { rule: 'eProp', recurrence }), state: next }
        },
      }
    },
)

/** The feedback of each layer whose weight is a matrix of the parameters. */
function feedbackOf<P extends Tree>(parts: SequenceParts<P>, params: P, weight: (matrix: number) => Tensor): Feedback {
  const paths = treePaths(params)
  const places = matrices(params).map(({ leaf }) => paths[leaf]!)
  const step = (p: P, state: Tree, now: Tree): Tree => [...parts.step(p, state, now)]
  const layers = layersOf(step, params, parts.rest(), firstOf(parts.drive))
  return Object.fromEntries(
    layers
      .filter(({ weight: w, direct }) => direct && w.every((path) => places.includes(path)))
      .map(({ name, weight: w }) => [name, w.map((path) => weight(places.indexOf(path)))]),
  )
}

/** @throws LOSS_WITHOUT_SEQUENCE */
export function sequenceOf<P extends Tree>(estimator: string, { sequence }: Loss<P>): SequenceParts<P> {
  if (sequence !== undefined) return sequence
  throw new SpikewardError(
    'LOSS_WITHOUT_SEQUENCE',
    `${estimator} carries traces through the time step of a network, but this loss has no time axis; train a recurrent network on sequences, whose loss has a \`sequence\`, or use rateBackpropagation for a feed-forward network`,
  )
}

/** The first slice of sequences. */
const firstOf = (drive: Tree): Tree => treeMap((t) => take(t, tensor(0, { dtype: 'i32' })), drive)

/**
 * Runs a sequence once, forward, and adds up the gradients of its steps: the estimate by a rule of traces, but for its
 * state.
 */
export function overSequence<P extends Tree>(
  parts: SequenceParts<P>,
  params: P,
  options: OnlineOptions,
): Omit<Estimate<Tree, P>, 'state'> {
  const { drive } = parts
  const learn = online((p: P, s: Tree, x: Tree) => parts.step(p, s, x), options)
  const start = learn.init(params, parts.rest(), firstOf(drive))
  const [, losses, grad] = learn.gradient(params, start, drive, (output, now) => parts.head(output, now))
  return { value: mean(losses), grad, stats: cost(3) }
}
