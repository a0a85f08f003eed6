import { checkpoint, defineFactory, defineOptions, either, flag, integer, valueAndGrad } from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Stateless } from '@spikeward/core'
import { layOut } from '../shared/leaves.js'
import { cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * Stores the states at the start of every segment of this many steps and runs each segment again in the reverse pass;
   * `true` uses √T. Default `false`: every step is stored.
   */
  checkpoint: either(
    flag({ default: false, help: 'store √T of T steps, or one of every n, and recompute the others' }),
    integer({ min: 1, default: 1, help: 'steps of a segment' }).type,
  ),
}))

/** Options of {@link bp}. */
export type BpOptions = OptionsOf<typeof options>

/**
 * Back-propagation through time: ĝ = ∇L, by reverse mode, through the surrogate slopes.
 *
 * The reference that all others are measured against.
 *
 * - Cost: 3 forward units (the forward pass, and about two more for the reverse pass); 4 with `checkpoint`, which runs
 *   the pass twice.
 * - Memory grows with T: every layer's membrane is stored for every step. With segments of n steps it grows as T/n + n,
 *   so as √T for `checkpoint: true`; see `checkpoint` of @spikeward/core. The gradient is the same up to rounding.
 * - Bias: none, by definition. Variance: none.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Werbos 1990; with surrogate slopes: Neftci, Mostafa & Zenke 2019 (1901.09948); segments: Griewank & Walther
 *   2000, Chen et al. 2016 (1604.06174)
 * @example
 * const e = bp({ checkpoint: true })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 4
 */
export const bp = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'bp',
    summary: 'back-propagation through time: the reference',
    guide: [
      {
        when: 'a reference, and memory for all T steps',
        choose: '`bp`',
        why: 'every other estimator is measured against it',
      },
    ],
    options,
    facts: {
      estimate: 'g, by reverse mode through time',
      cost: '3; 4 with `checkpoint`',
      bias: 'none',
      variance: '0',
      use: 'a reference; memory grows with T, or with √T under `checkpoint`',
      plainly: 'It runs backwards: it stores every time step, and carries the error back through all of them.',
      loss: 'any',
      needs: 'vjp',
      unbiased: true,
      reverseOverTime: true,
      reverseOverLayers: true,
      weightTransport: 'all',
      withoutTransport: 'none: it is the reference',
      local: 'nothing',
      memoryInTime: 'linear',
      formsReadout: false,
    } satisfies EstimatorFacts,
  },
  (read) =>
    (settings: BpOptions = {}): Estimator<Stateless> => {
      const { checkpoint: cut } = read(settings)
      const segments = cut === true ? {} : cut === false ? null : { every: cut }
      return {
        name: 'bp',
        needs: 'vjp',
        unbiased: true,
        init: () => ({}),
        estimate(loss, params, state) {
          const p = layOut(loss, params)
          const whole = segments === null ? p.loss : checkpoint(p.loss, segments)
          const [value, grad] = valueAndGrad(whole)(p.tensors)
          return { value, grad: p.rebuild(grad), state, stats: cost(segments === null ? 3 : 4) }
        },
      }
    },
)
