import {
  add,
  broadcastTo,
  cast,
  choice,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  equal,
  expandDims,
  iota,
  jvp,
  matmul,
  mean,
  mul,
  onesLike,
  scan,
  slice,
  squeeze,
  sum,
  transpose,
  treeMap,
  vmap,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { matrices } from '../feedback/matrices.js'
import { openTransport, transportOptions } from '../feedback/transport.js'
import type { TransportState } from '../feedback/transport.js'
import { bySample } from '../shared/layers/affineLayers.js'
import { cost } from '../shared/cost.js'
import { locateSequence } from './locateSequence.js'
import type { LocatedSequence } from './locateSequence.js'

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

const facts = {
  estimate: '∇Wᵢⱼ = Σ_t (∂ℓ_t/∂y B)ⱼ F_κ(e_t)ᵢⱼ, e the trace of a synapse, F_κ the filter of the readout',
  cost: '1 + m + n + 1 + c, c the learned coefficients of a neuron',
  bias: 'omits the effect of a spike on other neurons through recurrent weights',
  variance: '0 given B',
  use: 'recurrent layers over long times: memory constant in T',
  plainly:
    'Each connection remembers its recent activity, and at every moment the error at the output tells it whether that was good.',
  loss: 'over time',
  needs: 'jvp',
  unbiased: false,
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'readout',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error at the output',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link eProp}. */
export type EPropOptions = OptionsOf<typeof options>

/**
 * Eligibility propagation: learns the weights of a recurrent layer online, by a trace for each synapse carried forward in time and the
 * error at the readout. There is no reverse pass over time, and no stored spike train.
 *
 * With a_t = x_t W + z_{t−1} V + b the currents, and p_t = (x_t, z_{t−1}, 1) the inputs of the synapses,
 *
 *     ȧ_t,ᵢⱼ = p_t,ᵢ (+ Vⱼⱼ ė_{t−1},ᵢⱼ with `diagonal`),   (ṡ_t, ė_t)ᵢⱼ = ∂neuron(s_{t−1}, a_t)ⱼ · (ṡ_{t−1}, ȧ_t)ᵢⱼ
 *     f_t = κ f_{t−1} + (1 − κ) ė_t,   ∇(W, V, b)ᵢⱼ = (1/N) Σₙ Σ_t (∂ℓ_t/∂y_t Bᵀ)ₙⱼ f_t,ₙᵢⱼ
 *
 * with B the readout's weight or learned feedback (see `transport`). Forward mode gives the exact derivative of every
 * neuron model, including the reset. Learned coefficients of neurons have a trace each. The gradient of the readout is
 * exact.
 *
 * - Cost: 1 + m + n + 1 + c, one tangent of the neurons for each of the m + n + 1 inputs of a neuron and each of its c learned
 *   coefficients, without products of matrices; stored: the traces [m + n + 1 + c, batch, n], for any T.
 * - Bias: the traces omit the effect of a spike on other neurons through V. The gradient, ∇V included, is exact if V =
 *   0, and with `diagonal` if V is diagonal. Variance: none given B.
 * - Reverse pass over time or layers: none. Weight transport: of the readout, only with `transport: 'weights'`.
 *
 * Also known as symmetric (`weights`) or random (`random`) e-prop.
 *
 * @throws LOSS_WITHOUT_SEQUENCE, PARAMETER_WITHOUT_LAYER, INVALID_OPTION, UNKNOWN_OPTION
 * @see Bellec et al. 2020, Nature Communications 11, 3625, who give the traces of two neuron models by hand; Menick et al. 2020 (2006.07232), SnAp
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
        choose: '`eProp` (library only)',
        why: 'a trace for each synapse and the error of every step, in memory that does not grow with T',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (given: EPropOptions = {}): Estimator<TransportState> => {
      const filled = read(given)
      const how = openTransport(filled)
      return {
        name: 'eProp',
        needs: 'jvp',
        unbiased: false,
        init: (params) => how.init(params),
        estimate(loss, params, state) {
          const at = locateSequence('eProp', loss, params)
          const next = how.update(params, state)
          const readout = matrices(params).findIndex(({ leaf }) => leaf === at.readoutWeight)
          const { losses, grad } = online(at, transpose(how.weight(params, next, readout)), filled.recurrence)
          const [m, n] = at.tensors[at.weight]!.shape as [number, number]
          return {
            value: mean(losses),
            grad,
            state: next,
            stats: cost(1 + m + n + 1 + at.coefficients.length),
          }
        },
      }
    },
)

/** Derivatives by a number of parameters of each neuron: of its state, of its output, and of the filtered output; K leads each. */
type Traces = { readonly state: Tree; readonly output: Tensor; readonly filtered: Tensor }

/** The values that a time step passes on to the next. */
type Carry = {
  readonly state: Tree
  readonly spikes: Tensor
  readonly rates: Tensor
  readonly losses: Tensor
  readonly synapses: Traces
  readonly coefficients: readonly Traces[]
  readonly grad: {
    /** Of W, V and b, stacked: [m + n + 1, n]. */
    readonly synapses: Tensor
    readonly coefficients: readonly Tensor[]
    readonly weight: Tensor
    readonly bias: Tensor
  }
}

/** Runs the sequence once and accumulates the gradient on the way. */
function online<P extends Tree>(
  at: LocatedSequence<P>,
  feedback: Tensor,
  recurrence: 'none' | 'diagonal',
): { losses: Tensor; grad: P } {
  const { parts, tensors } = at
  const params = at.rebuild(tensors)
  const [weight, recurrent, bias] = [tensors[at.weight]!, tensors[at.recurrent]!, tensors[at.bias]!]
  const [readoutWeight, readoutBias] = [tensors[at.readoutWeight]!, tensors[at.readoutBias]!]
  const [m, n] = weight.shape as [number, number]
  const inputs = m + n + 1
  const { leak } = parts.readout
  const filter = (before: Tensor, now: Tensor): Tensor => add(mul(before, leak), mul(now, 1 - leak))
  /** Vⱼⱼ as a row. */
  const eye = cast(equal(iota([n, n], 0, 'i32'), iota([n, n], 1, 'i32')), weight.dtype)
  const self = recurrence === 'diagonal' ? sum(mul(recurrent, eye), 0) : null
  const fedBack = (tangent: Tensor, output: Tensor): Tensor =>
    self === null ? tangent : add(tangent, mul(output, self))

  const state = parts.rest()
  const silent = zeros([parts.samples, n], weight.dtype)
  const begin = (count: number): Traces => {
    const many = (t: Tensor): Tensor => broadcastTo(zerosLike(t), [count, ...t.shape])
    return { state: treeMap(many, state), output: many(silent), filtered: many(silent) }
  }
  const start: Carry = {
    state,
    spikes: silent,
    rates: silent,
    losses: zeros([parts.samples], weight.dtype),
    synapses: begin(inputs),
    coefficients: at.coefficients.map(() => begin(1)),
    grad: {
      synapses: broadcastTo(zerosLike(bias), [inputs, n]),
      coefficients: at.coefficients.map(() => zerosLike(bias)),
      weight: zerosLike(readoutWeight),
      bias: zerosLike(readoutBias),
    },
  }

  const advance = (c: Carry, now: Tree): Carry => {
    const x = parts.input(now)
    const current = add(add(matmul(x, weight), matmul(c.spikes, recurrent)), bias)
    const seen = concatenate([
      transpose(x),
      transpose(c.spikes),
      onesLike(slice(transpose(x), [0, 0], [1, parts.samples])),
    ])
    const step = (s: Tree, a: Tensor): { state: Tree; output: Tensor } => parts.neuron(params, s, a)
    const { state: after, output: spikes } = step(c.state, current)
    const synapses = vmap(
      ({ moved, output, input }: { moved: Tree; output: Tensor; input: Tensor }) =>
        jvp(step, [c.state, current], [moved, fedBack(broadcastTo(input, current.shape), output)])[1],
    )({ moved: c.synapses.state, output: c.synapses.output, input: expandDims(seen, 2) })
    const coefficients = at.coefficients.map((leaf, i) => {
      const before = c.coefficients[i]!
      const withLeaf = (value: Tensor, s: Tree, a: Tensor): { state: Tree; output: Tensor } =>
        parts.neuron(at.rebuild(tensors.map((t, j) => (j === leaf ? value : t))), s, a)
      return vmap(
        ({ moved, output }: { moved: Tree; output: Tensor }) =>
          jvp(
            withLeaf,
            [tensors[leaf]!, c.state, current],
            [onesLike(tensors[leaf]!), moved, fedBack(zerosLike(current), output)],
          )[1],
      )({ moved: before.state, output: before.output })
    })
    const rates = filter(c.rates, spikes)
    const y = add(matmul(rates, readoutWeight), readoutBias)
    const { losses, delta } = bySample(y, (o) => ({ losses: parts.head(o, now), rest: [] }))
    const error = matmul(delta, feedback)
    const traces = (before: Traces, moved: { state: Tree; output: Tensor }): Traces => ({
      state: moved.state,
      output: moved.output,
      filtered: filter(before.filtered, moved.output),
    })
    const own = traces(c.synapses, synapses)
    const others = coefficients.map((moved, i) => traces(c.coefficients[i]!, moved))
    return {
      state: after,
      spikes,
      rates,
      losses: add(c.losses, losses),
      synapses: own,
      coefficients: others,
      grad: {
        synapses: add(c.grad.synapses, sum(mul(own.filtered, error), 1)),
        coefficients: c.grad.coefficients.map((g, i) => add(g, sum(mul(squeeze(others[i]!.filtered, 0), error), 0))),
        weight: add(c.grad.weight, matmul(transpose(rates), delta)),
        bias: add(c.grad.bias, sum(delta, 0)),
      },
    }
  }
  const [{ losses, grad }] = scan((c: Carry, now: Tree): [Carry, Tree] => [advance(c, now), []], start, parts.drive)
  const leaves = [...tensors]
  const put = (leaf: number, g: Tensor): void => {
    leaves[leaf] = div(g, parts.samples)
  }
  put(at.weight, slice(grad.synapses, [0, 0], [m, n]))
  put(at.recurrent, slice(grad.synapses, [m, 0], [m + n, n]))
  put(at.bias, squeeze(slice(grad.synapses, [m + n, 0], [inputs, n]), 0))
  at.coefficients.forEach((leaf, i) => {
    const g = grad.coefficients[i]!
    put(leaf, tensors[leaf]!.ndim === 0 ? sum(g) : g)
  })
  put(at.readoutWeight, grad.weight)
  put(at.readoutBias, grad.bias)
  return { losses, grad: at.rebuild(leaves) }
}
