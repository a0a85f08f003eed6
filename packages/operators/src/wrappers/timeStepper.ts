import { SpikewardError, add, reshape, scan, stack, transpose } from '@spikeward/core'
import type { Coords, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { rowsOfField } from '../grids/gridOptions.js'

/** One step of time: fields as rows of sensor values [N, channels · points] to the fields one step later. */
export type TimeStep<P extends Tree> = (params: P, rows: Tensor) => Tensor

/**
 * A step of time by a network N whose input functions are the channels of its output, at the same points:
 *
 *     u(t + Δ) = u(t) + N(u(t))
 *
 * @param at the points of the channels
 */
export const timeStep =
  <P extends Tree, Z extends Tree>(network: OperatorNetwork<P, Z>, at: Coords): TimeStep<P> =>
  (params, rows) =>
    add(rows, rowsOfField(network.apply(params, rows, at), network.outputs))

/** Steps that are no loop. */
const UNROLLED = 16

/** The fields after each of a number of steps, [times, N, channels · points]. */
type Frames = <P extends Tree>(step: TimeStep<P>, params: P, rows: Tensor, times: number) => Tensor

const unrolled: Frames = (step, params, rows, times) => {
  const frames: Tensor[] = []
  for (let t = 0; t < times; t++) frames.push(step(params, frames[t - 1] ?? rows))
  return stack(frames)
}

const looped: Frames = (step, params, rows, length) => {
  const advance = (u: Tensor): [Tensor, Tensor] => {
    const next = step(params, u)
    return [next, next]
  }
  return scan(advance, rows, null, { length })[1]
}

/**
 * A time-stepper ({@link timeStep}) as a network from a field to all later ones, on a grid of which time is the last
 * axis: its first time is one step after the field. The number of times counts, not their values. All steps share the
 * parameters. The program repeats up to 16 steps, so that estimators find the layers of each; more steps are one loop.
 *
 * @param network N, from the channels of a field to the increment of each
 * @throws SHAPE_MISMATCH for places that are not a grid of the axes of `network` and time
 * @example
 * const network = timeStepper(fourierOperator({ grid: [64] }))
 * network.apply(v, zeros([5, 64]), { kind: 'grid', axes: [x, t] }).shape // [5, 64, t.size]
 */
export function timeStepper<P extends Tree, Z extends Tree>(
  network: OperatorNetwork<P, Z>,
): OperatorNetwork<P, Tensor> {
  const { name, axes, outputs } = network
  const whole: OperatorNetwork<P, Tensor> = {
    name,
    axes: axes + 1,
    outputs,
    coordinates: { spikes: false, smoothness: -1 },
    satisfies: [],
    init: (key) => network.init(key),
    encode: (_, rows) => rows,
    decode(params, rows, at) {
      if (at.kind !== 'grid' || at.axes.length !== axes + 1) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `${name}: a rollout is known on a grid of ${axes} axes of space, and time as the last one; ${at.kind === 'grid' ? `${at.axes.length} axes` : 'points'} were given`,
        )
      }
      const space = at.axes.slice(0, -1)
      const lengths = at.axes.map((x) => x.shape[0]!)
      const step = timeStep(network, { kind: 'grid', axes: space })
      const times = lengths.at(-1)!
      const frames = (times <= UNROLLED ? unrolled : looped)(step, params, rows, times)
      const n = rows.shape[0]!
      const last = transpose(reshape(frames, [times, n, outputs, -1]), [1, 3, 0, 2])
      return reshape(last, [n, ...lengths, ...(outputs === 1 ? [] : [outputs])])
    },
    apply: (params, rows, at) => whole.decode(params, whole.encode(params, rows), at),
  }
  return whole
}
