/** Further baselines of sequences: the last known value, and regressions on the states of random recurrent networks. */
import {
  type Backend,
  type Network,
  type OperatorData,
  type PointSet,
  type RegressionProblem,
  type RolloutProblem,
  type SequenceNetwork,
  type Tensor,
  type Tree,
  type WindowShape,
  add,
  cast,
  concatenate,
  jit,
  key as keyOf,
  matmul,
  mean,
  mul,
  normal,
  reshape,
  scan,
  slice,
  tanh,
  tensor,
  transpose,
  treeLeaves,
  zeros,
} from '@spikeward/core'
import {
  type BaselineData,
  type Rows,
  accuracyOf,
  columnMeans,
  errorOf,
  operatorRows,
  someRows,
  standardised,
} from './baselineData.js'
import type { BaselineFacts, EchoState } from './baselines.js'
import { type LinearRidge, type Predict, linearRidge, linearStepper } from './linearRidge.js'
import { isSequenceNetwork } from '../assembly/freeRun.js'
import { type PredictFrames, type RolloutMeasures, type Variables, rolloutMeasures } from '@spikeward/train'
import { kernelStepper } from './kernelRidge.js'
import { bestFit } from '../search/searchBest.js'

type Windows = Pick<RegressionProblem, 'points'> & { readonly window: WindowShape }

/** A network and the key of its initial variables. */
export type Untrained = { readonly network: Network<Variables>; readonly key: number }

/**
 * Persistence, an echo state network, and a regression on the states of the untrained network; of classes also the
 * accuracy of the class that most training windows have.
 *
 * @param test windows to report on; default: the test split, of which the last known targets are stored
 * @param backend one with double precision
 */
export async function sequenceBaselines(
  problem: Windows,
  test: PointSet | null,
  { network, key }: Untrained,
  backend: Backend,
): Promise<Pick<BaselineFacts, 'persistence' | 'echoState' | 'untrained' | 'majority'>> {
  const known = test === null ? problem.window.known('test') : null
  const on = test ?? problem.points('test')
  const { classes } = problem.window
  return {
    persistence: known === null ? null : errorOf(known, problem.points('test'), 'pooled'),
    echoState: await echoState(problem, on, backend),
    ...(isSequenceNetwork(network) ? { untrained: await untrainedStates(problem, on, network, key, backend) } : {}),
    ...(classes === undefined ? {} : { majority: majorityOf(problem.points('train'), on) }),
  }
}

/** The share of rows of the class that most training rows have. */
function majorityOf(train: PointSet, test: PointSet): number {
  const shares = columnMeans(train.y, train.count)
  const most = shares.map((share) => Number(share === Math.max(...shares)))
  return accuracyOf(
    Float64Array.from({ length: test.y.length }, (_, i) => most[i % most.length]!),
    test,
  )
}

/** Features of windows from those of their scored steps, [scored, samples, n]: a row for each step; with a class, one. */
function featureRows(steps: Tensor, classes: WindowShape['classes']): Tensor {
  const [scored, samples, n] = steps.shape as [number, number, number]
  if (classes === undefined) return reshape(transpose(steps, [1, 0, 2]), [samples * scored, n])
  const last = reshape(slice(steps, [scored - 1, 0, 0], [scored, samples, n]), [samples, n])
  return concatenate([mean(steps, 0), last], 1)
}

/** A ridge regression on features of windows, [samples, steps · channels] → rows. */
async function ridgeOn(
  { points, window: { scored, classes } }: Windows,
  test: PointSet,
  features: (x: Float64Array, count: number) => Promise<Float64Array>,
  backend: Backend,
): Promise<LinearRidge> {
  const rowsOf = async ({ x, y, count }: PointSet): Promise<Rows> => ({
    ...{ x: await features(x, count), y, count: classes === undefined ? count * scored : count },
  })
  const train = await rowsOf(points('train'))
  const units = new Array<number>(train.x.length / train.count).fill(1)
  const data: BaselineData = {
    ...{ train, validation: await rowsOf(points('validation')), test: await rowsOf(test) },
    ...{ units, error: 'pooled', classes: classes !== undefined },
  }
  return linearRidge(data, { backend })
}

/** Ridge regression on all states of the untrained network, of which its own readout sees a part. */
async function untrainedStates(
  problem: Windows,
  test: PointSet,
  network: SequenceNetwork<Variables>,
  key: number,
  backend: Backend,
): Promise<Pick<LinearRidge, 'relativeL2' | 'accuracy'>> {
  const { steps, scored, channels, classes } = problem.window
  const states = jit((variables: Variables, x: Tensor): Tensor => {
    const samples = x.shape[0]!
    const [, rows] = scan(
      (state: Tree, now: Tensor): [Tree, Tensor] => {
        const [next] = network.step(variables, state, now)
        return [next, concatenate([...treeLeaves(next).map((t) => cast(t, 'f32')), now], 1)]
      },
      network.rest(samples),
      transpose(reshape(x, [samples, steps, channels]), [1, 0, 2]),
    )
    return featureRows(slice(rows, [steps - scored, 0, 0], [steps, samples, rows.shape[2]!]), classes)
  })
  const init = jit((k: ReturnType<typeof keyOf>) => network.init(k))
  const variables = init(keyOf(key, { backend }))
  const features = async (x: Float64Array, count: number): Promise<Float64Array> => {
    const windows = tensor(x, { dtype: 'f32', shape: [count, steps * channels], backend })
    const rows = states(variables, windows)
    const values = Float64Array.from(await rows.data(), Number)
    for (const t of [windows, rows]) t.dispose()
    return values
  }
  const { relativeL2, accuracy } = await ridgeOn(problem, test, features, backend)
  for (const compiled of [init, states]) compiled.dispose()
  for (const t of treeLeaves([variables.trained, variables.fixed])) t.dispose()
  return { relativeL2, ...(accuracy === undefined ? {} : { accuracy }) }
}

const UNITS = 200
const GRID = [0.3, 1].flatMap((input) => [0.9, 1.2].map((radius) => ({ input, radius })))

/**
 * An echo state network on the same windows: h ← tanh(x W + h V + b) with random W, V and b, and ridge regression on
 * (x, h). V has the spectral radius `radius` for many units. Validation chooses input gain, radius and penalty.
 *
 * @see Jaeger 2001, GMD Report 148
 */
async function echoState(problem: Windows, test: PointSet, backend: Backend): Promise<EchoState> {
  const { steps, scored, channels, classes } = problem.window
  const train = problem.points('train')
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
    return featureRows(slice(rows, [steps - scored, 0, 0], [steps, samples, channels + UNITS]), classes)
  })
  const best = await bestFit(GRID, async ({ input, radius }) => {
    const draw = (i: number, shape: readonly number[], scale: number): Tensor =>
      mul(normal(keyOf(0, { backend }).fold(i), shape, { dtype: 'f64' }), scale)
    const w = draw(0, [channels, UNITS], input / Math.sqrt(channels))
    const [v, b] = [draw(1, [UNITS, UNITS], radius / Math.sqrt(UNITS)), draw(2, [UNITS], 0.3)]
    const features = async (x: Float64Array, count: number): Promise<Float64Array> => {
      const sequence = tensor(normalise(x), { shape: [count, steps, channels], backend })
      return Float64Array.from(await states(transpose(sequence, [1, 0, 2]), w, v, b).data(), Number)
    }
    const { rows: _, of: __, ...facts } = await ridgeOn(problem, test, features, backend)
    return { ...facts, input, radius, units: UNITS }
  })
  states.dispose()
  return best
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
  const fewRows = someRows(whole.validation, HELD)
  const data = { ...whole, validation: fewRows, test: fewRows }
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
