import { coordsPoints, coordsShape, tensor, zeros } from '@spikeward/core'
import type { Coords, Field, HostCoords, Tensor } from '@spikeward/core'

/** A value or derivative that a residual reads: the order along each axis, all 0 for the value. */
type Request = { readonly c: Coords; readonly orders: readonly number[] }

/** Offsets in units of e, and weights in units of 1/eᵏ, of central differences of second order. */
const differences: readonly (readonly (readonly [offset: number, weight: number])[])[] = [
  [[0, 1]],
  [
    [-1, -1 / 2],
    [1, 1 / 2],
  ],
  [
    [-1, 1],
    [0, -2],
    [1, 1],
  ],
  [
    [-2, -1 / 2],
    [-1, 1],
    [1, -1],
    [2, 1 / 2],
  ],
  [
    [-2, 1],
    [-1, -4],
    [0, 6],
    [1, -4],
    [2, 1],
  ],
]

/**
 * The residual of a field that lives on the host, such as a reference solution.
 *
 * Tensors cannot carry the host's double precision, so the residual runs twice: once on zeros, to record which values
 * and derivatives it reads, and once with these values. Derivatives are central differences of error O(e²), such as
 *
 *     ∂u/∂x ≈ (u(x + e) − u(x − e))/2e,   ∂²u/∂x² ≈ (u(x + e) − 2u(x) + u(x − e))/e²
 *
 * and products of them for mixed derivatives. The field is asked once for all points, since its solver may take long.
 *
 * @param residual of one function (N = 1); it reads the field only through its methods, in the same order each time
 * @param e step of the differences, in units of the axes
 * @param outputs components of the field
 */
export async function hostResidual(
  residual: (u: Field) => Tensor,
  u: HostField,
  e: number,
  outputs = 1,
): Promise<Float64Array> {
  const requests: Request[] = []
  const shapeAt = (c: Coords): number[] => [1, ...coordsShape(c), ...(outputs === 1 ? [] : [outputs])]
  const fieldOf = (read: (c: Coords, orders: readonly number[]) => Tensor): Field => {
    const axesOf = (c: Coords): number => coordsPoints(c).shape[1]!
    const along = (c: Coords, axis: number, order: number): number[] =>
      Array.from({ length: axesOf(c) }, (_, a) => (a === axis ? order : 0))
    return {
      at: (c) => read(c, along(c, 0, 0)),
      d: (c, axis, order = 1) => read(c, along(c, axis, order)),
      mixed: read,
    }
  }
  residual(
    fieldOf((c, orders) => {
      requests.push({ c, orders })
      return zeros(shapeAt(c))
    }),
  )

  const stencils = await Promise.all(
    requests.map(async ({ c, orders }) => {
      const x = Float64Array.from(await coordsPoints(c).data())
      const terms = orders.reduce<{ offsets: number[]; weight: number }[]>(
        (all, k) =>
          all.flatMap(({ offsets, weight }) =>
            differences[k]!.map(([o, w]) => ({ offsets: [...offsets, o * e], weight: (weight * w) / e ** k })),
          ),
        [{ offsets: [], weight: 1 }],
      )
      return { x, axes: orders.length, terms }
    }),
  )
  const moved = stencils.flatMap(({ x, axes, terms }) =>
    terms.map(({ offsets }) => x.map((v, i) => v + offsets[i % axes]!)),
  )
  const values = valuesAt(u, moved, requests[0]?.orders.length ?? 1)
  const answers = stencils.map(({ x, axes, terms }) => {
    const sum = new Float64Array((x.length / axes) * outputs)
    for (const { weight } of terms) values.next().value!.forEach((v, i) => (sum[i]! += weight * v))
    return sum
  })
  let next = 0
  const answer = (): Tensor => {
    const { c } = requests[next]!
    return tensor(Float32Array.from(answers[next++]!), { shape: shapeAt(c) })
  }
  return Float64Array.from(await residual(fieldOf(answer)).data())
}

/** The values of a field at each of several lists of points. */
function* valuesAt(u: HostField, lists: readonly Float64Array[], axes: number): Generator<Float64Array, undefined> {
  const x = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0))
  lists.reduce((at, list) => (x.set(list, at), at + list.length), 0)
  const values = u({ kind: 'points', axes, x })
  const each = values.length / x.length
  let at = 0
  for (const { length } of lists) yield values.subarray(at * each, (at += length) * each)
}

/** A field on the host: its values at coordinates, in double precision. */
export type HostField = (at: HostCoords) => Float64Array

/** Coordinates as a list of points, flat [P, axes]; on a grid the last axis runs fastest. */
export function hostPoints(at: HostCoords): { readonly x: Float64Array; readonly axes: number } {
  if (at.kind === 'points') return at
  const axes = at.axes.length
  const points = at.axes.reduce<number[][]>(
    (rows, axis) => rows.flatMap((row) => [...axis].map((v) => [...row, v])),
    [[]],
  )
  return { x: Float64Array.from(points.flat()), axes }
}
