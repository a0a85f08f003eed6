import { SpikewardError, coordsFrom, coordsTensors, inOrder, jit, relativeL2, toCoords } from '@spikeward/core'
import type { OperatorData, OperatorNetwork, OperatorProblem, ShareOut, Tensor, Tree } from '@spikeward/core'
import { batchesOf } from './batchesOf.js'
import { checkFunctions, checkNetwork, checkVariables } from './checkMeasured.js'
import { type Evaluation, floatTypeOf } from './evaluate.js'

/** An operator network's prediction for functions, and its errors. */
export type OperatorEvaluation = Evaluation & {
  /** Mean over functions of ‖prediction − target‖₂ / ‖target‖₂ of each. */
  readonly relativeL2: number
  /** ‖prediction − target‖₂ / ‖target‖₂ over all functions and points together. */
  readonly relativeL2Pooled: number
  /** The error of every function, [count]. */
  readonly perFunction: Float64Array
}

/** Measures variables on fixed pairs of functions. Compiled once, for many calls. */
export type OperatorEvaluator<V> = {
  /** @param share runs the batches, such as on several processes; default: one after another */
  evaluate(variables: V, share?: ShareOut): Promise<OperatorEvaluation>
  dispose(): void
}

/** Options of {@link operatorEvaluator}. */
export type EvaluateOperatorOptions = {
  /** Functions at a time. The last batch repeats a function to reach this size. Default 64. */
  readonly batch?: number
}

/** Errors of predictions [count, n] against targets: pooled, per function, and their mean. */
function errorsOf(
  prediction: Float64Array,
  target: Float64Array,
  count: number,
): Omit<OperatorEvaluation, 'prediction'> {
  if (count === 0) return { perFunction: new Float64Array(0), relativeL2: NaN, relativeL2Pooled: NaN }
  const n = target.length / count
  const perFunction = Float64Array.from({ length: count }, (_, r) =>
    relativeL2(prediction.subarray(r * n, (r + 1) * n), target.subarray(r * n, (r + 1) * n)),
  )
  return { perFunction, relativeL2: sampleMean([...perFunction]), relativeL2Pooled: relativeL2(prediction, target) }
}

/**
 * Prepares to measure an operator network on pairs of functions, batch by batch, on the backend of its variables. The
 * first call moves the tensors and compiles the network; `dispose` frees both.
 *
 * @param problem where the values of `data` are given
 * @throws INVALID_OPTION; INVALID_ARGUMENT for a value that is not a network, an operator problem or its data;
 *   SHAPE_MISMATCH if the network gives another number of values than the problem has
 */
export function operatorEvaluator<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z>,
  problem: Pick<OperatorProblem, 'at' | 'sensors'>,
  data: OperatorData,
  options: EvaluateOperatorOptions = {},
): OperatorEvaluator<V> {
  const { batch: wanted = 64 } = options
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `an evaluation batch of ${wanted} functions; give a whole number of at least 1`,
    )
  }
  checkNetwork('evaluateOperator', network)
  checkFunctions('evaluateOperator', problem, data)
  const { sensors, values, count } = data
  const n = values.length / count
  const batches = batchesOf(sensors, count, problem.sensors.count, wanted)
  const predict = jit((v: V, f: Tensor, at: readonly Tensor[]) => network.apply(v, f, coordsFrom(at)))
  let places: readonly Tensor[] | undefined

  return {
    async evaluate(variables, share = inOrder) {
      checkVariables('evaluateOperator', variables)
      const dtype = floatTypeOf(variables)
      const at = (places ??= coordsTensors(toCoords(problem.at, dtype)))
      const prediction = await batches.predict(n, share, (b) => {
        const out = predict(variables, batches.rows(b, dtype), at)
        if (out.size === batches.size * n) return out
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `'${network.name}' gives [${out.shape.join(', ')}] for ${batches.size} functions; expected ${n} numbers for each`,
        )
      })
      return { prediction, ...errorsOf(prediction, values, count) }
    },
    dispose() {
      predict.dispose()
      batches.dispose()
      places?.forEach((t) => t.dispose())
      places = undefined
    },
  }
}

/**
 * Measures an operator network once on pairs of functions: both relative L2 errors, the mean of the single functions'
 * and the pooled one.
 *
 * @example const { relativeL2, relativeL2Pooled } = await evaluateOperator(network, variables, problem, await problem.data('test'))
 */
export async function evaluateOperator<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z>,
  variables: V,
  problem: Pick<OperatorProblem, 'at' | 'sensors'>,
  data: OperatorData,
  options: EvaluateOperatorOptions = {},
): Promise<OperatorEvaluation> {
  const e = operatorEvaluator(network, problem, data, options)
  try {
    return await e.evaluate(variables)
  } finally {
    e.dispose()
  }
}

/** The mean of a sample, (1/n) Σ xᵢ; NaN of an empty one. */
export const sampleMean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** The standard deviation of a sample, √(Σ (xᵢ − x̄)²/(n − 1)); null of fewer than two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const centre = sampleMean(values)
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1))
}

/** The median of a sample: of an even number of values, the mean of the two in the middle; NaN of an empty one. */
export function sampleMedian(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return (low + high) / 2
}
