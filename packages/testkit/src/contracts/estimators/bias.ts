import {
  add,
  arange,
  jit,
  key,
  tensor,
  toBackend,
  treeLeaves,
  valueAndGrad,
  vmap,
  type Backend,
  type Estimator,
  type Loss,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { elementName, numbersOf } from '../../tensorValues.js'

/** An estimator and the loss on which its bias is measured. */
export type EstimatorOnLoss<S extends Tree, P extends Tree> = {
  readonly estimator: Estimator<S>
  readonly loss: Loss<P>
  readonly params: P
  readonly state: S
}

/** The coordinate whose mean over the keys is farthest from the gradient. */
export type WorstBias = {
  /** Such as `hidden.weight[0,1]`, or the length along the gradient. */
  readonly where: string
  readonly bias: number
  /** Standard error of the bias. */
  readonly error: number
  /** |bias| over the standard error, with an allowance for rounding. */
  readonly z: number
}

/** Estimates made by one call. */
const BATCH = 256

/**
 * A z-test of ĝ against reverse mode: z_j = (mean ĝ_j − g_j)/(s_j/√n) for every coordinate j, and for the projection
 * ⟨ĝ, g⟩/‖g‖² − 1, which is most sensitive to a wrong factor.
 *
 * @param samples n, estimates with separate keys, all from the same state
 * @param options.backend where they are computed; default: where the parameters are
 * @param options.enough stop early if |z| exceeds this; default: draw all samples
 */
export async function worstBias<S extends Tree, P extends Tree>(
  { estimator, loss, params, state }: EstimatorOnLoss<S, P>,
  samples: number,
  { backend, enough = Infinity }: { readonly backend?: Backend; readonly enough?: number } = {},
): Promise<WorstBias> {
  const truth = (await numbersOf(valueAndGrad(loss)(params)[1])).flat()
  const size = truth.reduce((s, g) => s + g * g, 0)
  const batch = Math.min(BATCH, samples)
  const drawMany = jit((base: Tensor) =>
    vmap((i: Tensor) => treeLeaves(estimator.estimate(loss, params, state, { key: key(77).fold(i) }).grad))(
      add(arange(batch, 'u32'), base),
    ),
  )
  const names = [
    ...treeLeaves(params).flatMap((t, leaf) =>
      Array.from({ length: t.size }, (_, at) => elementName(params, leaf, at)),
    ),
    'the length along the gradient',
  ]
  const d = truth.length
  const sum = new Float64Array(d + 1)
  const squares = new Float64Array(d + 1)
  const worstOf = (count: number): WorstBias => {
    const biases = names.map((where, j): WorstBias => {
      const bias = sum[j]! / count
      const error = Math.sqrt(Math.max(squares[j]! / count - bias * bias, 0) / count)
      const beyondRounding = Math.max(0, Math.abs(bias) - 1e-9 * (1 + Math.abs(truth[j] ?? 1)))
      return { where, bias, error, z: beyondRounding === 0 ? 0 : beyondRounding / error }
    })
    return biases.reduce((worse, one) => (one.z > worse.z ? one : worse))
  }
  let n = 0
  let worst: WorstBias | undefined
  while (n < samples && (worst === undefined || worst.z <= enough)) {
    const base = tensor(n, { dtype: 'u32' })
    const leaves = drawMany(backend === undefined ? base : await toBackend(base, backend))
    const along = new Float64Array(batch)
    const take = (j: number, off: number): void => {
      sum[j]! += off
      squares[j]! += off * off
    }
    let first = 0
    for (const values of await numbersOf(leaves)) {
      const width = values.length / batch
      for (const [at, v] of values.entries()) {
        const j = first + (at % width)
        along[Math.floor(at / width)]! += (v * truth[j]!) / size
        take(j, v - truth[j]!)
      }
      first += width
    }
    for (const projection of along) take(d, projection - 1)
    for (const t of leaves) t.dispose()
    n += batch
    worst = worstOf(n)
  }
  drawMany.dispose()
  return worst ?? worstOf(n)
}
