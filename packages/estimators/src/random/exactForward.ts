import {
  add,
  arange,
  cast,
  defineFactory,
  defineOptions,
  integer,
  jvp,
  reshape,
  scan,
  slice,
  vmap,
  zeros,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { first } from './along.js'
import { basis } from './distributions.js'
import { layOut } from '../shared/leaves.js'
import { alongWeights, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Directions at a time, default 64: a larger chunk takes more memory and computes the primal fewer times. */
  chunk: integer({ min: 1, default: 64, help: 'directions at a time' }),
}))

/** Options of {@link exactForward}. */
export type ExactForwardOptions = OptionsOf<typeof options>

/**
 * The exact gradient by forward mode: ĝᵢ = ∇L·eᵢ for each of the d basis directions.
 *
 * Use it as the exact reference in tests and for very small networks. A `scan` over chunks of a `vmap` of `jvp` covers
 * the basis, so that neither the memory nor the Program grows with d.
 *
 * - Cost: d + ⌈d/chunk⌉ forward units. The zero directions that fill the last chunk count too.
 * - Bias: none. Variance: none.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Williams & Zipser 1989 (real-time recurrent learning) for the idea of carrying all tangents forward
 * @example
 * const e = withCosine(exactForward({ chunk: 32 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const exactForward = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'exactForward',
    summary: 'the exact gradient by forward mode, with one basis direction for each parameter: for tests',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: 'Σᵢ (g·eᵢ) eᵢ over all d basis directions',
      cost: 'd + ⌈d/chunk⌉',
      bias: 'none',
      variance: '0',
      use: 'an exact reference in tests of small networks',
      plainly: 'It nudges one weight after another and measures each effect: exact but slow.',
      needs: 'jvp',
      unbiased: true,
      local: 'a scalar for each weight',
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: ExactForwardOptions = {}): Estimator<Stateless> => {
      const { chunk } = read(settings)
      return {
        name: 'exactForward',
        needs: 'jvp',
        unbiased: true,
        init: () => ({}),
        estimate(loss, params, state) {
          const p = layOut(loss, params)
          const width = Math.min(chunk, p.size)
          const chunks = Math.ceil(p.size / width)
          const slopesFrom = (start: Tensor): { value: Tensor; slope: Tensor } => {
            const each = vmap((i: Tensor) => {
              const [value, slope] = jvp(p.loss, [p.tensors], [basis(p.tensors, add(i, start))])
              return { value, slope }
            })(arange(width, 'i32'))
            return { value: first(each.value), slope: each.slope }
          }
          const { value, slopes } = inChunks(slopesFrom, chunks, width)
          return { value, grad: p.rebuild(split(slopes, p.tensors)), state, stats: cost(chunks * (1 + width)) }
        },
      }
    },
)

function inChunks(
  slopesFrom: (start: Tensor) => { value: Tensor; slope: Tensor },
  chunks: number,
  width: number,
): { value: Tensor; slopes: Tensor } {
  if (chunks === 1) {
    const { value, slope } = slopesFrom(zeros([], 'i32'))
    return { value, slopes: slope }
  }
  const [, each] = scan((start: Tensor, _: null) => [add(start, width), slopesFrom(start)], zeros([], 'i32'), null, {
    length: chunks,
  })
  return { value: first(each.value), slopes: reshape(each.slope, [-1]) }
}

/** Cuts a long vector into tensors like those given. */
function split(flat: Tensor, like: readonly Tensor[]): Tensor[] {
  let offset = 0
  return like.map((t) => {
    const piece = slice(flat, [offset], [offset + t.size])
    offset += t.size
    return cast(reshape(piece, t.shape), t.dtype)
  })
}
