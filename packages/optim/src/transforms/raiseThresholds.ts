import {
  SpikewardError,
  add,
  cast,
  defineFactory,
  defineOptions,
  integer,
  less,
  mul,
  number,
  treeFlatten,
  treePaths,
  treeUnflatten,
} from '@spikeward/core'
import type { Optimizer } from '@spikeward/core'
import { type CountState, zeroCount } from './scale.js'

const rise = /* @__PURE__ */ defineOptions(() => ({
  by: number({ required: true, help: 'sum of what is added to every threshold' }),
  steps: integer({ min: 1, required: true, help: 'steps of training in which it is added' }),
}))

const isThreshold = (path: string): boolean => path.split('.').at(-1) === 'threshold'

/**
 * Threshold annealing, behind an optimiser: learned thresholds θ rise while weights adapt, so that fewer and fewer
 * events pass.
 *
 *     u = g + by/steps  for thresholds, in the first `steps` steps;   u = g  for all others
 *
 * The gradient moves thresholds too, so that those of units whose events are needed can stay behind. They are
 * parameters of the trained network like any other: chips and files hold them as they ended.
 *
 * @param by the whole rise, in units of the membrane
 * @param steps steps of training that it takes; linear
 * @throws INVALID_OPTION; UNKNOWN_LAYER if no parameter is a threshold
 * @example const optimizer = chain(adam(1e-3), raiseThresholds(0.5, 1000)) // with lif({ learn: ['threshold'] })
 */
export const raiseThresholds = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'raiseThresholds',
    summary: 'threshold annealing: learned thresholds rise over the first steps',
    facts: { update: 'g + by/steps for thresholds, behind an optimiser', state: 'step' },
    arguments: rise,
  },
  (read) =>
    (by: number, steps: number): Optimizer<CountState> => {
      read({}, { by, steps })
      return {
        name: `raiseThresholds(${by}, ${steps})`,
        init(params) {
          if (treePaths(params).some(isThreshold)) return { step: zeroCount() }
          throw new SpikewardError(
            'UNKNOWN_LAYER',
            'raiseThresholds: the network learns no thresholds that could rise; take neurons that do, such as lif(learn=[threshold])',
          )
        },
        update(grad, { step }) {
          const { leaves, structure } = treeFlatten(grad)
          const paths = treePaths(grad)
          const updates = leaves.map((g, i) =>
            isThreshold(paths[i]!) ? add(g, mul(cast(less(step, steps), g.dtype), by / steps)) : g,
          )
          return { updates: treeUnflatten(structure, updates) as typeof grad, state: { step: add(step, 1) } }
        },
      }
    },
)
