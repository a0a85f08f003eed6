import { treeLeaves, type Backend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, type SpikingMlpFixed, type SpikingMlpTrained } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { mexicanHat } from '@spikeward/problems'
import { fit, type FitEvent, type RegressionFitOptions } from '@spikeward/train'

type Options = RegressionFitOptions<SpikingMlpTrained, SpikingMlpFixed>
type Event = FitEvent<SpikingMlpTrained, SpikingMlpFixed>

/**
 * A short run on the Mexican hat: random directions, Adam. One hidden layer, unless others are given, since a software
 * renderer takes long to compile the shaders of each layer; `golden.ts` tests several layers.
 */
export const shortRun = (backend: Backend, over: Partial<Options> = {}, hidden: readonly number[] = [24]): Options => ({
  network: spikingMlp({
    inputs: 2,
    outputs: 1,
    hidden,
    time: 8,
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan()),
  }),
  problem: mexicanHat({ train: 12, validation: 10, test: 5 }),
  batch: 32,
  estimator: rfg({ directions: 2 }),
  optimizer: adam(1e-3),
  key: 5,
  steps: 12,
  every: 1,
  backend,
  ...over,
})

/** A network of one small layer, for many steps. */
export const tinyRun = (backend: Backend, over: Partial<Options> = {}): Options =>
  shortRun(backend, {
    network: spikingMlp({
      inputs: 2,
      outputs: 1,
      hidden: [8],
      time: 4,
      neuron: leakyIntegrateAndFire({ beta: 1 }),
      spike: spike(atan()),
    }),
    batch: 8,
    estimator: rfg(),
    ...over,
  })

/** Reads a run to its end and frees the variables that it yields. */
export async function eventsOf(options: Options, seen: (event: Event) => void = () => undefined): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of fit(options)) {
    events.push(event)
    seen(event)
    if (event.type === 'end') for (const t of treeLeaves(event.variables)) t.dispose()
  }
  return events
}

/** The losses by step. */
export const lossesOf = (events: readonly Event[]): number[] =>
  events.flatMap((e) => (e.type === 'metrics' ? [e.loss] : []))

/** The memory of a backend after the first and after the last of `steps` steps. */
export async function firstAndLast(backend: Backend, steps: number): Promise<{ first: number[]; last: number[] }> {
  const held = (): number[] => {
    const { allocations, liveBuffers, liveBytes, compilations } = backend.stats()
    return [allocations, liveBuffers, liveBytes, compilations]
  }
  let first: number[] = []
  let last: number[] = []
  await eventsOf(tinyRun(backend, { steps, every: Math.min(200, steps) }), (event) => {
    if (event.type !== 'metrics') return
    if (first.length === 0) first = held()
    last = held()
  })
  return { first, last }
}
