import {
  add,
  concatenate,
  div,
  lossParts,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  transpose,
} from '@spikeward/core'
import type { Coords, Key, LossParts, OperatorNetwork, Physics, Tensor, Tree, Variables } from '@spikeward/core'
import { type PhysicsOptions, evaluationsOf, physicsTerms } from './physicsLoss.js'

/** The draw of one step of an operator task: functions, and their solutions at some coordinates. */
export type OperatorStep = { readonly f: Tensor; readonly u: Tensor; readonly at: Coords }

/** The equation of a step: its residual is added to that of the data. */
export type StepPhysics = { readonly equation: Physics; readonly options: PhysicsOptions; readonly key: Key }

/** Options of {@link operatorParts}. */
export type OperatorPartsOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z>
  readonly fixed: F
  readonly step: OperatorStep
  /** Weight of the error of the data. */
  readonly weight: number
  readonly physics: StepPhysics | null
  /** Whether the error of the data is {@link meanRelativeError}: it has one view, over the functions. Default false. */
  readonly relative?: boolean
}

/**
 * √(‖ŷ − y‖²/(‖y‖² + m) + 1e-12) of each row [n, rest], m a millionth of the mean of ‖y‖²: it is finite where a target is
 * 0 everywhere, and so is its slope where both agree.
 */
function relativeErrors(output: Tensor, target: Tensor): Tensor {
  const squares = sum(square(target), [1])
  const floor = add(mul(mean(squares), 1e-6), 1e-30)
  return sqrt(add(div(sum(square(sub(output, target)), [1]), add(squares, floor)), 1e-12))
}

/**
 * The mean over functions of the relative L2 error ‖prediction − target‖₂ / ‖target‖₂ of each, which evaluation
 * reports, for `loss` of {@link operatorTask}. Both are [functions, …]. Squares of norms grow by a millionth of their
 * mean, so that a target may be 0 everywhere.
 */
export function meanRelativeError(prediction: Tensor, target: Tensor): Tensor {
  const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, -1])
  return mean(relativeErrors(rows(prediction), rows(target)))
}

/** Least squares: residuals [n, m] from an output [n, m], and their mean square ℓ for each sample. */
const leastSquares = (residual: (output: Tensor) => Tensor) => ({
  head: (output: Tensor) => mean(square(residual(output)), 1),
  residuals: (output: Tensor) => reshape(residual(output), [-1]),
})

/**
 * The squared error of an operator network as a mean over samples, written once for what its layers read: over the
 * functions, for layers that read these, and over the places, for layers that read coordinates,
 *
 *     L = (1/N) Σₙ (1/P) Σₚ rₙₚ² = (1/P) Σₚ (1/N) Σₙ rₙₚ²
 *
 * A place is a point, or a coordinate along one axis of a grid. With an equation, its residuals follow those of the
 * data, each scaled so that the mean square over all is the weighted sum of the mean squares. The loss is then a mean
 * over functions alone: a derivative in the coordinates depends on the weights of a layer that reads them in ways that
 * a perturbation of its pre-activations does not capture.
 */
export function operatorParts<P extends Tree, F extends Tree, Z extends Tree>(
  options: OperatorPartsOptions<P, F, Z>,
): LossParts<P> {
  const { network, fixed, step, weight, physics, relative = false } = options
  const { f, u, at } = step
  const root = Math.sqrt(weight)
  const against = (target: Tensor) =>
    leastSquares((output) => (weight === 1 ? sub(output, target) : mul(sub(output, target), root)))
  const functions = f.shape[0]!
  const rows = (x: Tensor): Tensor => reshape(x, [functions, -1])
  const variablesOf = (trained: P): Variables<P, F> => ({ trained, fixed })

  const measured = (variables: Variables<P, F>, z: Z): Tensor => {
    if (physics === null) return rows(network.decode(variables, z, at))
    const { equation, options, key } = physics
    const terms = physicsTerms(network, evaluationsOf(network, variables, f, options, z), equation, options, key)
    const all = weight === 0 ? terms : [...terms, { residual: sub(network.decode(variables, z, at), u), weight }]
    const count = all.reduce((n, { residual }) => n + residual.size, 0)
    const scaled = all.map((t) => mul(rows(t.residual), Math.sqrt((t.weight * count) / t.residual.size)))
    return scaled.length === 1 ? scaled[0]! : concatenate(scaled, 1)
  }
  const byFunction = lossParts({
    samples: functions,
    input: f,
    forward: (trained: P, own) => measured(variablesOf(trained), network.encode(variablesOf(trained), own)),
    ...(relative
      ? { head: (output: Tensor) => mul(relativeErrors(output, rows(u)), weight), residuals: null }
      : physics === null
        ? against(rows(u))
        : leastSquares((output) => output)),
  })
  const byPlace = ({ axis, count, input, coords }: Places): LossParts<P> => {
    const byPlaces = (field: Tensor): Tensor => axisFirst(field, axis, count)
    return lossParts({
      samples: count,
      input,
      forward(trained: P, own) {
        const variables = variablesOf(trained)
        return byPlaces(network.decode(variables, network.encode(variables, f), coords(own)))
      },
      ...against(byPlaces(u)),
    })
  }
  return { ...byFunction, others: physics === null && !relative ? placesOf(at).map(byPlace) : [] }
}

/** Places as samples: the axis of the field that they lie along, or null for all places of a grid together. */
type Places = {
  readonly axis: number | null
  readonly count: number
  readonly input: readonly Tensor[]
  coords(input: readonly Tensor[]): Coords
}

/**
 * The ways in which places are samples: points, or each axis of a grid and, for layers that read all axes, all its
 * points.
 */
function placesOf(at: Coords): Places[] {
  if (at.kind === 'points') {
    return [{ axis: 1, count: at.x.shape[0]!, input: [at.x], coords: ([x]) => ({ ...at, x: x! }) }]
  }
  const { axes } = at
  const each = axes.map(
    (x, a): Places => ({
      axis: 1 + a,
      count: x.shape[0]!,
      input: [x],
      coords: ([own]) => ({ ...at, axes: axes.map((other, b) => (a === b ? own! : other)) }),
    }),
  )
  const all: Places = {
    axis: null,
    count: axes.reduce((n, x) => n * x.shape[0]!, 1),
    input: axes,
    coords: (own) => ({ ...at, axes: own }),
  }
  return axes.length === 1 ? each : [...each, all]
}

/**
 * Moves an axis of a field [N, …] first and flattens the rest, [n, everything else]; null: all places of [N, places,
 * …].
 */
function axisFirst(field: Tensor, axis: number | null, count: number): Tensor {
  if (axis === null) return axisFirst(reshape(field, [field.shape[0]!, count, -1]), 1, count)
  const order = [axis, ...field.shape.map((_, a) => a).filter((a) => a !== axis)]
  return reshape(transpose(field, order), [count, -1])
}
