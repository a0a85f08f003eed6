/** Event-driven time-steppers of fronts against the cheapest dense networks of equal error. */
import { SpikewardError, div, key as keyOf, treeMap } from '@spikeward/core'
import type { ByLayer, Key, Tensor } from '@spikeward/core'
import { digital45, loihi1Network } from '@spikeward/energy'
import { spsa } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { sampleMedian, toSigmaDelta } from '@spikeward/train'
import type { SigmaDeltaThresholds } from '@spikeward/train'
import { denseError, rowOf, trainingEnergy } from './events/compare.js'
import type { Candidate, EventsRow } from './events/compare.js'
import { filmOf, filmSvg } from './events/film.js'
import type { EventsFilm } from './events/film.js'
import { END, fronts, planeFronts, restOf, setsOf } from './events/fronts.js'
import type { Front, Sizes, Trajectories } from './events/fronts.js'
import { advance, denseOperations, initialParams, stepsOf, train, wholeFields } from './events/stepper.js'
import type { Params, Phase, Stepper } from './events/stepper.js'
import type { Study, StudyRun } from './study.js'
import { digits, titled } from './tools.js'

/** Errors whose ratio is at most this are equal. */
const EQUAL = 1.03
/**
 * The part of it that an event-driven network may use on the validation functions; thresholds chosen on them err more
 * on others.
 */
const WITHIN = 1.01
/**
 * Leaks to choose from. Training has the first one: with the second it ended above the allowed error on validation
 * functions.
 */
const LEAKS = [0.5, 1] as const

/** How large a task's data, networks and trainings are. */
interface Plan {
  readonly functions: Sizes
  readonly rivals: readonly Stepper[]
  /** Every network passes through both phases: rivals without events, others with events in the last one. */
  readonly windows: Phase
  readonly rollouts: Phase
  /** Steps that tune the thresholds. */
  readonly tuning: number
}

const stepper = (width: number, stride: number, depth = 2): Stepper => ({ width, depth, stride })

const line: Plan = {
  functions: [64, 64, 64],
  rivals: [stepper(12, 2, 1), stepper(16, 2, 1), stepper(12, 4, 1), stepper(6, 2)],
  windows: { steps: 1000, batch: 16, rate: 3e-3, unrolled: 4 },
  rollouts: { steps: 500, batch: 8, rate: 1e-3, unrolled: null },
  tuning: 100,
}

const plane: Plan = {
  functions: [32, 8, 16],
  rivals: [stepper(8, 1, 1), stepper(12, 1, 1), stepper(12, 2, 1), stepper(6, 1)],
  windows: { steps: 500, batch: 4, rate: 5e-3, unrolled: 3 },
  rollouts: { steps: 150, batch: 2, rate: 1e-3, unrolled: null },
  tuning: 30,
}

/** Every network that was tried, with its error on the validation functions. */
export type EventsTrial = Stepper & {
  readonly name: string
  readonly key: number
  readonly form: 'dense' | 'events'
  readonly error: number
  readonly operations: number
  /**
   * Of an event form: whether the last phase of its training had events, and the common threshold and the leak from
   * which the tuning began; none if the network errs more than allowed with any.
   */
  readonly withEvents?: boolean
  readonly uniform?: SigmaDeltaThresholds['uniform']
}

/** One task with one pair of data and network keys. */
async function study(front: Front, plan: Plan, key: number, run: StudyRun) {
  const { backend, log } = run
  const [training, validation, test] = (await setsOf(front, key, plan.functions)) as [
    Trajectories,
    Trajectories,
    Trajectories,
  ]
  const trials: EventsTrial[] = []
  const trained: { stepper: Stepper; begun: Params; params: Params; error: number; keys: Key[] }[] = []
  for (const s of plan.rivals) {
    // Another initial network for each stepper and each key.
    const own = keyOf(key, { backend })
      .fold(1000 * s.depth + 10 * s.width + s.stride)
      .split(4)
    const begun = await train(s, initialParams(front, s, own[0]!), training, plan.windows, own[1]!, backend)
    const params = await train(s, begun, training, plan.rollouts, own[2]!, backend)
    const error = await denseError(s, params, validation, run)
    const operations = denseOperations(front, s, stepsOf(front, s)) / END
    trained.push({ stepper: s, begun, params, error, keys: own })
    trials.push({ ...s, name: front.name, key, form: 'dense', error, operations })
    log(`${front.name} ${key}: ${describe(s, front)}: ${error.toFixed(4)}, ${operations.toExponential(2)} operations`)
  }
  const least = Math.min(...trained.map(({ error }) => error))
  const cost = ({ stepper: s }: (typeof trained)[number]): number => denseOperations(front, s, stepsOf(front, s))
  const rival = trained.filter(({ error }) => error <= EQUAL * least).reduce((a, b) => (cost(b) < cost(a) ? b : a))
  const { stepper: s, keys } = rival
  const reference = wholeFields(validation, s, backend)
  let best: Candidate | null = null
  let searched = 0
  const attempt = async (params: Params, withEvents: boolean, ratios?: ByLayer) => {
    const found = await tuned(params, reference, rival.error, plan, front, s, keys[3]!, validation, run, ratios)
    searched += found?.runs ?? 0
    const error = found?.error ?? (await denseError(s, params, validation, run))
    const share = found?.operations ?? 1
    const operations = (share * cost(rival)) / END
    const uniform = found === null ? {} : { uniform: found.uniform }
    trials.push({ ...s, name: front.name, key, form: 'events', error, operations, withEvents, ...uniform })
    log(
      `${front.name} ${key}: ${withEvents ? 'trained with events' : 'the rival with events'}: ${error.toFixed(4)}, ${share.toFixed(3)} of its operations`,
    )
    if (found !== null && (best === null || share < best.found.operations))
      best = { stepper: s, params, withEvents, found }
    return found
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
  const phases = [plan.windows, plan.rollouts]
  const spent = trainingEnergy(front, row, phases, searched, validation.count)
  return { row: { ...row, training: spent }, trials, best: chosen, rival, test }
}

/**
 * Thresholds on the validation functions, from `ratios` of them that another network has; null if the network errs more
 * than allowed without any.
 */
async function tuned(
  params: Params,
  reference: Tensor,
  allowed: number,
  { tuning }: Plan,
  front: Front,
  s: Stepper,
  key: Key,
  validation: Trajectories,
  run: StudyRun,
  ratios: ByLayer | undefined,
): Promise<SigmaDeltaThresholds | null> {
  const options = { estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1), steps: tuning, key }
  // The network's own error at the steps of its rollout, which thresholds are chosen by, and at the measured times.
  const own = await denseError(s, params, validation, run)
  try {
    return await toSigmaDelta(advance, params, {
      ...options,
      ...(ratios === undefined ? {} : { ratios }),
      leaks: LEAKS,
      reference,
      rest: restOf(front),
      tolerance: (WITHIN * allowed) / own,
    })
  } catch (error) {
    if (error instanceof SpikewardError && error.code === 'BOUND_TOO_LOW') return null
    throw error
  }
}

const describe = (s: Stepper, { frame }: Front): string =>
  `${s.depth} × ${s.width} channels, step ${Number((s.stride * frame).toFixed(3))}`

type Ratios = Pick<EventsRow, 'name' | 'errorRatio' | 'operationsRatio' | 'energyRatio'>

/** Which comparison each claim of fewer joules is for: the median over the keys is below 1. */
interface Claims {
  readonly sameChip: boolean
  readonly sameChipSkippingZeros: boolean
  readonly acceleratorFloat: boolean
  readonly acceleratorInt8: boolean
}

/** The rows of all tasks and key pairs, their medians by task, all networks that were tried, and a rollout. */
export interface EventsResult {
  readonly tasks: readonly (Ratios & { readonly claims: Claims })[]
  readonly plane: readonly (Ratios & { readonly claims: Claims })[]
  readonly rows: readonly EventsRow[]
  readonly trials: readonly EventsTrial[]
  readonly film: EventsFilm
}

function middle(name: string, rows: readonly EventsRow[]): Ratios & { readonly claims: Claims } {
  const of = (read: (row: EventsRow) => number): number =>
    sampleMedian(rows.filter((row) => row.name === name).map((row) => read(row)))
  const energyRatio = of((row) => row.energyRatio)
  return {
    name,
    errorRatio: of((row) => row.errorRatio),
    operationsRatio: of((row) => row.operationsRatio),
    energyRatio,
    claims: {
      sameChip: energyRatio < 1,
      sameChipSkippingZeros: of((row) => row.skippingZeros.energyRatio) < 1,
      acceleratorFloat: of((row) => row.accelerator.float.ratio) < 1,
      acceleratorInt8: of((row) => row.accelerator.int8.ratio) < 1,
    },
  }
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
    let film: EventsFilm | null = null
    const add = async (front: Front, plan: Plan, key: number) => {
      const found = await study(front, plan, key, options)
      rows.push(found.row)
      trials.push(...found.trials)
      film ??= await filmOf(found.best, found.test, options)
      return found
    }
    for (const front of fronts) for (const key of options.quick ? [1] : [1, 2, 3, 4, 5]) await add(front, line, key)
    if (!options.quick)
      for (const [small, large] of planeFronts) {
        const { best, rival } = await add(small, plane, 1)
        const [, , test] = await setsOf(large, 1, [1, 1, plane.functions[2]])
        rows.push(await rowOf(1, best, rival, test!, options))
      }
    return {
      tasks: fronts.map(({ name }) => middle(name, rows)),
      plane: options.quick ? [] : planeFronts.flat().map(({ name }) => middle(name, rows)),
      rows,
      trials,
      film: film!,
    }
  },
  figures: ({ film }) => ({ 'when-spikes-pay': filmSvg(film) }),
  table: ({ rows }) => {
    const frames = new Map([...fronts, ...planeFronts.flat()].map((front) => [front.name, front]))
    return [
      titled(
        'Both forms on the same neuromorphic chip',
        [
          ['task', 'keys', 'dense rival', 'its error', 'error', 'operations', 'energy', 'energy, rival skips zeros'],
          ...rows.map((r) => [
            r.name,
            String(r.key),
            describe(r.rival, frames.get(r.name)!),
            digits(r.rival.error),
            ...[r.errorRatio, r.operationsRatio, r.energyRatio, r.skippingZeros.energyRatio].map((x) => x.toFixed(2)),
          ]),
        ],
        `Error, operations and energy of the event form ÷ those of the rival, on test functions. Prices: ${loihi1Network.source}.`,
      ),
      titled(
        'Events against a dense accelerator that reuses weights',
        [
          [
            'task',
            'keys',
            '45 nm, floats: events ÷ dense',
            'break-even activity',
            '45 nm, int8: events ÷ dense',
            'break-even activity',
          ],
          ...rows.map((r) => [
            r.name,
            String(r.key),
            ...(['float', 'int8'] as const).flatMap((format) => [
              r.accelerator[format].ratio.toFixed(2),
              `${(100 * r.accelerator[format].breakEvenActivity).toFixed(1)} %`,
            ]),
          ]),
        ],
        `Below the break-even activity, the share of the dense form's operations, events would need less energy. Prices: ${digital45.source}. The errors of the 8-bit forms were not measured.`,
      ),
    ].join('\n\n')
  },
}
