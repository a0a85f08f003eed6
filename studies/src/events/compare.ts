/** A dense network and an event-driven one on the test functions: errors, and both comparisons of energy. */
import { jit, sum, treeMap } from '@spikeward/core'
import type { ByLayer, Tensor } from '@spikeward/core'
import {
  breakEvenActivity,
  digital45,
  digital45Int8,
  eventWork,
  loihi1Network,
  networkEnergy,
  reuseWork,
  reverseWork,
} from '@spikeward/energy'
import type { LayerTraffic, NetworkPrices } from '@spikeward/energy'
import { sigmaDeltaRollout, sigmaDeltaStart } from '@spikeward/train'
import type { SigmaDeltaThresholds } from '@spikeward/train'
import type { StudyRun } from '../study.js'
import { END, cellsOf, restOf } from './fronts.js'
import type { Front, Trajectories } from './fronts.js'
import {
  advance,
  errorOf,
  initialOf,
  nonzeros,
  operationsOf,
  rollout,
  stepsOf,
  trafficOf,
  wholeFields,
} from './stepper.js'
import type { Params, Phase, Stepper } from './stepper.js'

/**
 * A form of a network on some functions: its error, and what it costs for one function and a unit of simulated time.
 */
interface Measured {
  readonly error: number
  readonly operations: number
  /** In nanojoules, on the neuromorphic chip. */
  readonly energy: number
}

/**
 * Energies of the two forms on a digital machine at 45 nm, in nanojoules: the dense form reuses weights, the event form
 * cannot.
 */
interface Accelerator {
  readonly dense: number
  readonly events: number
  readonly ratio: number
  /** Share of the dense form's messages below which events would need less. */
  readonly breakEvenActivity: number
}

/** One row: a task with one pair of data and network keys. */
export interface EventsRow extends Measured {
  readonly name: string
  readonly key: number
  /** Test error of the event-driven network ÷ that of its rival. */
  readonly errorRatio: number
  /** Synaptic operations per unit of simulated time, divided in the same way. */
  readonly operationsRatio: number
  /** Energy on the same neuromorphic chip, divided in the same way. */
  readonly energyRatio: number
  readonly network: Stepper
  readonly withEvents: boolean
  readonly leak: number
  /** Thresholds by layer, one for each channel. */
  readonly thresholds: Readonly<Record<string, readonly number[]>>
  /** Absent for a network that was trained on a smaller grid. */
  readonly training?: TrainingEnergy
  /** The dense network of the fewest operations whose validation error is equal. */
  readonly rival: Stepper & Measured
  /** The rival on the same chip, if it sends no zeros: ratios of the event form to it. */
  readonly skippingZeros: { readonly operationsRatio: number; readonly energyRatio: number }
  /** The rival on an accelerator that reuses weights, and the event form on a machine of the same prices. */
  readonly accelerator: Readonly<Record<'float' | 'int8', Accelerator>>
}

/** Energy before the first use of an event form. Its weights take as much as the rival's. */
export interface TrainingEnergy {
  /** Of the weights, by reverse mode in floats on an accelerator at 45 nm that reuses weights; in millijoules. */
  readonly weights: number
  /** Of the thresholds, forward only on the neuromorphic chip; in millijoules. */
  readonly thresholds: number
  /**
   * Simulated time of one function after which the event form has saved the energy of its thresholds, on the same chip.
   */
  readonly repaidAfter: number
}

/** The field enters once, and leaves after each step. */
const shapeOf = (front: Front, evaluations: number) => ({
  evaluations,
  conversions: cellsOf(front) * (1 + evaluations),
})

const costOf = (layers: readonly LayerTraffic[], evaluations: number, front: Front): Omit<Measured, 'error'> => ({
  operations: operationsOf(layers) / END,
  energy: networkEnergy(eventWork(layers, shapeOf(front, evaluations)), loihi1Network) / 1000 / END,
})

export async function denseError(s: Stepper, params: Params, data: Trajectories, run: StudyRun): Promise<number> {
  const u = initialOf(wholeFields(data, s, run.backend))
  const fields = jit((p: Params, v: Tensor) => rollout(p, v, stepsOf(data.front, s)))(params, u)
  return errorOf(await fields.data(), data, s.stride)
}

/** Numbers by layer, each for one function. */
const perFunction = async (messages: ByLayer, { count }: Trajectories): Promise<number[]> =>
  Promise.all(Object.values(messages).map(async (m) => (await m.item()) / count))

function accelerators(front: Front, dense: LayerTraffic[], rivalSteps: number, sent: LayerTraffic[], steps: number) {
  const compare = (prices: NetworkPrices): Accelerator => {
    const reused = networkEnergy(reuseWork(dense, shapeOf(front, rivalSteps)), prices)
    const events = networkEnergy(eventWork(sent, shapeOf(front, steps)), prices)
    return {
      dense: reused / 1000 / END,
      events: events / 1000 / END,
      ratio: events / reused,
      breakEvenActivity: breakEvenActivity(dense, shapeOf(front, rivalSteps), prices, reused),
    }
  }
  return { float: compare(digital45), int8: compare(digital45Int8) }
}

/**
 * Energy that a network of this row took before its first use, from the phases of training, and the functions in each
 * run of the search for thresholds.
 */
export function trainingEnergy(
  front: Front,
  row: EventsRow,
  phases: readonly Phase[],
  runs: number,
  functions: number,
): TrainingEnergy {
  const weights = phases.map(({ steps, batch, unrolled }) => {
    const length = unrolled ?? stepsOf(front, row.network)
    const work = reverseWork(trafficOf(front, row.network, length), shapeOf(front, length))
    return steps * batch * networkEnergy(work, digital45)
  })
  // Energies of a row are in nanojoules for a unit of time.
  const thresholds = runs * functions * row.energy * END
  return {
    weights: weights.reduce((a, b) => a + b, 0) / 1e9,
    thresholds: thresholds / 1e6,
    repaidAfter: thresholds / (row.rival.energy - row.energy),
  }
}

/** A network in sigma–delta form with tuned thresholds. */
export interface Candidate {
  readonly stepper: Stepper
  readonly params: Params
  /** Whether the last phase of its training had events. */
  readonly withEvents: boolean
  readonly found: SigmaDeltaThresholds
}

/** Both forms on the test functions. */
export async function rowOf(
  key: number,
  { stepper: s, params, withEvents, found }: Candidate,
  rival: { readonly stepper: Stepper; readonly params: Params },
  test: Trajectories,
  run: StudyRun,
): Promise<EventsRow> {
  const { front } = test
  const [steps, rivalSteps] = [stepsOf(front, s), stepsOf(front, rival.stepper)]
  const u = initialOf(wholeFields(test, s, run.backend))
  const { leak } = found
  const events = jit((p: Params, thresholds: ByLayer, v: Tensor) =>
    sigmaDeltaRollout(advance, p, { thresholds, leak }, sigmaDeltaStart(advance, p, v, restOf(front)), steps),
  )(params, found.thresholds, u)
  const messages = await perFunction(
    treeMap<ByLayer>((m) => sum(m), events.messages),
    test,
  )
  const sent = trafficOf(front, s, steps, messages)
  const own = { error: errorOf(await events.fields.data(), test, s.stride), ...costOf(sent, steps, front) }
  const dense = trafficOf(front, rival.stepper, rivalSteps)
  const against = {
    error: await denseError(rival.stepper, rival.params, test, run),
    ...costOf(dense, rivalSteps, front),
  }
  const start = initialOf(wholeFields(test, rival.stepper, run.backend))
  const counted = jit((p: Params, v: Tensor) => nonzeros(p, v, rivalSteps))(rival.params, start)
  const zeros = costOf(trafficOf(front, rival.stepper, rivalSteps, await perFunction(counted, test)), rivalSteps, front)
  const thresholds = await Promise.all(
    Object.entries(found.thresholds).map(
      async ([id, t]) => [id, Array.from(await t.data(), (x) => Number(Number(x).toPrecision(3)))] as const,
    ),
  )
  return {
    name: front.name,
    key,
    errorRatio: own.error / against.error,
    operationsRatio: own.operations / against.operations,
    energyRatio: own.energy / against.energy,
    ...own,
    network: s,
    withEvents,
    leak,
    thresholds: Object.fromEntries(thresholds),
    rival: { ...rival.stepper, ...against },
    skippingZeros: {
      operationsRatio: own.operations / zeros.operations,
      energyRatio: own.energy / zeros.energy,
    },
    accelerator: accelerators(front, dense, rivalSteps, sent, steps),
  }
}
