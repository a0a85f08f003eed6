import { type Backend, type OperatorProblem, type SourceFunction, SpikewardError, key as keyOf } from '@spikeward/core'
import { type LoadedNetwork, loadNetwork, makeProblem } from '@spikeward/experiment'
import { pointsOf, relativeL2 } from '@spikeward/problems'
import { type OperatorName, type Span, shownOperators, smooth, spanOf, unlike } from '../../operator/shownOperators.js'
import { lruCache } from './lruCache.js'

type Prepared = {
  readonly problem: OperatorProblem
  readonly network: LoadedNetwork
  /** The points of its solutions. */
  readonly points: Float64Array
  /** The span of the sources that the network was trained on. */
  readonly span: Span
}

/** Keys of functions generated in the page: far from those of the training, validation and test sets. */
const UNSEEN = 1_000_003

/**
 * Key and number of the functions that define which sources are similar to those of the training: as many as were used
 * there.
 */
const SEEN = 0
const SAMPLES = 800

/**
 * A source term: values drawn on an equidistant grid over the interval, or a random function from outside of the
 * training set.
 */
export type OperatorSource =
  | { readonly kind: 'drawn'; readonly values: Float64Array }
  | { readonly kind: 'random'; readonly key: number }

type Question = { readonly name: OperatorName; readonly url: string; readonly source: OperatorSource }

/**
 * Answers a source with a trained operator network and the reference solver. Grids are row-major; the last axis runs
 * fastest.
 */
export function makeOperators(backend: Backend) {
  const cache = lruCache<Prepared>(Object.keys(shownOperators).length)
  return async ({ name, url, source }: Question) => {
    const { problem, network, points, span } = await cache.of(name, () => load(name, url, backend))
    const f = await functionOf(name, problem, source)
    const values = f(problem.sensors.x)
    const begun = performance.now()
    const prediction = await network.predict(points, values)
    const answered = performance.now()
    const reference = problem.generator!.solve(f, problem.at)
    const solved = performance.now()
    return {
      grid: problem.at.kind === 'grid' ? problem.at.axes.map((a) => a.length) : [prediction.length],
      source: values,
      prediction,
      reference,
      error: relativeL2(prediction, reference),
      milliseconds: answered - begun,
      referenceMilliseconds: solved - answered,
      /** How the source differs from all training sources; null if it does not. */
      unlike: unlike(values, span),
    }
  }
}

async function functionOf(
  name: OperatorName,
  problem: OperatorProblem,
  source: OperatorSource,
): Promise<SourceFunction> {
  if (source.kind === 'drawn') return smooth(source.values, problem.domain[0]!, shownOperators[name].smoothness)
  const [f] = await problem.generator!.sample(keyOf(UNSEEN + source.key), 1)
  return f!
}

async function load(name: OperatorName, url: string, backend: Backend): Promise<Prepared> {
  const response = await fetch(url)
  if (!response.ok) {
    throw new SpikewardError(
      'CHECKPOINT_NOT_FOUND',
      `the network of ${name} could not be loaded (${response.status}); the site is incomplete: build it with its checkpoints`,
    )
  }
  const network = await loadNetwork(new Uint8Array(await response.arrayBuffer()), { backend })
  const problem = (await makeProblem(shownOperators[name].problem, {}, SEEN)) as OperatorProblem
  const seen = await problem.generator!.sample(keyOf(SEEN), SAMPLES)
  const span = spanOf(seen.map((f) => f(problem.sensors.x)))
  const points = pointsOf(problem.at).x
  // The first answer compiles the network, which is not part of the time of an answer.
  await network.predict(points, new Float64Array(problem.sensors.count).fill(1))
  return { problem, network, points, span }
}
