import { SpikewardError, inOrder, jit, relativeL2, treeLeaves } from '@spikeward/core'
import type { FloatDType, Network, PointSet, ShareOut, Tensor, Tree } from '@spikeward/core'
import { batchesOf } from './batchesOf.js'
import { checkNetwork, checkPoints, checkVariables } from './checkMeasured.js'

/** A network's prediction at points, and its error. */
export type Evaluation = {
  /** [count, outputs], row-major. */
  readonly prediction: Float64Array
  /** ‖prediction − target‖₂ / ‖target‖₂ over all points and outputs. */
  readonly relativeL2: number
}

/** Measures variables on fixed points. Compiled once, for many calls. */
export type Evaluator<V> = {
  /**
   * `'residual'` if no solution is known: `relativeL2` is then √(mean residual² + Σ mean condition²) of the equation,
   * and `prediction` is empty. If absent, `relativeL2` is the relative L2 error.
   */
  readonly measure?: 'residual'
  /** @param share runs the batches, such as on several processes; default: one after another */
  evaluate(variables: V, share?: ShareOut): Promise<Evaluation>
  dispose(): void
}

/** Options of {@link evaluator}. */
export type EvaluateOptions = {
  /** Points at a time. The last batch repeats a point to reach this size, so that one compiled program serves all. Default 1024. */
  readonly batch?: number
}

/** The element type of a network: that of its first floating-point tensor. */
export function floatTypeOf(tree: Tree): FloatDType {
  const dtype = treeLeaves(tree).find((t) => t.dtype === 'f32' || t.dtype === 'f64')?.dtype
  return dtype === 'f64' ? 'f64' : 'f32'
}

/**
 * Prepares to measure `network` on `points`, batch by batch, on the backend of its variables. The first call moves the points and
 * compiles the network; `dispose` frees both.
 *
 * @throws INVALID_OPTION for an impossible batch; INVALID_ARGUMENT for a value that is not a network or not a set of points; SHAPE_MISMATCH if the network has another number of outputs than the points
 */
export function evaluator<V extends Tree>(
  network: Network<V>,
  points: PointSet,
  options: EvaluateOptions = {},
): Evaluator<V> {
  const { batch: wanted = 1024 } = options
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new SpikewardError('INVALID_OPTION', `an evaluation batch of ${wanted}; give a whole number of at least 1`)
  }
  checkNetwork('evaluate', network)
  checkPoints('evaluate', points)
  const { x, y, count } = points
  const outputs = y.length / count
  const batches = batchesOf(x, count, x.length / count, wanted)
  const predict = jit((variables: V, at: Tensor) => network.apply(variables, at))

  return {
    async evaluate(variables, share = inOrder) {
      checkVariables('evaluate', variables)
      const dtype = floatTypeOf(variables)
      const prediction = await batches.predict(outputs, share, (b) => {
        const out = predict(variables, batches.rows(b, dtype))
        if (out.size === batches.size * outputs) return out
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `'${network.name}' gives [${out.shape.join(', ')}] for ${batches.size} points; expected [${batches.size}, ${outputs}]`,
        )
      })
      return { prediction, relativeL2: relativeL2(prediction, y) }
    },
    dispose() {
      predict.dispose()
      batches.dispose()
    },
  }
}

/**
 * Measures a network once: prediction and relative L2 error at `points`.
 *
 * @throws those of {@link evaluator}
 * @example const { relativeL2 } = await evaluate(network, variables, problem.points('test'))
 */
export async function evaluate<V extends Tree>(
  network: Network<V>,
  variables: V,
  points: PointSet,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const e = evaluator(network, points, options)
  try {
    return await e.evaluate(variables)
  } finally {
    e.dispose()
  }
}
