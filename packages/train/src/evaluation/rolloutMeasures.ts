/** How long the rollout of a time-stepper follows reference trajectories. */
import { coordsFrom, coordsTensors, inOrder, jit, toCoords } from '@spikeward/core'
import type { OperatorData, OperatorNetwork, RolloutProblem, Tensor, Tree } from '@spikeward/core'
import { batchesOf } from './batchesOf.js'
import { floatTypeOf } from './evaluate.js'

/**
 * Fields at all later frames, [count, points, frames − 1, channels], from first fields as rows of sensor values,
 * [count, channels · points].
 */
export type PredictFrames = (first: Float64Array, count: number) => Promise<Float64Array>

/** Measures of rollouts, as means over trajectories. */
export type RolloutMeasures = {
  /** The relative L2 error over all later frames of a trajectory; null if a field is not finite. */
  readonly relativeL2: number | null
  /** The relative L2 error after 1, 2, … steps; null where a field is not finite. */
  readonly errors: readonly (number | null)[]
  /** The correlation after 1, 2, … steps; 0 where a field is not finite. */
  readonly correlations: readonly number[]
  /** Time until the correlation is below 0.8; the time of the last frame if it never is. */
  readonly correlationTime: number
  /** Steps until the error is above 0.1; their number if it never is. */
  readonly stepsToError: number
  /** The share of rollouts that stay bounded over 10 times the length of the trajectories. */
  readonly stable: number
}

/** The error of {@link RolloutMeasures.stepsToError}. */
const ERROR_LIMIT = 0.1
/** The correlation of {@link RolloutMeasures.correlationTime}. */
const CORRELATION_LIMIT = 0.8
/** Lengths of trajectories over which a rollout must stay bounded. */
const HORIZONS = 10
/** A field is bounded if its norm is at most this many times the largest of the reference. */
const BOUND = 2

/**
 * Rolls out first fields and compares them with the reference. For trajectory n, step k and channel c:
 *
 *     e_k = mean_n ‖û_nk − u_nk‖ / ‖u_nk‖,   ρ_k = mean_n mean_c ⟨û_nkc, u_nkc⟩ / (‖û_nkc‖ ‖u_nkc‖)
 *
 * ρ is the correlation of APEBench, which subtracts no mean. The correlation time is the time at which ρ falls below
 * 0.8, and the steps until error 0.1 are those at which e reaches 0.1; both are linear between steps, with ρ = 1 and e
 * = 0 at the start. A rollout is stable if each of its fields over 10 times the length of the trajectories is finite
 * and its norm at most twice the largest of the reference.
 *
 * @param data first fields and later frames of the trajectories
 * @see Koehler, Niedermayr, Westermann & Thuerey, APEBench, NeurIPS 2024 (correlation, error by step); Lippe et al.,
 *   PDE-Refiner, NeurIPS 2023 (the limit 0.8)
 * @example const { correlationTime } = await rolloutMeasures(predict, problem, await problem.data('test'))
 */
export async function rolloutMeasures(
  predict: PredictFrames,
  problem: Pick<RolloutProblem, 'trajectory' | 'outputs' | 'sensors'>,
  { count, sensors, values }: OperatorData,
): Promise<RolloutMeasures> {
  const {
    outputs,
    sensors: { count: width },
  } = problem
  const { interval, frames } = problem.trajectory
  const steps = frames - 1
  const points = width / outputs
  const at = (n: number, k: number, p: number, c: number): number => ((n * points + p) * steps + k) * outputs + c
  /** √ of the squares of channels of a field, [channels]. */
  const normsOf = (from: Float64Array, n: number, k: number): number[] =>
    Array.from({ length: outputs }, (_, c) => {
      let square = 0
      for (let p = 0; p < points; p++) square += from[at(n, k, p, c)]! ** 2
      return Math.sqrt(square)
    })
  const normOf = (norms: readonly number[]): number => Math.hypot(...norms)
  const [errors, correlations] = [new Float64Array(steps), new Float64Array(steps)]
  let [largest, relativeL2] = [0, 0]
  const first = await predict(sensors, count)
  for (let n = 0; n < count; n++) {
    let [differences, squares] = [0, 0]
    for (let k = 0; k < steps; k++) {
      const [norms, result] = [normsOf(values, n, k), normsOf(first, n, k)]
      largest = Math.max(largest, normOf(norms))
      let difference = 0
      const products = new Float64Array(outputs)
      for (let p = 0; p < points; p++)
        for (let c = 0; c < outputs; c++) {
          const [u, v] = [values[at(n, k, p, c)]!, first[at(n, k, p, c)]!]
          difference += (v - u) ** 2
          products[c]! += (u * v) / (norms[c]! * result[c]! || 1)
        }
      differences += difference
      squares += normOf(norms) ** 2
      errors[k]! += Math.sqrt(difference) / normOf(norms) / count
      const correlation = products.reduce((sum, one) => sum + one / outputs, 0)
      correlations[k]! += (Number.isFinite(correlation) ? correlation : 0) / count
    }
    relativeL2 += Math.sqrt(differences / squares) / count
  }

  const bounded = new Array<boolean>(count).fill(true)
  let fields = first
  for (let horizon = 0; horizon < HORIZONS; horizon++) {
    if (horizon > 0) fields = await predict(lastRows(fields, count, points, steps, outputs), count)
    for (let n = 0; n < count; n++)
      for (let k = 0; k < steps && bounded[n]!; k++) bounded[n] = normOf(normsOf(fields, n, k)) <= BOUND * largest
  }
  return {
    relativeL2: finiteOrNull(relativeL2),
    errors: Array.from(errors, finiteOrNull),
    correlations: [...correlations],
    correlationTime: interval * crossing(1, correlations, CORRELATION_LIMIT),
    stepsToError: crossing(0, errors, ERROR_LIMIT),
    stable: bounded.filter(Boolean).length / count,
  }
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The steps after which a curve first reaches a limit, linear between steps; all steps if it never does. */
function crossing(start: number, curve: Float64Array, limit: number): number {
  const side = Math.sign(start - limit)
  const after = curve.findIndex((value) => !(side * (value - limit) > 0))
  if (after < 0) return curve.length
  const [before, value] = [curve[after - 1] ?? start, curve[after]!]
  return after + (Number.isFinite(value) ? (limit - before) / (value - before) : 0)
}

/** The last fields of [count, points, steps, channels] as rows [count, channels · points]. */
function lastRows(fields: Float64Array, count: number, points: number, steps: number, outputs: number): Float64Array {
  const rows = new Float64Array(count * points * outputs)
  for (let n = 0; n < count; n++)
    for (let p = 0; p < points; p++)
      for (let c = 0; c < outputs; c++)
        rows[(n * outputs + c) * points + p] = fields[((n * points + p) * steps + steps - 1) * outputs + c]!
  return rows
}

/** Options of {@link networkRollout}. */
export type NetworkRolloutOptions = {
  /** Trajectories at a time. Default 64. */
  readonly batch?: number
}

/**
 * Prepares the rollouts of a network, compiled once, for {@link rolloutMeasures}; `dispose` frees it.
 *
 * @param network from first fields to later frames, such as `timeStepper` of @spikeward/operators
 */
export function networkRollout<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z>,
  variables: V,
  problem: Pick<RolloutProblem, 'at' | 'sensors' | 'outputs' | 'trajectory'>,
  { batch = 64 }: NetworkRolloutOptions = {},
): { readonly predict: PredictFrames; dispose(): void } {
  const dtype = floatTypeOf(variables)
  const places = coordsTensors(toCoords(problem.at, dtype))
  const run = jit((v: V, f: Tensor, at: readonly Tensor[]) => network.apply(v, f, coordsFrom(at)))
  const { count: width } = problem.sensors
  return {
    async predict(first, count) {
      const batches = batchesOf(first, count, width, batch)
      try {
        return await batches.predict(width * (problem.trajectory.frames - 1), inOrder, (b) =>
          run(variables, batches.rows(b, dtype), places),
        )
      } finally {
        batches.dispose()
      }
    },
    dispose() {
      run.dispose()
      places.forEach((t) => t.dispose())
    },
  }
}
