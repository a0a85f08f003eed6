import { add, cast, defineFactory, defineOptions, mul, number, treeLeaves, treeMap, zeros } from '@spikeward/core'
import type { DType, Optimizer, Stateless, Tensor, Tree } from '@spikeward/core'
import { type Schedule, rateArgument } from '../schedules.js'

/** The state of a transform that counts its steps: i32 scalar, 0 before the first. */
export type CountState = { readonly step: Tensor }

/** A step counter at 0. */
export const zeroCount = (): Tensor => zeros([], 'i32')

/** The dtype of scalars that are computed for these tensors: f64 if one of them is f64, else f32. */
export const widest = (tree: Tree): DType => (treeLeaves(tree).some((t) => t.dtype === 'f64') ? 'f64' : 'f32')

const factorArgument = /* @__PURE__ */ defineOptions(() => ({ factor: number({ required: true, help: 'factor (c)' }) }))

/**
 * Multiplies by a number: u = c g.
 *
 * @throws INVALID_OPTION if c is not finite
 */
export const scale = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'scale',
    summary: 'multiplication by a number',
    facts: { update: 'c g', state: 'none' },
    arguments: factorArgument,
  },
  (read) =>
    (factor: number): Optimizer<Stateless> => {
      read({}, { factor })
      return {
        name: `scale(${factor})`,
        init: () => ({}),
        update: (grad, state) => ({ updates: treeMap((g) => mul(g, factor), grad), state }),
      }
    },
)

/**
 * The last link of a chain: u = −r(t) g, with t counted from 0. The minus makes it a descent.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE for NaN, infinite or negative rates
 */
export const scaleByLearningRate = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'scaleByLearningRate',
    summary: 'the last link of a chain: minus the rate',
    facts: { update: '−r(t) g: the last link', state: 'step' },
    arguments: rateArgument,
  },
  (read) =>
    (rate: number | Schedule): Optimizer<CountState> => {
      read({}, { rate })
      return {
        name: typeof rate === 'number' ? `scaleByLearningRate(${rate})` : 'scaleByLearningRate(schedule)',
        init: () => ({ step: zeroCount() }),
        update(grad, { step }) {
          const r = typeof rate === 'number' ? rate : rate(cast(step, widest(grad)))
          const factor = (dtype: DType): Tensor | number =>
            typeof r === 'number' ? -r : typeof r === 'boolean' ? -Number(r) : cast(mul(r, -1), dtype)
          return { updates: treeMap((g) => mul(g, factor(g.dtype)), grad), state: { step: add(step, 1) } }
        },
      }
    },
)
