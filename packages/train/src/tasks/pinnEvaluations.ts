import { SpikewardError, add, concatenate, lossParts, mul, slice, sub } from '@spikeward/core'
import type {
  CoordinateDependence,
  Coords,
  Differentiate,
  Field,
  Layer,
  LossParts,
  PointDerivative,
  Tensor,
  Tree,
} from '@spikeward/core'

/** A residual's request to the network: a derivative of these orders along the axes, at some points. All orders are 0 for a value. */
export type Asked = { readonly at: Coords; readonly orders: readonly number[] }

/** Answers a residual's request. */
export type Ask = (at: Coords, orders: readonly number[]) => Tensor

/** The values [P, outputs] of a network at points [P, axes], as a function of its parameters. */
export type FieldOf<P extends Tree> = (params: P, x: Tensor) => Tensor

/** The evaluations of a network that residuals take, as rows of one pass. */
export type Evaluations<P extends Tree> = Pick<LossParts<P>, 'layers' | 'forward' | 'gradient'> & {
  readonly rows: number
  /** The first row of each request, in order. */
  readonly starts: readonly number[]
  /** See `LossParts.derivatives`. */
  readonly derivatives?: readonly PointDerivative[]
}

/** A rule of derivatives that requests each derivative from the network. */
export const asking = (axes: number, ask: Ask): Differentiate =>
  Object.assign(
    (): Field => ({
      at: (c) => ask(c, noOrders(axes)),
      d: (c, axis, order = 1) =>
        ask(
          c,
          noOrders(axes).map((_, a) => (a === axis ? order : 0)),
        ),
      mixed: (c, orders) => ask(c, orders),
    }),
    { fromValues: true },
  )

/** The orders of a value. */
export const noOrders = (axes: number): readonly number[] => Array.from({ length: axes }, () => 0)

/** The points [P, axes] of pointwise coordinates; residuals at points have no others. */
export const pointsOf = (at: Coords): Tensor => (at.kind === 'points' ? at.x : at.axes[0]!)

export const rowsAt = (at: Coords): number => pointsOf(at).shape[0]!

/** Evaluations that are values, each at its own points. */
export function valueEvaluations<P extends Tree>(
  field: FieldOf<P>,
  asked: readonly Asked[],
  samples: number,
): Evaluations<P> {
  const all = concatenate(
    asked.map(({ at }) => pointsOf(at)),
    0,
  )
  const { starts, rows } = stacked(asked.map(({ at }) => rowsAt(at)))
  return { rows, starts, ...asParts(field, all, samples, rows) }
}

/** The pass of a field at points, which are evaluations of samples. */
const asParts = <P extends Tree>(field: FieldOf<P>, x: Tensor, samples: number, rows: number) =>
  lossParts({
    samples,
    evaluations: rows / samples,
    input: x,
    forward: field,
    head: (output) => output,
    residuals: null,
  })

/**
 * Evaluations that are derivatives: those that residuals ask for, and all of smaller orders at the same points. A rule of exact
 * derivatives gives them for the output and for the inputs of all layers. The perturbation of a pre-activation about a point X is
 *
 *     p(x) = Σ_k p_k Π_a (x_a − X_a)^(k_a) / k_a!
 *
 * with p_k the rows of the derivative of orders k, so that p_k is that derivative of the perturbation at X.
 *
 * @param samples N
 */
export function derivativeEvaluations<P extends Tree>(
  fieldOf: FieldOf<P>,
  exact: Differentiate,
  dependence: CoordinateDependence,
  asked: readonly Asked[],
  samples: number,
): Evaluations<P> {
  const places = [...new Set(asked.map(({ at }) => at))].map((at) => ({
    at,
    orders: withSmaller(asked.filter((a) => a.at === at).map((a) => a.orders)),
  }))
  const blocks = places.flatMap(({ at, orders }, place) => orders.map((own) => ({ at, place, orders: own })))
  const { starts, rows } = stacked(blocks.map(({ at }) => rowsAt(at)))
  const blockOf = ({ at, orders }: Asked): number =>
    blocks.findIndex((b) => b.at === at && String(b.orders) === String(orders))
  const points = new Map<string, number>()
  const derivatives = blocks.flatMap(({ at, place, orders }) =>
    Array.from({ length: rowsAt(at) / samples }, (_, i) => {
      const name = `${place} ${i}`
      points.set(name, points.get(name) ?? points.size)
      return { point: points.get(name)!, orders }
    }),
  )
  /** The layers at some points, with the rows of all evaluations. */
  const layersAt = (params: P, at: Coords): readonly Layer[] => {
    const x = pointsOf(at)
    return asParts(fieldOf, x, x.shape[0]!, x.shape[0]!)
      .layers(params)
      .map((l) => ({ ...l, shape: [rows, ...l.shape.slice(1)] }))
  }
  return {
    rows,
    starts: asked.map((one) => starts[blockOf(one)]!),
    derivatives,
    layers: (params) => layersAt(params, places[0]!.at),
    gradient() {
      throw new SpikewardError(
        'LOSS_WITHOUT_PARTS',
        'the residuals of this loss take exact derivatives in the coordinates, of which a bias has no error signal; use gaussNewton',
      )
    },
    forward(params, perturbations, how) {
      const widths: number[] = []
      const parts = places.map(({ at, orders }) => {
        const own = orders.map((k) => ({ orders: k, from: starts[blockOf({ at, orders: k })]! }))
        const packed = (c: Coords): Tensor => {
          const x = pointsOf(c)
          const around = perturbations.map((p) => (p === null ? null : polynomial(p, own, pointsOf(at), x)))
          const { output, presynaptic } = asParts(fieldOf, x, x.shape[0]!, x.shape[0]!).forward(params, around, how)
          const all = [output, ...presynaptic]
          widths.splice(0, widths.length, ...all.map((t) => t.shape[1]!))
          return concatenate(all, 1)
        }
        const field = exact(packed, dependence)
        return concatenate(
          orders.map((k) => derivativeAt(field, at, k)),
          0,
        )
      })
      const whole = concatenate(parts, 0)
      const ends = stacked(widths)
      const [output, ...presynaptic] = widths.map((width, i) =>
        slice(whole, [0, ends.starts[i]!], [rows, ends.starts[i]! + width]),
      )
      return { output: output!, presynaptic }
    },
  }
}

/** The starts of blocks that are stacked, and the end of the last one. */
function stacked(sizes: readonly number[]): { readonly starts: readonly number[]; readonly rows: number } {
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0))
  return { starts: [0, ...ends.slice(0, -1)], rows: ends.at(-1) ?? 0 }
}

/** These orders of derivatives and all smaller ones, the smallest first. */
function withSmaller(asked: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const below = (orders: readonly number[]): number[][] =>
    orders.reduce<number[][]>(
      (all, k) => all.flatMap((start) => Array.from({ length: k + 1 }, (_, j) => [...start, j])),
      [[]],
    )
  const all = new Map(asked.flatMap(below).map((orders) => [String(orders), orders]))
  const total = (orders: readonly number[]): number => orders.reduce((a, b) => a + b, 0)
  return [...all.values()].sort((a, b) => total(a) - total(b))
}

function derivativeAt(field: Field, at: Coords, orders: readonly number[]): Tensor {
  const axes = orders.flatMap((order, axis) => (order === 0 ? [] : [axis]))
  if (axes.length === 0) return field.at(at)
  if (axes.length > 1) return field.mixed(at, orders)
  return field.d(at, axes[0]!, orders[axes[0]!] as 1 | 2 | 3 | 4)
}

/** Σ_k p_k Π_a (x_a − X_a)^(k_a)/k_a!, from rows of p, at points x [P, axes] near X [P, axes]. */
function polynomial(
  p: Tensor,
  blocks: readonly { readonly orders: readonly number[]; readonly from: number }[],
  centre: Tensor,
  x: Tensor,
): Tensor {
  const [count, axes] = centre.shape as [number, number]
  const away = sub(x, centre)
  const shifts = Array.from({ length: axes }, (_, a) => slice(away, [0, a], [count, a + 1]))
  return blocks
    .map(({ orders, from }) => {
      const own = slice(p, [from, 0], [from + count, p.shape[1]!])
      return orders.reduce((term, k, a) => {
        let power = term
        for (let j = 1; j <= k; j++) power = mul(power, mul(shifts[a]!, 1 / j))
        return power
      }, own)
    })
    .reduce((a, b) => add(a, b))
}
