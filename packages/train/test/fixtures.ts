import { type Backend, type Estimator, type Optimizer, SpikewardError, referenceBackend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingMlpFixed, type SpikingMlpTrained, spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import type { FitEvent, RegressionFitOptions } from '../src/index.js'

/** A network so small that the reference backend trains it instantly. */
export const network = spikingMlp({
  inputs: 1,
  outputs: 1,
  hidden: [5],
  time: 4,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan({ alpha: 2 })),
})

export const problem = parabola({ train: 16, validation: 8, test: 9 })

export type TestOptions = RegressionFitOptions<SpikingMlpTrained, SpikingMlpFixed>
export type TestEvent = FitEvent<SpikingMlpTrained, SpikingMlpFixed>

/** Options of a small run, on a separate backend. */
export function smallRun(over: Partial<TestOptions> = {}): TestOptions & { backend: Backend } {
  const estimator: Estimator = rfg({ directions: 2 })
  const optimizer: Optimizer = adam(1e-2)
  return {
    network,
    problem,
    batch: 8,
    estimator,
    optimizer,
    key: 3,
    steps: 12,
    every: 3,
    backend: referenceBackend(),
    ...over,
  }
}

export async function collect<E>(events: AsyncIterable<E>): Promise<E[]> {
  const all: E[] = []
  for await (const e of events) all.push(e)
  return all
}

/** The last event of a kind; throws if there is none. */
export function lastOf<T extends TestEvent['type']>(
  events: readonly TestEvent[],
  type: T,
): Extract<TestEvent, { type: T }> {
  const found = events.filter((e): e is Extract<TestEvent, { type: T }> => e.type === type).at(-1)
  if (found === undefined) throw new Error(`no event '${type}'`)
  return found
}

/** The code of the error that `f` throws, undefined if it throws none. */
export async function codeOf(f: () => unknown): Promise<string | undefined> {
  try {
    await f()
  } catch (e) {
    if (e instanceof SpikewardError) return e.code
    throw e
  }
  return undefined
}
