import {
  add,
  cast,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  greater,
  integer,
  maximum,
  minimum,
  mul,
  number,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  treeFlatten,
  treeUnflatten,
  where,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Optimizer, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { chain } from '../transforms/chain.js'
import { type Schedule, rateArgument } from '../schedules.js'
import { type CountState, scaleByLearningRate } from '../transforms/scale.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Pairs of differences that are kept (m). Default 10. */
  memory: integer({ min: 1, max: 100, default: 10, help: 'pairs of differences that are kept (m)' }),
  /** The longest update before the learning rate, in the norm of all parameters. Default 1. */
  longest: number({ min: 0, above: true, default: 1, help: 'norm of the longest update, before the learning rate' }),
}))

/** Options of {@link lbfgs} and {@link scaleByLbfgs}. */
export type LbfgsOptions = OptionsOf<typeof options>

/** All parameters as one vector of length d, and the pairs, the newest last. */
export type LbfgsState = {
  /** Parameters and gradient of the last step, [d]; both 0 before the first. */
  readonly params: Tensor
  readonly grad: Tensor
  /** Differences of parameters and of gradients, [m, d]; rows that are not filled yet are 0. */
  readonly s: Tensor
  readonly y: Tensor
}

/**
 * The smallest cosine between the two differences of a pair: below it the curvature along them is not known to be
 * positive.
 */
const MIN_COSINE = 1e-6

/** All leaves as one vector, in the type of `like`. */
const flat = (tree: Tree, like: Tensor): Tensor => {
  const leaves = treeFlatten(tree).leaves.map((leaf) => reshape(cast(leaf, like.dtype), [-1]))
  return leaves.length === 1 ? leaves[0]! : concatenate(leaves, 0)
}

const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b))

/**
 * Multiplies the gradient with an estimate of the inverse Hessian from the last m differences s = θₜ − θₜ₋₁ and y = gₜ
 * − gₜ₋₁, by the two-loop recursion. The first estimate is γ = sᵀy/yᵀy of the newest pair, or 1/max(1, ‖g‖) before
 * there is one. A pair without positive curvature is not kept. Updates longer than `longest` are shortened to that
 * length.
 *
 * **There is no line search**, because a step evaluates the loss once. So the loss should be the same in every step:
 * all points of a batch, or points of a residual that stay. optax and PyTorch search along the line, with more
 * evaluations in a step.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Nocedal & Wright, Numerical Optimization, 2006, algorithm 7.4
 */
export const scaleByLbfgs = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'scaleByLbfgs',
    summary: 'an estimate of the inverse Hessian from the last differences, times the gradient',
    facts: { update: 'H g, H from m pairs (s, y)', state: 'params, grad, s, y' },
    options,
  },
  (read) =>
    (settings: LbfgsOptions = {}): Optimizer<LbfgsState> => {
      const { memory, longest } = read(settings)
      return {
        name: `lbfgs(${memory})`,
        init(params) {
          const vector = zerosLike(flat(params, treeFlatten(params).leaves[0]!))
          const pairs = (): Tensor => zeros([memory, vector.size], vector.dtype)
          return { params: vector, grad: zerosLike(vector), s: pairs(), y: pairs() }
        },
        update(grad, state, params) {
          const { leaves, structure } = treeFlatten(grad)
          const [theta, g] = [flat(params, state.params), flat(grad, state.params)]
          const [s, y] = withPair(state, sub(theta, state.params), sub(g, state.grad))
          const move = product(s, y, g)
          const length = sqrt(sum(square(move)))
          const update = mul(move, minimum(1, div(longest, maximum(length, 1e-30))))
          let from = 0
          const parts = leaves.map((leaf) => {
            const part = slice(update, [from], [(from += leaf.size)])
            return cast(reshape(part, leaf.shape), leaf.dtype)
          })
          return { updates: treeUnflatten(structure, parts) as typeof grad, state: { params: theta, grad: g, s, y } }
        },
      }
    },
)

/**
 * The pairs with a new one in the place of the oldest; without it if there is no step before, or no positive curvature.
 */
function withPair(state: LbfgsState, s: Tensor, y: Tensor): readonly [Tensor, Tensor] {
  const isFirst = sub(1, cast(greater(dot(state.grad, state.grad), 0), s.dtype))
  const curved = greater(dot(s, y), mul(MIN_COSINE, sqrt(mul(dot(s, s), dot(y, y)))))
  const keep = mul(cast(curved, s.dtype), sub(1, isFirst))
  const next = (rows: Tensor, row: Tensor): Tensor => {
    const [m, d] = rows.shape as [number, number]
    const moved = concatenate([slice(rows, [1, 0], [m, d]), reshape(row, [1, d])], 0)
    return where(greater(keep, 0), moved, rows)
  }
  return [next(state.s, s), next(state.y, y)]
}

/** H g by two loops over the pairs. A row of zeros changes nothing. */
function product(s: Tensor, y: Tensor, g: Tensor): Tensor {
  const [m, d] = s.shape as [number, number]
  const rowOf = (rows: Tensor, i: number): Tensor => reshape(slice(rows, [i, 0], [i + 1, d]), [d])
  const pairs = Array.from({ length: m }, (_, i) => {
    const [si, yi] = [rowOf(s, i), rowOf(y, i)]
    const curvature = dot(si, yi)
    // 1/sᵀy, and 0 for a row that is not filled.
    const rho = where(greater(curvature, 0), div(1, maximum(curvature, 1e-30)), zerosLike(curvature))
    return { si, yi, rho, curvature }
  })
  let q = g
  const alphas = pairs.toReversed().map(({ si, yi, rho }) => {
    const alpha = mul(rho, dot(si, q))
    q = sub(q, mul(alpha, yi))
    return alpha
  })
  const { yi, curvature } = pairs.at(-1)!
  const first = div(1, maximum(1, sqrt(dot(g, g))))
  const gamma = where(greater(curvature, 0), div(curvature, maximum(dot(yi, yi), 1e-30)), first)
  return pairs.reduce(
    (r, pair, i) => add(r, mul(pair.si, sub(alphas[m - 1 - i]!, mul(pair.rho, dot(pair.yi, r))))),
    mul(q, gamma),
  )
}

/**
 * L-BFGS without a line search: `chain(scaleByLbfgs(options), scaleByLearningRate(rate))`. A rate of 1 is Newton's step
 * with the estimate; where the points of a loss change from step to step, smaller rates are stabler.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = lbfgs(1, { memory: 20 })
 */
export const lbfgs = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'lbfgs',
    summary: 'L-BFGS with 10 pairs, without a line search',
    facts: { update: '`chain(scaleByLbfgs(options), scaleByLearningRate(rate))`' },
    arguments: rateArgument,
    options,
  },
  (read) =>
    (rate: number | Schedule, settings: LbfgsOptions = {}): Optimizer<readonly [LbfgsState, CountState]> => {
      const { memory, longest } = read(settings, { rate })
      return chain(scaleByLbfgs({ memory, longest }), scaleByLearningRate(rate))
    },
)
