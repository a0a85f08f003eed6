/** Baselines of sequences: the last known value, and regressions on what is known when a prediction is due. */
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
import type { Backend, RegressionProblem, Tensor, WindowShape } from '@spikeward/core'
import { errorOf, standardised } from './baselineData.js'
import type { BaselineData, Rows } from './baselineData.js'
import type { BaselineFacts, EchoState } from './baselines.js'
import { kernelRidge } from './kernelRidge.js'
import { linearRidge } from './linearRidge.js'

type Split = 'train' | 'validation' | 'test'

/** Blocks of inputs that regressions read: those of the step, and of steps before it. */
const DEPTHS = [1, 2, 4]

/**
 * A row for each step that has targets: the inputs of the step and of `depth − 1` steps before it, `delays` apart, that the window has. The
 * inputs of a step hold `delays` rows of the sequence, so that together they are `depth · delays` delay coordinates.
 */
export function delayRows(
  { points, window }: RegressionProblem & { readonly window: WindowShape },
  depth: number,
): BaselineData {
  const { steps, scored, channels, delays } = window
  const rowsOf = (split: Split): Rows => {
    const { x, y, count } = points(split)
    const out = new Float64Array(count * scored * depth * channels)
    for (let n = 0; n < count; n++)
      for (let s = 0; s < scored; s++)
        for (let d = 0; d < depth; d++) {
          const from = (n * steps + steps - scored + s - d * delays) * channels
          out.set(x.subarray(from, from + channels), ((n * scored + s) * depth + d) * channels)
        }
    return { x: out, y, count: count * scored }
  }
  return {
    ...{ train: rowsOf('train'), validation: rowsOf('validation'), test: rowsOf('test') },
    units: Array.from({ length: depth * channels }, () => 1),
    error: 'pooled',
  }
}

/** The result with the least validation error. */
const best = <T extends { readonly validation: number }>(found: readonly T[]): T =>
  found.reduce((a, b) => (b.validation < a.validation ? b : a))

/**
 * Persistence; ridge and kernel ridge regression on delay coordinates, as many as validation chooses; and an echo state network.
 *
 * @param backend one with double precision
 */
export async function sequenceBaselines(
  problem: RegressionProblem & { readonly window: WindowShape },
  backend: Backend,
): Promise<Pick<BaselineFacts, 'linear' | 'kernel' | 'persistence' | 'echoState'>> {
  const { window } = problem
  const { delays } = window
  const depths = DEPTHS.filter((depth) => (depth - 1) * delays <= window.steps - window.scored)
  const [linear, kernel]: [BaselineFacts['linear'][], BaselineFacts['kernel'][]] = [[], []]
  for (const depth of depths) {
    const data = delayRows(problem, depth)
    linear.push(await linearRidge(data, { backend }))
    kernel.push(await kernelRidge(data, { backend }))
  }
  const known = window.known('test')
  const test = problem.points('test')
  return {
    linear: best(linear.filter((one) => one !== null)),
    kernel: best(kernel.filter((one) => one !== null)),
    persistence: known === null ? null : errorOf(known, test, 'pooled'),
    echoState: await echoState(problem, backend),
  }
}

const UNITS = 200
const GRID = [0.3, 1].flatMap((input) => [0.9, 1.2].map((radius) => ({ input, radius })))

/**
 * An echo state network on the same windows: h ← tanh(x W + h V + b) with random W, V and b, and ridge regression on (x, h). V has the spectral
 * radius `radius` for many units. Validation chooses input gain, radius and penalty.
 *
 * @see Jaeger 2001, GMD Report 148
 */
async function echoState(
  { points, window }: RegressionProblem & { readonly window: WindowShape },
  backend: Backend,
): Promise<EchoState> {
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
  const found: (EchoState & { readonly validation: number })[] = []
  for (const { input, radius } of GRID) {
    const draw = (i: number, shape: readonly number[], scale: number): Tensor =>
      mul(normal(keyOf(0, { backend }).fold(i), shape, { dtype: 'f64' }), scale)
    const w = draw(0, [channels, UNITS], input / Math.sqrt(channels))
    const [v, b] = [draw(1, [UNITS, UNITS], radius / Math.sqrt(UNITS)), draw(2, [UNITS], 0.3)]
    const rowsOf = async (split: Split): Promise<Rows> => {
      const { x, y, count } = points(split)
      const sequence = tensor(normalise(x), { shape: [count, steps, channels], backend })
      const features = states(transpose(sequence, [1, 0, 2]), w, v, b)
      return { x: Float64Array.from(await features.data(), Number), y, count: count * scored }
    }
    const data: BaselineData = {
      ...{ train: await rowsOf('train'), validation: await rowsOf('validation'), test: await rowsOf('test') },
      units: Array.from({ length: channels + UNITS }, () => 1),
      error: 'pooled',
    }
    const { relativeL2, validation, penalty } = await linearRidge(data, { backend })
    found.push({ relativeL2, validation, penalty, input, radius, units: UNITS })
  }
  states.dispose()
  return best(found)
}
