import {
  SpikewardError,
  add,
  defineFactory,
  defineOptions,
  matmul,
  mul,
  neuronOption,
  normal,
  number,
  zeros,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor, Tree } from '@spikeward/core'

/** A record of parameters or of states, such as every model here has. */
type TreeRecord = { readonly [name: string]: Tree }

/** Parameters of a recurrent layer: those of its neurons, and the weights [n, n] from outputs to currents. */
export type RecurrentParams<P extends TreeRecord> = P & { readonly feedbackWeight: Tensor }

/** State of a recurrent layer: that of its neurons, and their outputs of the step before. */
export type RecurrentState<S extends TreeRecord> = S & { readonly feedback: Tensor }

/**
 * A layer whose neurons drive each other. It has the functions of a neuron model, so that `scan`, `unroll` and networks
 * take it, but it is **not pointwise**, and its `pointwise` is false:
 *
 * - its parameters include a matrix [n, n]; the last axis of its states and currents is the n neurons;
 * - its scan is a loop with a product in every step, not one kernel, and the product is dense: a carried tensor is not
 *   known to be binary;
 * - an estimator that relies on neurons not seeing each other (exact eligibility traces) must refuse it by `pointwise`.
 */
export interface RecurrentLayer<P extends TreeRecord, S extends TreeRecord>
  extends NeuronModel<RecurrentParams<P>, RecurrentState<S>> {
  readonly pointwise: false
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Gain of the initial weights, which are N(0, gain²/n). 0 starts without recurrence. */
  gain: number({ min: 0, default: 1, help: 'gain of the initial weights, N(0, gain²/n)' }),
}))

const positional = /* @__PURE__ */ defineOptions(() => ({
  model: neuronOption({ required: true, help: 'the neurons of the layer' }),
}))

/** Options of {@link recurrent}. */
export type RecurrentOptions = OptionsOf<typeof options>

/**
 * Recurrent layer: any neuron model, each neuron driven by the last outputs of all.
 *
 *     (state_t, y_t) = model.step(state_{t−1}, x_t + y_{t−1} V),   V of shape [n, n], V[i, j] from neuron i to j
 *
 * Around `leakyIntegrateAndFire` it is the recurrent LIF. The order is the model's, with the feedback in the charge;
 * y_{−1} = 0. Currents are [batch, n], or of any shape that ends in n. {@link RecurrentLayer} states its cost.
 *
 * snnTorch's `RLeaky` has a bias in V (here it belongs to x) and starts V uniform on ±1/√n; for its elementwise V
 * (`all_to_all` false) use your own diagonal matrix.
 *
 * @throws INVALID_OPTION; INVALID_MODEL if the model has its own `feedbackWeight` or `feedback`
 * @example
 * const layer = recurrent(integrateAndFire())
 * const params = { feedbackWeight: tensor([[0, 1], [0, 0]]) } // neuron 0 makes neuron 1 fire a step later
 * const { outputs } = unroll(layer, params, layer.rest([2]), tensor([0.6, 0.01]), { steps: 4 }, spike(atan()))
 * await outputs.data() // [0, 0, 1, 0, 0, 1, 1, 0]
 */
export const recurrent = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'recurrent',
    summary: 'recurrent layer of any neuron: each is driven by the last outputs of all',
    facts: {
      equation: 'any model, driven by x + yV, y the last outputs of the layer',
      use: 'connections within a layer',
      nirNode: 'Linear',
    },
    arguments: positional,
    options,
  },
  (read) =>
    <P extends TreeRecord, S extends TreeRecord>(
      model: NeuronModel<P, S>,
      settings: RecurrentOptions = {},
    ): RecurrentLayer<P, S> => {
      const { gain } = read(settings, { model })
      const free = (record: TreeRecord, name: string): void => {
        if (!Object.hasOwn(record, name)) return
        throw new SpikewardError(
          'INVALID_MODEL',
          `recurrent: ${model.name} has its own ${name}, which the layer's would hide; it may be recurrent already; rename that entry`,
        )
      }
      return {
        name: `recurrent(${model.name})`,
        pointwise: false,
        init(key, n) {
          const [own, weights] = key.split(2)
          const params = model.init(own!, n)
          free(params, 'feedbackWeight')
          return { ...params, feedbackWeight: mul(gain / Math.sqrt(n), normal(weights!, [n, n])) }
        },
        rest(shape, dtype = 'f32') {
          const state = model.rest(shape, dtype)
          free(state, 'feedback')
          return { ...state, feedback: zeros(shape, dtype) }
        },
        step({ feedbackWeight, ...params }, { feedback, ...before }, x, spike) {
          // The rest of the records is P and S: only the layer's own entry was removed.
          const driven = add(x, matmul(feedback, feedbackWeight))
          const { state, output } = model.step(params as unknown as P, before as unknown as S, driven, spike)
          return { state: { ...state, feedback: output }, output }
        },
      }
    },
)
