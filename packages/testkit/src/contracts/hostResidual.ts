import { coordsPoints, coordsShape, tensor, zeros } from '@spikeward/core'
import type { Coords, Field, Tensor } from '@spikeward/core'
import type { HostField } from './hostField.js'

/** A value or derivative that a residual reads. */
type Request = { readonly c: Coords; readonly axis: number; readonly order: 0 | 1 | 2 }

/**
 * The residual of a field that lives on the host, such as a reference solution.
 *
 * Tensors cannot carry the host's double precision, so the residual runs twice: once on zeros to record which values and
 * derivatives it reads, once with the answers. Derivatives are central differences,
 *
 *     ∂u/∂x ≈ (u(x + e) − u(x − e))/2e,   ∂²u/∂x² ≈ (u(x + e) − 2u(x) + u(x − e))/e²,   error O(e²)
 *
 * @param residual of one function (N = 1); it reads the field only through `at` and `d`, in the same order each time
 * @param e step of the differences, in units of the axes
 */
export async function hostResidual(residual: (u: Field) => Tensor, u: HostField, e: number): Promise<Float64Array> {
  const requests: Request[] = []
  const record = (c: Coords, axis: number, order: 0 | 1 | 2): Tensor => {
    requests.push({ c, axis, order })
    return zeros([1, ...coordsShape(c)])
  }
  residual({ at: (c) => record(c, 0, 0), d: (c, axis, order = 1) => record(c, axis, order) })

  const answers = await Promise.all(
    requests.map(async ({ c, axis, order }) => {
      const points = coordsPoints(c)
      const axes = points.shape[1]!
      const x = Float64Array.from(await points.data())
      const moved = (by: number): Float64Array =>
        u({ kind: 'points', axes, x: x.map((v, i) => (i % axes === axis ? v + by : v)) })
      const middle = moved(0)
      if (order === 0) return middle
      const [up, down] = [moved(e), moved(-e)]
      return order === 1
        ? up.map((v, i) => (v - down[i]!) / (2 * e))
        : up.map((v, i) => (v - 2 * middle[i]! + down[i]!) / (e * e))
    }),
  )
  let next = 0
  const answer = (): Tensor => {
    const { c } = requests[next]!
    return tensor(Float32Array.from(answers[next++]!), { shape: [1, ...coordsShape(c)] })
  }
  return Float64Array.from(await residual({ at: answer, d: answer }).data())
}
