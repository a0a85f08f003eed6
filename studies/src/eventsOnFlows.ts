/** Event-driven time-steppers of waves and of several fields, as those of fronts in the study of events. */
import { key as keyOf } from '@spikeward/core'
import type { TrajectoryProblem } from '@spikeward/core'
import { grayScott, sampleFunctions, shallowWater, solveBurgers, spectralField } from '@spikeward/problems'
import { middle, stepper, study, tablesOf } from './events.js'
import type { EventsRow, EventsTrial, Plan } from './events.js'
import { END } from './fronts.js'
import type { Front, Sizes } from './fronts.js'
import type { Study } from './tools.js'

/** Cells of a line, and of a side of a plane. */
const [CELLS, SIDE] = [128, 32]
/** Time between the fields of a line. Half of it did not reduce the error of networks with as many steps. */
const FRAME = 0.05

/** Burgers' equation with ν = 0.01 and the initial fields of `burgersSharp`, until time 1. */
const burgers: Front = {
  ...{ name: 'burgers-sharp', shape: [CELLS], states: [[-2, 2]], rest: [0], frame: FRAME },
  sets(key, sizes) {
    const space = spectralField({ gamma: 2, tau: 7, sigma: 55.64, modes: 40 })
    const points = Float64Array.from({ length: CELLS }, (_, i) => i / CELLS)
    const keys = keyOf(key).split(3)
    const frames = END / FRAME + 1
    const draw = async (count: number, i: number): Promise<Float32Array> => {
      const values = new Float32Array(count * frames * CELLS)
      for (const [f, sample] of (await sampleFunctions(space, keys[i]!, count)).entries()) {
        const initial = sample(points)
        const u = solveBurgers({ viscosity: 0.01, length: 1, initial, end: 1, times: frames, steps: 20 })
        for (let t = 0; t < frames; t++)
          for (let c = 0; c < CELLS; c++) values[(f * frames + t) * CELLS + c] = u[c * frames + t]!
      }
      return values
    }
    return Promise.all(sizes.map(draw))
  },
}

/** A problem of the package on 32² cells; its 21 frames are a time of 2. */
const onPlane = (
  name: string,
  states: Front['states'],
  rest: readonly number[],
  problem: (o: {
    readonly key: number
    readonly train: number
    readonly validation: number
    readonly test: number
  }) => TrajectoryProblem,
): Front => ({
  ...{ name, states, rest, shape: [SIDE, SIDE], frame: 0.1 },
  async sets(key, [train, validation, test]: Sizes) {
    const { trajectories } = problem({ key, train, validation, test })
    const splits = ['train', 'validation', 'test'] as const
    return (await Promise.all(splits.map((split) => trajectories(split)))).map(({ values }) => values)
  },
})

const line: Plan = {
  functions: [64, 32, 32],
  rivals: [stepper(16, 1, 1), stepper(16, 2, 1), stepper(12, 2)],
  windows: { steps: 1000, batch: 16, rate: 3e-3, unrolled: 4 },
  rollouts: { steps: 300, batch: 8, rate: 1e-3, unrolled: null },
  tuning: 60,
}

const plane: Plan = {
  functions: [24, 6, 8],
  rivals: [stepper(12, 1, 1), stepper(16, 1, 1), stepper(16, 2, 1)],
  windows: { steps: 500, batch: 4, rate: 5e-3, unrolled: 3 },
  rollouts: { steps: 150, batch: 2, rate: 1e-3, unrolled: null },
  tuning: 20,
}

const depths = [
  [1, 2],
  [-0.5, 0.5],
  [-0.5, 0.5],
] as const
const tasks: readonly (readonly [Front, Plan])[] = [
  [burgers, line],
  [onPlane('shallow-water, 32²', depths, [1, 0, 0], (o) => shallowWater({ ...o, points: SIDE })), plane],
  [
    onPlane(
      'gray-scott, 32²',
      [
        [0, 0.4],
        [0.3, 1],
      ],
      [0, 1],
      (o) => grayScott({ ...o, points: SIDE }),
    ),
    plane,
  ],
]

/** The medians over the keys of a task, all rows, and all networks that were tried. */
interface FlowsResult {
  readonly tasks: readonly ReturnType<typeof middle>[]
  readonly rows: readonly EventsRow[]
  readonly trials: readonly EventsTrial[]
}

/**
 * The study of events for evolutions that are less at rest: steep waves on a line, and two and three fields in the
 * plane. Networks have periodic edges, which the water does not reach.
 */
export const eventsOnFlows: Study<FlowsResult> = {
  name: 'events-on-flows',
  summary: 'event-driven time-steppers of sharp Burgers, Gray–Scott and shallow water against dense ones',
  async run(options) {
    const rows: EventsRow[] = []
    const trials: EventsTrial[] = []
    const all = options.quick ? tasks.slice(0, 1) : tasks
    for (const [front, plan] of all)
      for (const key of options.quick ? [1] : [1, 2, 3, 4, 5]) {
        const task = await options.part(`${front.name} ${key}`, async () => {
          const { row, trials: tried } = await study(front, plan, key, options)
          return { row, trials: tried }
        })
        rows.push(task.row)
        trials.push(...task.trials)
      }
    return { tasks: all.map(([{ name }]) => middle(name, rows)), rows, trials }
  },
  table: ({ rows }) =>
    tablesOf(
      rows,
      tasks.map(([front]) => front),
    ),
}
