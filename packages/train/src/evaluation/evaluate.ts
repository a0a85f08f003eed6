import {
  SpikewardError,
  inOrder,
  jit,
  relativeL2,
  reshape,
  slice,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
} from '@spikeward/core'
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
  /**
   * As `evaluate`, with all points at once, and leaves the prediction on the backend that computed it, such as for a
   * drawing by a GPU: only the error is read. It is summed in the element type of the network. Absent: the evaluator
   * has no such form.
   */
  onBackend?(variables: V): Promise<BackendEvaluation>
  dispose(): void
}

/** A network's prediction at points, on the backend that computed it, and its error. */
export type BackendEvaluation = {
  /** [count, outputs]. The caller disposes of it. */
  readonly prediction: Tensor
  /** As in {@link Evaluation}. */
  readonly relativeL2: number
}

/** Options of {@link evaluator}. */
export type EvaluateOptions = {
  /** The first point that counts in the error; NaN is the error of no points. Default 0: all count. */
  readonly from?: number
  /**
   * Points at a time. The last batch repeats a point to reach this size, so that one compiled program serves all.
   * Default 1024.
   */
  readonly batch?: number
}

/** The element type of a network: that of its first floating-point tensor. */
export function floatTypeOf(tree: Tree): FloatDType {
  const dtype = treeLeaves(tree).find((t) => t.dtype === 'f32' || t.dtype === 'f64')?.dtype
  return dtype === 'f64' ? 'f64' : 'f32'
}

/**
 * Prepares to measure `network` on `points`, batch by batch, on the backend of its variables. The first call moves the
 * points and compiles the network; `dispose` frees both.
 *
 * @throws INVALID_OPTION for an impossible batch or first point; INVALID_ARGUMENT for a value that is not a network or
 *   not a set of points; SHAPE_MISMATCH if the network has another number of outputs than the points
 */
export function evaluator<V extends Tree>(
  network: Network<V>,
  points: PointSet,
  options: EvaluateOptions = {},
): Required<Omit<Evaluator<V>, 'measure'>> {
  const { batch: wanted = 1024, from = 0 } = options
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new SpikewardError('INVALID_OPTION', `an evaluation batch of ${wanted}; give a whole number of at least 1`)
  }
  checkNetwork('evaluate', network)
  checkPoints('evaluate', points)
  const { x, y, count } = points
  if (!Number.isInteger(from) || from < 0 || from > count)
    throw new SpikewardError('INVALID_OPTION', `an error from point ${from} on; give a whole number from 0 to ${count}`)
  const outputs = y.length / count
  const inputs = x.length / count
  const batches = batchesOf(x, count, inputs, wanted)
  const predict = jit((variables: V, at: Tensor) => network.apply(variables, at))
  const isEmpty = from === count
  const target = y.subarray(from * outputs)
  // A compiled program has at least one point to judge.
  const judged = isEmpty ? y.subarray(-outputs) : target
  /** ‖target‖₂ of the points that count, squared. */
  const norm = target.reduce((squares, value) => squares + value ** 2, 0)
  const relative = (squares: number): number => (squares === 0 ? 0 : Math.sqrt(squares / norm))
  let tensors: { readonly x: Tensor; readonly y: Tensor } | undefined
  const checked = (out: Tensor, rows: number): Tensor => {
    if (out.size === rows * outputs) return out
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `'${network.name}' gives [${out.shape.join(', ')}] for ${rows} points; expected [${rows}, ${outputs}]`,
    )
  }
  const judge = jit((variables: V, at: { readonly x: Tensor; readonly y: Tensor }) => {
    const prediction = reshape(checked(network.apply(variables, at.x), count), [count, outputs])
    const gap = sub(slice(prediction, [Math.min(from, count - 1), 0], [count, outputs]), at.y)
    return { prediction, squares: sum(square(gap)) }
  })

  return {
    async evaluate(variables, share = inOrder) {
      checkVariables('evaluate', variables)
      const dtype = floatTypeOf(variables)
      const prediction = await batches.predict(outputs, share, (b) =>
        checked(predict(variables, batches.rows(b, dtype)), batches.size),
      )
      return { prediction, relativeL2: isEmpty ? NaN : relativeL2(prediction.subarray(from * outputs), target) }
    },
    async onBackend(variables) {
      checkVariables('evaluate', variables)
      const dtype = floatTypeOf(variables)
      tensors ??= {
        x: tensor(x, { dtype, shape: [count, inputs] }),
        y: tensor(judged, { dtype, shape: [judged.length / outputs, outputs] }),
      }
      const { prediction, squares } = judge(variables, tensors)
      const error = await squares.item()
      squares.dispose()
      return { prediction, relativeL2: isEmpty ? NaN : relative(error) }
    },
    dispose() {
      predict.dispose()
      judge.dispose()
      batches.dispose()
      treeLeaves(tensors ?? {}).forEach((t) => t.dispose())
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
