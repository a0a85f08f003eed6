import type { Backend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import type { Variables } from '@spikeward/train'
import type { Experiment } from '../assembly/experiment.js'
import type { Parts } from './buildParts.js'

/** The most features of a readout for which the baseline is solved: the time grows with their cube. */
const MAX_FEATURES = 4096

/** The most numbers of a readout that is solved from an equation: each takes a forward-mode tangent of all residuals. */
const MAX_EQUATION_FEATURES = 1024

/** The reason why a run has no ridge baseline; null if it has one. */
export function noBaseline(experiment: Experiment): string | null {
  const { solved } = experiment.size
  if (experiment.kind === 'pinn') {
    if (experiment.problem.target === undefined) return 'none: the solution is not known'
    if (solved === 0)
      return 'none: defined for a network with a single readout, and residuals at points rather than on a grid'
    return solved <= MAX_EQUATION_FEATURES
      ? null
      : `skipped: a readout of ${solved} numbers takes too much time; the limit is ${MAX_EQUATION_FEATURES}`
  }
  if (solved === 0) return 'none: the network does not show the features of its readout'
  if (solved <= MAX_FEATURES) return null
  return `skipped: a ridge regression on ${solved} features takes too much time and memory; the limit is ${MAX_FEATURES}`
}

/**
 * Relative L2 error on the test split of the run's own network before any training, its readout solved by ridge
 * regression (or the result of `measure` for those variables). A run that does not beat it has gained nothing by
 * training. Null if there are no data to solve from, or the readout is too wide: {@link noBaseline} gives the reason.
 */
export async function ridgeBaseline(
  experiment: Experiment,
  untrained: Untrained,
  measure: (untrained: Variables) => Promise<number | null> = (variables) => experiment.baseline(variables),
): Promise<number | null> {
  return noBaseline(experiment) === null ? measure(await untrained()) : null
}

export type Untrained = () => Promise<Variables>

/** The initial variables of a run, which the first call computes and all calls return. */
export function untrainedOnce(parts: Parts, key: number, backend: Backend): Untrained {
  let found: Promise<Variables> | null = null
  return () => (found ??= untrainedOf(parts, key, backend))
}

/** The initial variables of a run. */
export async function untrainedOf(
  { experiment: { task }, estimator, optimizer }: Parts,
  key: number,
  backend: Backend,
): Promise<Variables> {
  for await (const event of fit({ task, estimator, optimizer, backend, key, steps: 0 })) {
    if (event.type === 'end') return event.variables
  }
  throw new Error('a run of no steps ends at once')
}
