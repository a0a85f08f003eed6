import {
  add,
  arange,
  cast,
  div,
  dotGeneral,
  equal,
  expandDims,
  reshape,
  scan,
  sub,
  where,
  zerosLike,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { contract } from './along.js'
import { norm } from '../shared/leaves.js'

/**
 * Q of V = QR by Gram–Schmidt, applied twice: each direction minus its components along the earlier ones, at length 1.
 *
 * @param v directions [K, …], tensor by tensor
 */
export function orthonormal(v: readonly Tensor[]): readonly Tensor[] {
  const count = v[0]!.shape[0]!
  const places = arange(count, 'i32')
  const [q] = scan(
    (q: readonly Tensor[], { direction, k }: { readonly direction: readonly Tensor[]; readonly k: Tensor }) => {
      // Later rows are still zero, so they subtract nothing.
      const without = (x: readonly Tensor[]): readonly Tensor[] => {
        const shares = q.map((rows, i) => inner(rows, x[i]!)).reduce((a, b) => add(a, cast(b, a.dtype)))
        return x.map((own, i) => sub(own, contract(shares, q[i]!)))
      }
      const left = without(without(direction))
      const unit = norm(left)
      const here = equal(places, k)
      const next = q.map((rows, i) => {
        const row = div(left[i]!, cast(unit, rows.dtype))
        const at = reshape(here, [count, ...row.shape.map(() => 1)])
        return where(at, expandDims(row, 0), rows)
      })
      return [next, {}] as const
    },
    v.map((x) => zerosLike(x)),
    { direction: v, k: places },
  )
  return q
}

/** Σ over all axes but the first of rows · x: [K]. */
function inner(rows: Tensor, x: Tensor): Tensor {
  const axes = x.shape.map((_, a) => a)
  return dotGeneral(rows, x, { contract: [axes.map((a) => a + 1), axes], batch: [[], []] })
}
