/**
 * Pictures of trajectories for the gallery: in the plane a film (animated PNG), on a line all times below each other.
 */
import type { TrajectoryProblem } from '@spikeward/core'
import {
  advectionJumps,
  allenCahn2d,
  grayScott,
  kuramotoSivashinsky,
  nagumo2d,
  navierStokes,
  shallowWater,
} from '@spikeward/problems'
import { filmPng } from '@spikeward/plots/node'

const one = { train: 1, validation: 1, test: 1 }

/** The trajectory that each picture shows. */
const shown: Readonly<Record<string, TrajectoryProblem>> = {
  'advection-jumps': advectionJumps({ ...one, frames: 129, interval: 2 / 128 }),
  'allen-cahn-2d': allenCahn2d(one),
  'gray-scott': grayScott({ ...one, duration: 800, interval: 20, frames: 41 }),
  'kuramoto-sivashinsky': kuramotoSivashinsky({ ...one, length: 64, frames: 201, interval: 0.5 }),
  'nagumo-2d': nagumo2d(one),
  'navier-stokes': navierStokes({ ...one, sensors: 64, duration: 20, times: 41, steps: 25 }),
  'shallow-water': shallowWater({ ...one, frames: 31 }),
}

/** The picture of each problem with trajectories: the first channel of the first test function. */
export const films = (): Promise<readonly (readonly [name: string, file: Uint8Array])[]> =>
  Promise.all(
    Object.entries(shown).map(async ([name, problem]) => {
      const { frames, grid, channels } = problem.trajectory
      const { values } = await problem.trajectories('test')
      const first = values.filter((_, i) => i % channels.length === 0)
      const [rows = 1, columns] = grid
      const shape = columns === undefined ? ([1, frames, rows] as const) : ([frames, rows, columns] as const)
      return [name, filmPng(first, shape)] as const
    }),
  )
