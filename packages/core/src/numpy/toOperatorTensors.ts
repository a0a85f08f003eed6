import type { OperatorTensors } from '../contracts/operatorNetwork.js'
import type { OperatorData, OperatorProblem } from '../contracts/problems/operatorProblem.js'
import type { FloatDType } from '../tensor/dtype.js'
import { coordsShape, coordsTensors, toCoords } from './coordinates.js'
import { tensor } from './create.js'

/**
 * Converts data of an operator problem to tensors: f is [N, m]; u is [N, P] or [N, n₁, …, n_d], with one more axis for several
 * outputs.
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
