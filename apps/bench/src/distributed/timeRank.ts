import { jit, key as keyOf, randint, take, treeLeaves, uniform } from '@spikeward/core'
import type { Backend, Communicator, Key, Tensor } from '@spikeward/core'
import { delayed, overRanks } from '@spikeward/distributed'
import type { Cut, Link } from '@spikeward/distributed'
import { leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import type { SpikingMlpTrained } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { compiledStepper, meanSquaredError } from '@spikeward/train'
import { surrogateOf } from '../catalogue.js'
import { adamSettings, estimatorOfStep } from '../step/stepSettings.js'
import type { StepSettings } from '../step/stepSettings.js'
import type { StepData } from '../step/shareStep.js'

/** The work of all ranks of a job. */
export type RankWork = {
  readonly step: StepSettings
  /** How a step is cut; null: one program a step, on one rank. */
  readonly cut: Cut | null
  /** Least numbers of a part of a gradient that is sent while the rest is computed; absent: it is sent when all of it is computed. */
  readonly part?: number
  readonly steps: number
  /** A modelled connection that delays each call; null: the real one alone. */
  readonly link: Link | null
}

/** The measurement of one rank. */
export type RankTiming = {
  readonly rank: number
  /** Milliseconds of each step. */
  readonly times: readonly number[]
  /** Payload sent and received in one step, and collective calls. */
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly calls: number
  readonly parameters: number
  /** The loss after the last step: the same on all ranks. */
  readonly loss: number
}

/** Steps before the clock starts: the first compiles. */
const WARM_UP = 3

/** Takes steps on one rank and times them; all ranks of the group call it together. */
export async function timeRank(communicator: Communicator, backend: Backend, work: RankWork): Promise<RankTiming> {
  const { step: settings, cut, part = Infinity, steps, link } = work
  const { widths, time, batch, beta } = settings
  const [inputs = 0, outputs = 0] = [widths[0], widths.at(-1)]
  const network = spikingMlp({
    inputs,
    outputs,
    hidden: widths.slice(1, -1),
    time,
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(surrogateOf(settings.surrogate)),
  })
  const points = batch / (cut?.batch ?? 1)
  const loss = (p: SpikingMlpTrained, { fixed, x, y }: StepData, key: Key): Tensor => {
    const at = randint(key, [points], batch)
    return meanSquaredError(network.apply({ trained: p, fixed }, take(x, at)), take(y, at))
  }
  const connected = link === null ? communicator : delayed(communicator, link)
  const make = cut === null ? compiledStepper : overRanks(connected, { ...cut, part }).stepper
  const { learningRate, ...moments } = adamSettings
  const stepper = make(loss, estimatorOfStep(settings), adam(learningRate, moments))
  const root = keyOf(0, { backend })
  const prepare = jit((k: Key) => {
    const [net, place, target] = k.split(3) as [Key, Key, Key]
    const { trained, fixed } = network.init(net)
    const x = uniform(place, [batch, inputs], { min: -1, max: 1 })
    const y = uniform(target, [batch, outputs], { min: -1, max: 1 })
    return { state: stepper.init(trained), data: { fixed, x, y } }
  })
  const begun = prepare(root)
  const { data } = begun
  let { state } = begun
  const parameters = treeLeaves(state.trained).reduce((n, t) => n + t.size, 0)
  const times: number[] = []
  let before = communicator.traffic()
  for (let i = 0; i < WARM_UP + steps; i++) {
    if (i === WARM_UP) {
      await communicator.barrier()
      before = communicator.traffic()
    }
    const start = performance.now()
    state = await stepper.stepAsync(state, data, root)
    await state.loss.item()
    if (i >= WARM_UP) times.push(performance.now() - start)
  }
  const after = communicator.traffic()
  const last = await state.loss.item()
  stepper.dispose()
  prepare.dispose()
  treeLeaves({ state, data, root }).forEach((t) => t.dispose())
  return {
    rank: communicator.rank,
    times,
    sentBytes: (after.sent - before.sent) / steps,
    receivedBytes: (after.received - before.received) / steps,
    calls: (after.calls - before.calls) / steps,
    parameters,
    loss: last,
  }
}
