/** Event-driven time-steppers of fronts in the plane: one network on 64² cells, and the same on larger grids. */
import { SpikewardError, div, key as keyOf, treeMap } from '@spikeward/core'
import type { ByLayer } from '@spikeward/core'
import { spsa } from '@spikeward/estimators'
import { cnnStep } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { toSigmaDelta } from '@spikeward/train'
import { WITHIN, middle, rowOf, stepper, study, tablesOf } from './events.js'
import type { Candidate, EventsRow, EventsTrial, Plan } from './events.js'
import { denseError, planeFronts, restOf, setsOf, wholeFields } from './fronts.js'
import type { Front, Params, Stepper, Trajectories } from './fronts.js'
import type { Study, StudyRun } from './tools.js'

const plan: Plan = {
  functions: [32, 8, 16],
  rivals: [stepper(8, 1, 1), stepper(12, 1, 1), stepper(12, 2, 1), stepper(6, 1)],
  windows: { steps: 500, batch: 4, rate: 5e-3, unrolled: 3 },
  rollouts: { steps: 150, batch: 2, rate: 1e-3, unrolled: null },
  tuning: 30,
}

/** Pairs of data and network keys. */
const KEYS = [1, 2, 3, 4, 5]

/** Functions of a larger grid to choose thresholds by, and to report. */
const [VALIDATION, TEST] = [8, 8]

/**
 * The event form on a larger grid: the ratios of its thresholds stay, and validation functions of that grid choose
 * their size.
 */
async function onLarger(
  small: Candidate,
  rival: { readonly stepper: Stepper; readonly params: Params },
  validation: Trajectories,
  run: StudyRun,
): Promise<Candidate> {
  const { stepper: s, params, units } = small
  const [own, against] = [
    await denseError(s, params, validation, run),
    await denseError(rival.stepper, rival.params, validation, run),
  ]
  try {
    const chosen = await toSigmaDelta(cnnStep, params, {
      ...{ estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1), steps: 0, key: keyOf(1) },
      ...{ reference: wholeFields(validation, s, run.backend), rest: restOf(validation.front), leaks: [units.leak] },
      ratios: treeMap<ByLayer>((t) => div(t, units.uniform.threshold), units.thresholds),
      tolerance: (WITHIN * against) / own,
    })
    return { ...small, units: chosen }
  } catch (error) {
    // The table shows the error that the thresholds of the small grid have then.
    if (error instanceof SpikewardError && error.code === 'BOUND_TOO_LOW') return small
    throw error
  }
}

/** The grids of a front with one pair of keys: networks of the first one step the others too. */
async function ofKey([small, ...larger]: readonly Front[], key: number, options: StudyRun) {
  const { row, trials, best, rival } = await study(small!, plan, key, options)
  const rows: EventsRow[] = [row]
  for (const front of larger) {
    const [, validation, test] = await setsOf(front, key, [1, VALIDATION, TEST])
    rows.push(await rowOf(key, await onLarger(best, rival, validation, options), rival, test, options))
    options.log(`${front.name}: ${JSON.stringify(rows.at(-1))}`)
  }
  return { rows, trials }
}

/** The medians, the rows of all grids, and all networks that were tried. */
interface PlaneResult {
  readonly tasks: readonly ReturnType<typeof middle>[]
  readonly rows: readonly EventsRow[]
  readonly trials: readonly EventsTrial[]
}

/**
 * The study of events for fronts in the plane, five pairs of keys. Networks are convolutions, so those that were
 * trained on 64² cells step 128² and 256² cells too, the rival as well as its event form.
 */
export const eventsInPlane: Study<PlaneResult> = {
  name: 'events-in-plane',
  summary: 'event-driven time-steppers of fronts on 64², 128² and 256² cells against dense ones of equal error',
  async run(options) {
    const rows: EventsRow[] = []
    const trials: EventsTrial[] = []
    const all = options.quick ? planeFronts.slice(0, 1).map((sizes) => sizes.slice(0, 1)) : planeFronts
    for (const sizes of all)
      for (const key of options.quick ? [1] : KEYS) {
        const own = await options.part(`${sizes[0]!.name} ${key}`, () => ofKey(sizes, key, options))
        rows.push(...own.rows)
        trials.push(...own.trials)
      }
    return { tasks: all.flat().map(({ name }) => middle(name, rows)), rows, trials }
  },
  table({ rows }) {
    const grids = planeFronts.flat()
    const ordered = grids.flatMap(({ name }) => rows.filter((row) => row.name === name))
    return tablesOf(ordered, grids)
  },
}
