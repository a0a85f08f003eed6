import { SpikewardError, coordsFrom, mul, onesLike, toOperatorTensors, zerosLike } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { OperatorExperiment } from '../../assembly/experiment.js'

/** The training solutions of an operator as outputs of the network within its amplitude and its conditions. */
export type OperatorTargets = {
  /** [functions · points], row-major; 0 where the conditions alone determine the solution. */
  readonly values: Float64Array
  /** How far an output moves the solution at each point, as a share of the point where it moves it most. */
  readonly gain: Float64Array
}

/** Relative deviation of an output transform from a straight line. */
const STRAIGHT = 1e-6

const numbers = async (t: Tensor): Promise<Float64Array> => new Float64Array(await t.data())

/**
 * Training solutions u as outputs N of the network, u = transform(N, f, x): amplitude and hard conditions are affine in N, so
 * N = (u − o)/s with o = transform(0) and s = transform(1) − o.
 *
 * @throws CLI_NOT_DEPLOYABLE for conditions that are not affine
 */
export async function operatorTargets({ problem, transform }: OperatorExperiment): Promise<OperatorTargets> {
  const data = await problem.data('train')
  const points = data.values.length / data.count
  if (transform === null) return { values: data.values, gain: new Float64Array(points).fill(1) }
  const { f, u, at } = toOperatorTensors(problem, data, 'f64')
  const applied = (raw: Tensor): Promise<Float64Array> => numbers(transform.apply(raw, f, coordsFrom(at)))
  const zero = await applied(zerosLike(u))
  const one = await applied(onesLike(u))
  const three = await applied(mul(onesLike(u), 3))
  const values = new Float64Array(data.values.length)
  const gain = new Float64Array(points)
  for (let n = 0; n < data.count; n++) {
    const own = (i: number): number => n * points + i
    const slopes = Float64Array.from({ length: points }, (_, i) => one[own(i)]! - zero[own(i)]!)
    const most = slopes.reduce((largest, s) => Math.max(largest, Math.abs(s)), 0)
    slopes.forEach((s, i) => {
      if (Math.abs(three[own(i)]! - zero[own(i)]! - 3 * s) > STRAIGHT * (most + Math.abs(zero[own(i)]!)))
        throw new SpikewardError(
          'CLI_NOT_DEPLOYABLE',
          `the conditions of ${problem.name} are not affine in the output of the network, so its targets on the chip are not determined; train with --no-hard`,
        )
      if (s === 0) return
      values[own(i)] = (data.values[own(i)]! - zero[own(i)]!) / s
      gain[i]! += Math.abs(s) / most / data.count
    })
  }
  return { values, gain }
}
