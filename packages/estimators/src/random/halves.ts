import {
  add,
  arange,
  cast,
  concatenate,
  jvp,
  mul,
  reshape,
  slice,
  sum,
  treeFlatten,
  treeUnflatten,
  vmap,
} from '@spikeward/core'
import type { AlongDirections, Key, Tensor, Tree } from '@spikeward/core'
import { blocks } from '../layers/blocks.js'
import { cost } from '../shared/facts.js'
import { layOut, restrict } from '../shared/leaves.js'
import { first as firstOf } from './along.js'
import type { Distribution } from './distributions.js'

/** Tensors with their own directions: their places among the leaves, and the key of the directions. */
type Part = { readonly leaves: readonly number[]; readonly key: Key }

const partsOf = (scope: 'global' | 'layerwise', params: Tree, key: Key): Part[] =>
  scope === 'global'
    ? [{ leaves: treeFlatten(params).leaves.map((_, i) => i), key }]
    : blocks(params).map(({ leaves }, l) => ({ leaves, key: key.fold(l) }))

/**
 * The two halves of a random forward gradient: the slopes ∇L·vₖ of some directions, [count, m] for m blocks (one if
 * `global`), and the estimate
 *
 *     ĝ_l = (1/K) Σₖ c_kl v_kl
 *
 * from the slopes of all directions. The entries of the directions are drawn inside the sum, so that no direction is
 * stored.
 */
export function halves(
  scope: 'global' | 'layerwise',
  distribution: Distribution,
): Pick<AlongDirections, 'measure' | 'combine'> {
  return {
    measure(loss, params, { key, first, count }) {
      const p = layOut(loss, params)
      const parts = partsOf(scope, params, key)
      const each = parts.map(({ leaves, key: own }) => {
        const at = leaves.map((i) => p.tensors[i]!)
        const f = restrict(p, leaves)
        const measured = (k: Tensor): { value: Tensor; slope: Tensor } => {
          const [value, slope] = jvp(f, [at], [distribution.sample(own.fold(k), at)])
          return { value, slope }
        }
        if (count > 1) return vmap(measured)(add(arange(count, 'u32'), first))
        const { value, slope } = measured(first)
        return { value: reshape(value, [1]), slope: reshape(slope, [1]) }
      })
      return {
        value: firstOf(each[0]!.value),
        coefficients: concatenate(
          each.map(({ slope }) => reshape(slope, [count, 1])),
          1,
        ),
        forwardEquivalents: cost(1 + parts.length * count).forwardEquivalents,
      }
    },
    combine(params, coefficients, { key }) {
      const { leaves: tensors, structure } = treeFlatten(params)
      const [count, width] = coefficients.shape as [number, number]
      const parts = partsOf(scope, params, key)
      const mean = mul(reshape(coefficients, [count, width]), 1 / count)
      const each = (k: Tensor, row: Tensor): readonly Tensor[] => {
        const next = [...tensors]
        parts.forEach(({ leaves, key: own }, l) => {
          const c = reshape(slice(row, [l], [l + 1]), [])
          const v = distribution.sample(
            own.fold(k),
            leaves.map((i) => tensors[i]!),
          )
          leaves.forEach((leaf, i) => (next[leaf] = mul(cast(c, v[i]!.dtype), v[i]!)))
        })
        return next
      }
      const grad = vmap(each)(arange(count, 'u32'), mean).map((terms) => sum(terms, 0))
      return treeUnflatten(structure, grad) as typeof params
    },
  }
}
