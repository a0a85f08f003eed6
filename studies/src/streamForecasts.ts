/** Forecasts of a stream by a network that learns while it runs, by a frozen one, and by a linear readout. */
import { type Backend, type Tree, affine, scope, tensor, treeLeaves } from '@spikeward/core'
import type { SpikingStreamParams, SpikingStreamState } from '@spikeward/operators'
import {
  type LearnOptions,
  type LearnedSample,
  type LeastSquaresState,
  type Sample,
  type StreamNetwork,
  learner,
  recursiveLeastSquares,
} from '@spikeward/train'

/** A forecast of each sample, made `horizon` samples before; null while there is none. */
export type Forecasts = readonly (ArrayLike<number> | null)[]

/** Samples that a learner takes at once. */
const LIST = 64

/**
 * Outcomes of a network that learns from each sample, and of a copy whose weights stay as they are at sample `freeze`.
 */
export async function byNetwork<P extends Tree, S extends Tree>(
  options: LearnOptions<P, S>,
  stream: readonly Sample[],
  freeze: number,
  key: number,
  backend: Backend,
): Promise<{ readonly live: readonly LearnedSample[]; readonly frozen: readonly LearnedSample[] }> {
  const common = { ...options, backend, key }
  const online = await learner(common)
  const run = async (one: typeof online, from: number, to: number): Promise<LearnedSample[]> => {
    const outcomes: LearnedSample[] = []
    for (let t = from; t < to; t += LIST) outcomes.push(...(await one.take(stream.slice(t, Math.min(t + LIST, to)))))
    return outcomes
  }
  const before = await run(online, 0, freeze)
  const copy = await learner({ ...common, frozen: true, from: await online.checkpoint() })
  const after = await run(online, freeze, stream.length)
  return { live: [...before, ...after], frozen: [...before, ...(await run(copy, freeze, stream.length))] }
}

/** The linear part of a network for streams: what spikes do not add. */
export function linearPart(
  options: LearnOptions<SpikingStreamParams, SpikingStreamState>,
): LearnOptions<SpikingStreamParams['linear'], []> {
  const network: StreamNetwork<SpikingStreamParams['linear'], []> = {
    init: (key) => options.network.init(key).linear,
    rest: () => [],
    step: (p, _, x) => [[], affine(p, x)],
  }
  return { ...options, network }
}

/** The predictions of outcomes, by the number of the sample. */
export function predictionsOf(outcomes: readonly LearnedSample[], samples: number): Forecasts {
  const all: (ArrayLike<number> | null)[] = Array.from({ length: samples }, () => null)
  for (const { index, prediction } of outcomes) all[index] = prediction
  return all
}

/** The same by recursive least squares on the same inputs, with forgetting. */
export async function byLeastSquares(
  stream: readonly Sample[],
  { delays = 1, horizon = 0 }: Pick<LearnOptions<Tree, Tree>, 'delays' | 'horizon'>,
  forgetting = 0.999,
): Promise<Forecasts> {
  const readout = recursiveLeastSquares({ ridge: 1e-2, forgetting })
  const rowOf = (t: number): Float64Array | null => {
    if (t < delays - 1) return null
    const numbers = Array.from({ length: delays }, (_, d) => Array.from(stream[t - d]!.x)).flat()
    return Float64Array.of(1, ...numbers.map((v) => (Number.isNaN(v) ? 0 : v)))
  }
  const f64 = (values: Float64Array) => tensor(values, { dtype: 'f64' })
  const predicted = async (of: LeastSquaresState, features: Float64Array): Promise<Float64Array> => {
    const forecast = scope(() => readout.predict(of, f64(features)))
    const numbers = await forecast.data()
    forecast.dispose()
    return numbers as Float64Array
  }
  let state = readout.init(stream[0]!.x.length * delays + 1, stream[0]!.y.length)
  const forecasts: (Float64Array | null)[] = []
  const pending: (Float64Array | null)[] = []
  for (const [t, { y }] of stream.entries()) {
    forecasts.push(pending[t] ?? null)
    const past = rowOf(t - horizon)
    if (past !== null) {
      const known = await predicted(state, past)
      // A reading that is missing leaves its weights as they are.
      const target = Float64Array.from(y, (v, s) => (Number.isNaN(v) ? known[s]! : v))
      const next = scope(() => readout.update(state, f64(past), f64(target)))
      treeLeaves(state).forEach((one) => one.dispose())
      state = next
    }
    const now = rowOf(t)
    if (now !== null) pending[t + horizon] = await predicted(state, now)
  }
  return forecasts
}
