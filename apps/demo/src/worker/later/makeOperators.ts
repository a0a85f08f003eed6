import { SpikewardError, coordsFrom, coordsTensors, jit, key as keyOf, tensor, toCoords } from '@spikeward/core'
import type { Backend, Jitted, OperatorProblem, SourceFunction, Tensor } from '@spikeward/core'
import type { DeepOnetVariables } from '@spikeward/operators'
import { relativeL2 } from '@spikeward/problems'
import { decodeCheckpoint, restoreVariables } from '@spikeward/train'
import { makeOperator, problemOf } from '../../operator/makeOperator.js'
import { shownOperators, smooth, spanOf, unlike } from '../../operator/shownOperators.js'
import type { OperatorName, Span } from '../../operator/shownOperators.js'
import type { OperatorSource, Questions } from '../../protocol.js'

type Ready = {
  readonly problem: OperatorProblem
  readonly variables: DeepOnetVariables
  /** The span of the sources that the network was trained on. */
  readonly span: Span
  readonly at: readonly Tensor[]
  readonly apply: Jitted<[DeepOnetVariables, Tensor, readonly Tensor[]], Tensor>
}

/** Keys of functions generated in the page: far from those of the training, validation and test sets. */
const UNSEEN = 1_000_003

/**
 * Key and number of the functions that define which sources are similar to those of the training: as many as were used
 * there.
 */
const SEEN = 0
const SAMPLES = 800

/** Answers a source with a trained operator network and the reference solver. */
export function makeOperators(
  backend: Backend,
): (q: Questions['operator']['ask']) => Promise<Questions['operator']['answer']> {
  const known = new Map<OperatorName, Promise<Ready>>()

  const ready = (name: OperatorName, url: string): Promise<Ready> => {
    const before = known.get(name)
    if (before !== undefined) return before
    const made = load(name, url, backend)
    known.set(name, made)
    // A checkpoint that could not be fetched is requested again.
    made.catch(() => known.delete(name))
    return made
  }

  return async ({ name, url, source }) => {
    const { problem, variables, at, apply, span } = await ready(name, url)
    const f = await functionOf(name, problem, source)
    const values = f(problem.sensors.x)
    const begun = performance.now()
    const given = tensor(values, { dtype: 'f32', shape: [1, problem.sensors.count], backend })
    const found = apply(variables, given, at)
    const prediction = Float64Array.from(await found.data())
    const answered = performance.now()
    const reference = problem.generator!.solve(f, problem.at)
    const solved = performance.now()
    given.dispose()
    found.dispose()
    return {
      grid: problem.at.kind === 'grid' ? problem.at.axes.map((a) => a.length) : [prediction.length],
      source: values,
      prediction,
      reference,
      error: relativeL2(prediction, reference),
      milliseconds: answered - begun,
      referenceMilliseconds: solved - answered,
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

async function load(name: OperatorName, url: string, backend: Backend): Promise<Ready> {
  const response = await fetch(url)
  if (!response.ok) {
    throw new SpikewardError(
      'CHECKPOINT_NOT_FOUND',
      `the network of ${name} could not be loaded (${response.status}); the site is incomplete: build it with its checkpoints`,
    )
  }
  const snapshot = decodeCheckpoint(new Uint8Array(await response.arrayBuffer()))
  const problem = problemOf(name)
  const { network } = makeOperator(name, problem)
  const variables = await restoreVariables(network, snapshot, { backend })
  const apply = jit((v: DeepOnetVariables, f: Tensor, at: readonly Tensor[]) => network.apply(v, f, coordsFrom(at)))
  const seen = await problem.generator!.sample(keyOf(SEEN), SAMPLES)
  const span = spanOf(seen.map((f) => f(problem.sensors.x)))
  const at = coordsTensors(toCoords(problem.at, 'f32'))
  // The first answer compiles the network, which is not part of the time of an answer.
  const nothing = tensor(new Float64Array(problem.sensors.count), {
    dtype: 'f32',
    shape: [1, problem.sensors.count],
    backend,
  })
  const first = apply(variables, nothing, at)
  await first.data()
  first.dispose()
  nothing.dispose()
  return { problem, variables, span, at, apply }
}
