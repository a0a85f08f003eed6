import type { OperatorTensors } from '../contracts/operatorNetwork.js'
import type { Coords, HostCoords, OperatorData, OperatorProblem } from '../contracts/problems/operatorProblem.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { tensor } from './create.js'
import { broadcastTo, reshape, stack } from './shape.js'

/** Host coordinates as tensors. */
export const toCoords = (c: HostCoords, dtype: FloatDType = 'f32'): Coords =>
  c.kind === 'points'
    ? { kind: 'points', x: tensor(c.x, { dtype, shape: [c.x.length / c.axes, c.axes] }) }
    : { kind: 'grid', axes: c.axes.map((x) => tensor(x, { dtype })) }

/** Shape of a field at `c`: [P] at points, [n₁, …, n_d] on a grid. */
export const coordsShape = (c: Coords): number[] =>
  c.kind === 'points' ? [c.x.shape[0]!] : c.axes.map((x) => x.shape[0]!)

/** All points of the coordinates, [P, axes]; for a grid, every combination, with the last axis fastest. */
export function coordsPoints(c: Coords): Tensor {
  if (c.kind === 'points') return c.x
  const shape = coordsShape(c)
  const along = (x: Tensor, a: number): Tensor =>
    broadcastTo(
      reshape(
        x,
        shape.map((n, b) => (b === a ? n : 1)),
      ),
      shape,
    )
  return stack(
    c.axes.map((x, a) => reshape(along(x, a), [-1])),
    1,
  )
}

/** The coordinates as a list of tensors, for trees: one [P, axes], or a vector for each axis of a grid. */
export const coordsTensors = (c: Coords): readonly Tensor[] => (c.kind === 'points' ? [c.x] : c.axes)

/** The inverse of {@link coordsTensors}. */
export const coordsFrom = (tensors: readonly Tensor[]): Coords =>
  tensors.length === 1 && tensors[0]!.ndim === 2 ? { kind: 'points', x: tensors[0]! } : { kind: 'grid', axes: tensors }

/**
 * Converts data of an operator problem to tensors: f is [N, m]; u is [N, P] or [N, n₁, …, n_d], with one more axis for
 * several outputs.
 *
 * @param dtype default `f32`
 * @example const { f, u, at } = toOperatorTensors(problem, await problem.data('test'))
 */
export function toOperatorTensors(
  problem: Pick<OperatorProblem, 'at' | 'outputs' | 'sensors'>,
  data: OperatorData,
  dtype: FloatDType = 'f32',
): OperatorTensors {
  const c = toCoords(problem.at, dtype)
  const tail = problem.outputs === 1 ? [] : [problem.outputs]
  return {
    f: tensor(data.sensors, { dtype, shape: [data.count, problem.sensors.count] }),
    u: tensor(data.values, { dtype, shape: [data.count, ...coordsShape(c), ...tail] }),
    at: coordsTensors(c),
  }
}
