/** Event-driven time-steppers of fronts against the cheapest dense networks of equal error. */
import { SpikewardError, div, jit, key as keyOf, mul, scan, sigmaDeltaForm, sub, sum, treeMap } from '@spikeward/core'
import type { ByLayer, Key, Tensor } from '@spikeward/core'
import { breakEvenActivity, digital45, digital45Int8, eventWork, loihi1Network } from '@spikeward/energy'
import { networkEnergy, reuseWork, reverseWork } from '@spikeward/energy'
import type { LayerTraffic, NetworkPrices } from '@spikeward/energy'
import { spsa } from '@spikeward/estimators'
import { cnnStep } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { eventFilmSvg } from '@spikeward/plots/node'
import type { EventFilm } from '@spikeward/plots/node'
import { sampleMedian, sigmaDeltaRollout, sigmaDeltaStart, toSigmaDelta } from '@spikeward/train'
import type { SigmaDeltaThresholds } from '@spikeward/train'
import { END, sizeOf, denseError, errorOf, fronts, initialOf, initialParams, nonzeros, operationsOf } from './fronts.js'
import { restOf, setsOf, stepsOf, train, trafficOf, wholeFields } from './fronts.js'
import type { Front, Params, Phase, Sizes, Stepper, Trajectories } from './fronts.js'
import type { Study, StudyRun } from './tools.js'
import { columns, digits, titled } from './tools.js'

/** Errors whose ratio is at most this are equal. */
const EQUAL = 1.03
/**
 * The part of it that an event-driven network may use on the validation functions; thresholds chosen on them err more
 * on others.
 */
export const WITHIN = 1.01
/**
 * Leaks to choose from. Training has the first one: with the second it ended above the allowed error on validation
 * functions.
 */
const LEAKS = [0.5, 1] as const

/** How large a task's data, networks and trainings are. */
export interface Plan {
  readonly functions: Sizes
  readonly rivals: readonly Stepper[]
  /** Every network passes through both phases: rivals without events, others with events in the last one. */
  readonly windows: Phase
  readonly rollouts: Phase
  /** Steps that tune the thresholds. */
  readonly tuning: number
}

export const stepper = (width: number, stride: number, depth = 2): Stepper => ({ width, depth, stride })

const line: Plan = {
  functions: [64, 64, 64],
  rivals: [stepper(12, 2, 1), stepper(16, 2, 1), stepper(12, 4, 1), stepper(6, 2)],
  windows: { steps: 1000, batch: 16, rate: 3e-3, unrolled: 4 },
  rollouts: { steps: 500, batch: 8, rate: 1e-3, unrolled: null },
  tuning: 100,
}

/** The two rivals of which one won for every pair of keys. */
const quickLine: Plan = { ...line, rivals: line.rivals.slice(0, 2) }

/** Every network that was tried, with its error on the validation functions. */
export type EventsTrial = Stepper & {
  readonly name: string
  readonly key: number
  readonly form: 'dense' | 'events'
  readonly error: number
  readonly operations: number
  /** Of an event form: whether the last phase of its training had events. */
  readonly withEvents?: boolean
  /** The common threshold and the leak from which the tuning began; absent if the network errs too much with any. */
  readonly uniform?: SigmaDeltaThresholds['uniform']
}

/** A network in sigma–delta form with tuned thresholds. */
export interface Candidate {
  readonly stepper: Stepper
  readonly params: Params
  /** Whether the last phase of its training had events. */
  readonly withEvents: boolean
  readonly units: SigmaDeltaThresholds
}

/** The field enters once, and leaves after each step. */
const shapeOf = (front: Front, evaluations: number) => ({
  evaluations,
  conversions: sizeOf(front) * (1 + evaluations),
})

/** For one function and a unit of simulated time; energy in nanojoules on the neuromorphic chip. */
const costOf = (layers: readonly LayerTraffic[], evaluations: number, front: Front) => ({
  operations: operationsOf(layers) / END,
  energy: networkEnergy(eventWork(layers, shapeOf(front, evaluations)), loihi1Network) / 1000 / END,
})

const denseOperations = (front: Front, s: Stepper, steps: number): number => operationsOf(trafficOf(front, s, steps))

/** Numbers by layer, each for one function. */
const perFunction = async (messages: ByLayer, { count }: Trajectories): Promise<number[]> =>
  Promise.all(Object.values(messages).map(async (m) => (await m.item()) / count))

/**
 * The rival on a digital machine at 45 nm that reuses weights, and the event form, which cannot, on one of the same
 * prices: nanojoules, and the share of the dense form's messages below which events would need less.
 */
function accelerators(front: Front, dense: LayerTraffic[], rivalSteps: number, sent: LayerTraffic[], steps: number) {
  const compare = (prices: NetworkPrices) => {
    const reused = networkEnergy(reuseWork(dense, shapeOf(front, rivalSteps)), prices)
    const events = networkEnergy(eventWork(sent, shapeOf(front, steps)), prices)
    return {
      ...{ dense: reused / 1000 / END, events: events / 1000 / END, ratio: events / reused },
      breakEvenActivity: breakEvenActivity(dense, shapeOf(front, rivalSteps), prices, reused),
    }
  }
  return { float: compare(digital45), int8: compare(digital45Int8) }
}

/**
 * Energy before the first use of the event form of a row, in millijoules: of the weights, by reverse mode in floats on
 * an accelerator at 45 nm that reuses weights; of the thresholds, by `runs` forward runs of `functions` on the chip; and
 * the simulated time of one function after which the event form has saved the latter.
 */
export function trainingEnergy(
  front: Front,
  row: Pick<EventsRow, 'network' | 'energy'> & { readonly rival: Pick<EventsRow['rival'], 'energy'> },
  phases: readonly Phase[],
  runs: number,
  functions: number,
) {
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

/** One task with one pair of data and network keys: both forms on the test functions, and their ratios. */
export async function rowOf(
  key: number,
  { stepper: s, params, withEvents, units }: Candidate,
  rival: { readonly stepper: Stepper; readonly params: Params },
  test: Trajectories,
  run: StudyRun,
) {
  const { front } = test
  const [steps, rivalSteps] = [stepsOf(front, s), stepsOf(front, rival.stepper)]
  const u = initialOf(wholeFields(test, s, run.backend))
  const { leak } = units
  const events = jit((p: Params, thresholds: ByLayer, v: Tensor) =>
    sigmaDeltaRollout(cnnStep, p, { thresholds, leak }, sigmaDeltaStart(cnnStep, p, v, restOf(front)), steps),
  )(params, units.thresholds, u)
  const messages = treeMap<ByLayer>((m) => sum(m), events.messages)
  const sent = trafficOf(front, s, steps, await perFunction(messages, test))
  const own = { error: errorOf(await events.fields.data(), test, s.stride), ...costOf(sent, steps, front) }
  const dense = trafficOf(front, rival.stepper, rivalSteps)
  const error = await denseError(rival.stepper, rival.params, test, run)
  const against = { error, ...costOf(dense, rivalSteps, front) }
  const start = initialOf(wholeFields(test, rival.stepper, run.backend))
  const counted = jit((p: Params, v: Tensor) => nonzeros(p, v, rivalSteps))(rival.params, start)
  const zeros = costOf(trafficOf(front, rival.stepper, rivalSteps, await perFunction(counted, test)), rivalSteps, front)
  const thresholds = Object.entries(units.thresholds).map(
    async ([id, t]) => [id, Array.from(await t.data(), (x) => Number(Number(x).toPrecision(3)))] as const,
  )
  return {
    ...{ name: front.name, key },
    errorRatio: own.error / against.error,
    operationsRatio: own.operations / against.operations,
    energyRatio: own.energy / against.energy,
    ...{ ...own, network: s, withEvents, leak },
    thresholds: Object.fromEntries(await Promise.all(thresholds)),
    rival: { ...rival.stepper, ...against },
    // The rival on the same chip, if it sends no zeros.
    skippingZeros: { operationsRatio: own.operations / zeros.operations, energyRatio: own.energy / zeros.energy },
    accelerator: accelerators(front, dense, rivalSteps, sent, steps),
  }
}

/** A row; its energy of training is absent for a network that was trained on a smaller grid. */
export type EventsRow = Awaited<ReturnType<typeof rowOf>> & { readonly training?: ReturnType<typeof trainingEnergy> }

/** The rollout of the first of these functions. */
async function filmOf({ stepper: s, params, units }: Candidate, test: Trajectories, run: StudyRun): Promise<EventFilm> {
  const { front } = test
  const [steps, cells] = [stepsOf(front, s), sizeOf(front)]
  const truth = wholeFields({ ...test, count: 1 }, s, run.backend)
  const start = sigmaDeltaStart(cnnStep, params, initialOf(truth), restOf(front))
  const form = sigmaDeltaForm(cnnStep)
  const [reader = ''] = Object.keys(start.held)
  const [, [fields, sent]] = scan(
    ({ u, held }: typeof start): [typeof start, [Tensor, ByLayer]] => {
      const { result, held: next, sends } = form.step(units.thresholds, held, params, u)
      const field = sub(result, mul(sub(u, next[reader]!), units.leak))
      return [{ u: field, held: next }, [field, treeMap<ByLayer>((m) => sum(m, -1), sends)]]
    },
    start,
    null,
    { length: steps },
  )
  const rows = async (t: Tensor, places: number): Promise<number[][]> => {
    const values = Array.from(await t.data(), (x) => Number(Number(x).toFixed(places)))
    return Array.from({ length: values.length / cells }, (_, i) => values.slice(i * cells, (i + 1) * cells))
  }
  const byLayer = await Promise.all(Object.values(sent).map((m) => rows(m, 0)))
  const at = (t: number): number[] => byLayer.map((m) => m[t]!.reduce((a, b) => a + b, 0))
  return {
    ...{ name: front.name, step: s.stride * front.frame, truth: await rows(truth, 3), fields: await rows(fields, 3) },
    messages: byLayer[0]!.map((row, t) => row.map((_, i) => byLayer.reduce((n, m) => n + m[t]![i]!, 0))),
    operations: byLayer[0]!.map((_, t) => operationsOf(trafficOf(front, s, 1, at(t)))),
    dense: denseOperations(front, s, 1),
  }
}

/** One task with one pair of data and network keys. */
export async function study(front: Front, plan: Plan, key: number, run: StudyRun) {
  const { backend, log } = run
  const [training, validation, test] = await setsOf(front, key, plan.functions)
  const trials: EventsTrial[] = []
  const trained: { stepper: Stepper; begun: Params; params: Params; error: number; cost: number; keys: Key[] }[] = []
  for (const s of plan.rivals) {
    // Another initial network for each stepper and each key.
    const root = keyOf(key, { backend }).fold(1000 * s.depth + 10 * s.width + s.stride)
    const keys = root.split(4)
    const begun = await train(s, initialParams(front, s, keys[0]!), training, plan.windows, keys[1]!, backend)
    const params = await train(s, begun, training, plan.rollouts, keys[2]!, backend)
    const error = await denseError(s, params, validation, run)
    const cost = denseOperations(front, s, stepsOf(front, s))
    trained.push({ stepper: s, begun, params, error, cost, keys })
    trials.push({ ...s, name: front.name, key, form: 'dense', error, operations: cost / END })
    log(`${front.name} ${key}: ${describe(s, front)}: ${error.toFixed(4)}, ${(cost / END).toExponential(2)} operations`)
  }
  const least = Math.min(...trained.map(({ error }) => error))
  const rival = trained.filter(({ error }) => error <= EQUAL * least).reduce((a, b) => (b.cost < a.cost ? b : a))
  const { stepper: s, keys } = rival
  const reference = wholeFields(validation, s, backend)
  /** Thresholds on the validation functions, from `ratios` of them; null if the network errs too much without any. */
  const tuned = async (params: Params, own: number, ratios?: ByLayer): Promise<SigmaDeltaThresholds | null> => {
    try {
      return await toSigmaDelta(cnnStep, params, {
        ...{ estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1), steps: plan.tuning, key: keys[3]! },
        ...{ leaks: LEAKS, reference, rest: restOf(front), tolerance: (WITHIN * rival.error) / own },
        ...(ratios === undefined ? {} : { ratios }),
      })
    } catch (error) {
      if (error instanceof SpikewardError && error.code === 'BOUND_TOO_LOW') return null
      throw error
    }
  }
  let best: Candidate | null = null
  let searched = 0
  const attempt = async (params: Params, withEvents: boolean, ratios?: ByLayer) => {
    // The network's own error at the measured times; thresholds are chosen by that at the steps of its rollout.
    const own = await denseError(s, params, validation, run)
    const units = await tuned(params, own, ratios)
    searched += units?.runs ?? 0
    const [error, share] = [units?.error ?? own, units?.operations ?? 1]
    const uniform = units === null ? {} : { uniform: units.uniform }
    const operations = (share * rival.cost) / END
    trials.push({ ...s, name: front.name, key, form: 'events', error, operations, withEvents, ...uniform })
    log(
      `${front.name} ${key}: ${withEvents ? 'trained with events' : 'the rival with events'}: ${error.toFixed(4)}, ${share.toFixed(3)} of its operations`,
    )
    if (units !== null && (best === null || share < best.units.operations))
      best = { stepper: s, params, withEvents, units }
    return units
  }
  const own = await attempt(rival.params, false)
  if (own !== null) {
    const ratios = treeMap<ByLayer>((t) => div(t, own.uniform.threshold), own.thresholds)
    const units = { thresholds: own.thresholds, leak: LEAKS[0] }
    const params = await train(s, rival.begun, training, { ...plan.rollouts, units }, keys[2]!, backend)
    await attempt(params, true, ratios)
  }
  if (best === null)
    throw new SpikewardError(
      'STUDY_FAILED',
      `events: no thresholds keep the error of ${front.name} within ${WITHIN} of the dense network; train it for longer`,
    )
  const chosen: Candidate = best
  const row = await rowOf(key, chosen, rival, test, run)
  const spent = trainingEnergy(front, row, [plan.windows, plan.rollouts], searched, validation.count)
  return { row: { ...row, training: spent }, trials, best: chosen, rival, test }
}

const describe = (s: Stepper, { frame }: Front): string =>
  `${s.depth} × ${s.width} channels, step ${Number((s.stride * frame).toFixed(3))}`

/** Medians over the keys of a task, and which claims of fewer joules they carry: those whose median is below 1. */
export function middle(name: string, rows: readonly EventsRow[]) {
  const of = (read: (row: EventsRow) => number): number =>
    sampleMedian(rows.filter((row) => row.name === name).map((row) => read(row)))
  const energyRatio = of((row) => row.energyRatio)
  return {
    ...{ name, errorRatio: of((r) => r.errorRatio), operationsRatio: of((r) => r.operationsRatio), energyRatio },
    claims: {
      sameChip: energyRatio < 1,
      sameChipSkippingZeros: of((row) => row.skippingZeros.energyRatio) < 1,
      acceleratorFloat: of((row) => row.accelerator.float.ratio) < 1,
      acceleratorInt8: of((row) => row.accelerator.int8.ratio) < 1,
    },
  }
}

/** The medians of all tasks, the rows of all key pairs, all networks that were tried, and a rollout. */
interface EventsResult {
  readonly tasks: readonly ReturnType<typeof middle>[]
  readonly rows: readonly EventsRow[]
  readonly trials: readonly EventsTrial[]
  readonly film: EventFilm
}

/**
 * Operations and energy of event-driven time-steppers of fronts, against the cheapest dense network of equal error.
 * Dense networks of several widths, depths and time steps are trained alike; the rival is the one of the fewest
 * operations whose validation error is within 3 % of the least. A network of longer steps is one that is evaluated less
 * often and held. The event-driven network is a sigma–delta form of the rival's architecture: the rival itself, or
 * trained with as many steps, the last of them with events, and with thresholds for each channel, tuned forward only on
 * validation functions. Two comparisons stand side by side: both forms on Loihi 1, and the dense form on an accelerator
 * that reuses weights against events on a machine of the same prices.
 */
export const events: Study<EventsResult> = {
  name: 'events',
  summary: 'event-driven time-steppers of fronts against dense ones of equal error',
  async run(options) {
    const rows: EventsRow[] = []
    const trials: EventsTrial[] = []
    let film: EventFilm | null = null
    const add = async (front: Front, plan: Plan, key: number) => {
      const task = await study(front, plan, key, options)
      rows.push(task.row)
      trials.push(...task.trials)
      film ??= await filmOf(task.best, task.test, options)
      return task
    }
    const [plan, keys] = options.quick ? [quickLine, [1]] : [line, [1, 2, 3, 4, 5]]
    for (const front of fronts) for (const key of keys) await add(front, plan, key)
    return { tasks: fronts.map(({ name }) => middle(name, rows)), rows, trials, film: film! }
  },
  figures: ({ film }) => ({ 'when-spikes-pay': eventFilmSvg(film) }),
  table: ({ rows }) => tablesOf(rows, fronts),
  finding: ({ tasks, rows }) =>
    `A network that moves a front event by event needs ${tasks
      .map(
        (t) =>
          `${t.operationsRatio.toFixed(2)} of the operations and ${t.energyRatio.toFixed(2)} of the energy on ${t.name}`,
      )
      .join(
        ', and ',
      )} (medians of ${rows.filter((row) => row.name === tasks[0]!.name).length} pairs of keys), compared with the cheapest dense network of equal error on the same neuromorphic chip.`,
}

/** The tables of the rows of these fronts: both forms on a neuromorphic chip, and against a dense accelerator. */
export function tablesOf(all: readonly EventsRow[], fronts: readonly Front[]): string {
  const frames = new Map(fronts.map((front) => [front.name, front]))
  const rows = all.filter(({ name }) => frames.has(name))
  const chip = columns(rows, {
    task: (r) => r.name,
    keys: (r) => String(r.key),
    'dense rival': (r) => describe(r.rival, frames.get(r.name)!),
    'its error': (r) => digits(r.rival.error),
    error: (r) => r.errorRatio.toFixed(2),
    operations: (r) => r.operationsRatio.toFixed(2),
    energy: (r) => r.energyRatio.toFixed(2),
    'energy, rival skips zeros': (r) => r.skippingZeros.energyRatio.toFixed(2),
  })
  const [float, int8] = ['45 nm, floats: events ÷ dense', '45 nm, int8: events ÷ dense']
  const head = ['task', 'keys', float, 'break-even activity', int8, 'break-even activity']
  const digital = rows.map((r) => [
    ...[r.name, String(r.key)],
    ...[r.accelerator.float, r.accelerator.int8].flatMap(({ ratio, breakEvenActivity: share }) => [
      ratio.toFixed(2),
      `${(100 * share).toFixed(1)} %`,
    ]),
  ])
  return [
    titled(
      'Both forms on the same neuromorphic chip',
      chip,
      `Error, operations and energy of the event form ÷ those of the rival, on test functions. Prices: ${loihi1Network.source}.`,
    ),
    titled(
      'Events against a dense accelerator that reuses weights',
      [head, ...digital],
      `Below the break-even activity, the share of the dense form's operations, events would need less energy. Prices: ${digital45.source}. The errors of the 8-bit forms were not measured.`,
    ),
  ].join('\n\n')
}
