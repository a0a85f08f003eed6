/**
 * Further baselines of sequences: the last known value, and a regression on the states of a random recurrent network.
 */
import {
  add,
  concatenate,
  jit,
  key as keyOf,
  matmul,
  mul,
  normal,
  reshape,
  scan,
  slice,
  tanh,
  tensor,
  transpose,
  zeros,
} from '@spikeward/core'
import type {
  Backend,
  OperatorData,
  PointSet,
  RegressionProblem,
  RolloutProblem,
  Tensor,
  WindowShape,
} from '@spikeward/core'
import { type BaselineData, type Rows, errorOf, operatorRows, someRows, standardised } from './baselineData.js'
import type { BaselineFacts, EchoState } from './baselines.js'
import { type Predict, linearRidge, linearStepper } from './linearRidge.js'
import { type PredictFrames, type RolloutMeasures, rolloutMeasures } from '@spikeward/train'
import { kernelStepper } from './kernelRidge.js'
import { bestFit } from '../search/searchBest.js'

type Windows = Pick<RegressionProblem, 'points'> & { readonly window: WindowShape }

/**
 * Persistence, and an echo state network.
 *
 * @param test windows to report on; default: the test split, of which the last known targets are stored
 * @param backend one with double precision
 */
export async function sequenceBaselines(
  problem: Windows,
  test: PointSet | null,
  backend: Backend,
): Promise<Pick<BaselineFacts, 'persistence' | 'echoState'>> {
  const known = test === null ? problem.window.known('test') : null
  return {
    persistence: known === null ? null : errorOf(known, problem.points('test'), 'pooled'),
    echoState: await echoState(problem, test ?? problem.points('test'), backend),
  }
}

const UNITS = 200
const GRID = [0.3, 1].flatMap((input) => [0.9, 1.2].map((radius) => ({ input, radius })))

/**
 * An echo state network on the same windows: h ← tanh(x W + h V + b) with random W, V and b, and ridge regression on
 * (x, h). V has the spectral radius `radius` for many units. Validation chooses input gain, radius and penalty.
 *
 * @see Jaeger 2001, GMD Report 148
 */
async function echoState({ points, window }: Windows, test: PointSet, backend: Backend): Promise<EchoState> {
  const { steps, scored, channels } = window
  const train = points('train')
  const normalise = standardised(
    train.x,
    train.count * steps,
    Array.from({ length: channels }, () => 1),
  )
  const states = jit((x: Tensor, w: Tensor, v: Tensor, b: Tensor): Tensor => {
    const samples = x.shape[1]!
    const [, rows] = scan(
      (h: Tensor, now: Tensor): [Tensor, Tensor] => {
        const next = tanh(add(add(matmul(now, w), matmul(h, v)), b))
        return [next, concatenate([now, next], 1)]
      },
      zeros([samples, UNITS], 'f64'),
      x,
    )
    const last = slice(rows, [steps - scored, 0, 0], [steps, samples, channels + UNITS])
    return reshape(transpose(last, [1, 0, 2]), [samples * scored, channels + UNITS])
  })
  const found = await bestFit(GRID, async ({ input, radius }) => {
    const draw = (i: number, shape: readonly number[], scale: number): Tensor =>
      mul(normal(keyOf(0, { backend }).fold(i), shape, { dtype: 'f64' }), scale)
    const w = draw(0, [channels, UNITS], input / Math.sqrt(channels))
    const [v, b] = [draw(1, [UNITS, UNITS], radius / Math.sqrt(UNITS)), draw(2, [UNITS], 0.3)]
    const rowsOf = async ({ x, y, count }: PointSet): Promise<Rows> => {
      const sequence = tensor(normalise(x), { shape: [count, steps, channels], backend })
      const features = states(transpose(sequence, [1, 0, 2]), w, v, b)
      return { x: Float64Array.from(await features.data(), Number), y, count: count * scored }
    }
    const data: BaselineData = {
      ...{ train: await rowsOf(train), validation: await rowsOf(points('validation')), test: await rowsOf(test) },
      units: Array.from({ length: channels + UNITS }, () => 1),
      error: 'pooled',
    }
    const { relativeL2, validation, penalty } = await linearRidge(data, { backend })
    return { relativeL2, validation, penalty, input, radius, units: UNITS }
  })
  states.dispose()
  return found
}

/** Centres of a kernel stepper: each of the steps of ten trajectory lengths multiplies by all of them. */
const CENTRES = 2000
const HELD = 500

/** Rolls out a rule for the increments of fields in one step, [rows, points, channels], from rows of sensor values. */
const stepped =
  (
    { outputs, trajectory: { frames }, sensors: { count: width } }: RolloutProblem,
    increments: Predict,
  ): PredictFrames =>
  async (first, count) => {
    const steps = frames - 1
    const points = width / outputs
    const out = new Float64Array(count * width * steps)
    const rows = first.slice()
    for (let k = 0; k < steps; k++) {
      const change = await increments(rows, count)
      for (let n = 0; n < count; n++)
        for (let p = 0; p < points; p++)
          for (let c = 0; c < outputs; c++) {
            const i = (n * outputs + c) * points + p
            rows[i]! += change[(n * points + p) * outputs + c]!
            out[((n * points + p) * steps + k) * outputs + c] = rows[i]!
          }
    }
    return out
  }

/**
 * Persistence, and linear and kernel ridge regression of the increment of a field on the field, each rolled out from
 * the first frames of the test trajectories. Settings are chosen by the error of one step on validation pairs.
 *
 * @param backend one with double precision
 */
export async function rolloutBaselines(
  problem: RolloutProblem,
  backend: Backend,
): Promise<Pick<BaselineFacts, 'linear' | 'kernel' | 'persistence' | 'rollout'>> {
  const { step } = problem
  const pairs = (of: 'train' | 'validation'): Promise<OperatorData> => step.data(of)
  const [train, validation] = [await pairs('train'), await pairs('validation')]
  const whole = operatorRows(step, { train, validation, test: validation })
  const held = someRows(whole.validation, HELD)
  const data = { ...whole, validation: held, test: held }
  const test = await problem.data('test')
  const measured = (increments: Predict): Promise<RolloutMeasures> =>
    rolloutMeasures(stepped(problem, increments), problem, test)
  const persistence = await measured((rows) => Promise.resolve(new Float64Array(rows.length)))
  const linear = await linearStepper(data, { backend }, measured)
  const kernel = await kernelStepper(data, { backend, centres: CENTRES }, measured)
  const error = ({ relativeL2 }: RolloutMeasures): number => relativeL2 ?? Infinity
  return {
    linear: { ...linear.facts, relativeL2: error(linear.found) },
    kernel: { ...kernel.facts, relativeL2: error(kernel.found) },
    persistence: persistence.relativeL2,
    rollout: { persistence, linear: linear.found, kernel: kernel.found },
  }
}
