/** Further baselines of sequences: the last known value, and a regression on the states of a random recurrent network. */
import { add, concatenate, jit, key as keyOf, matmul, mul, normal, reshape, scan, slice, tanh } from '@spikeward/core'
import { tensor, transpose, zeros } from '@spikeward/core'
import type { Backend, PointSet, RegressionProblem, Tensor, WindowShape } from '@spikeward/core'
import { type BaselineData, type Rows, errorOf, standardised } from './baselineData.js'
import type { BaselineFacts, EchoState } from './baselines.js'
import { linearRidge } from './linearRidge.js'

type Windows = Pick<RegressionProblem, 'points'> & { readonly window: WindowShape }

/** The result with the least validation error. */
export const best = <T extends { readonly validation: number }>(found: readonly T[]): T =>
  found.reduce((a, b) => (b.validation < a.validation ? b : a))

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
 * An echo state network on the same windows: h ← tanh(x W + h V + b) with random W, V and b, and ridge regression on (x, h). V has the spectral
 * radius `radius` for many units. Validation chooses input gain, radius and penalty.
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
  const found: (EchoState & { readonly validation: number })[] = []
  for (const { input, radius } of GRID) {
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
    found.push({ relativeL2, validation, penalty, input, radius, units: UNITS })
  }
  states.dispose()
  return best(found)
}
