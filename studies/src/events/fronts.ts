import { solvePeriodicReaction, sampleFunctions, spectralField } from '@spikeward/problems'
import type { Key } from '@spikeward/core'

/** A reaction–diffusion equation u_t = D u_xx + R(u) of period 1 whose solutions are fronts that move. */
export interface Front {
  readonly name: string
  readonly diffusivity: number
  readonly reaction: (u: number) => number
  /** From a smooth random function of deviation about 1 to initial values. */
  readonly initial: (g: number) => number
}

export const fronts: readonly Front[] = [
  {
    name: 'nagumo',
    diffusivity: 2e-4,
    reaction: (u) => 20 * u * (1 - u) * (u - 0.3),
    initial: (g) => (1 + Math.tanh(3 * g)) / 2,
  },
  {
    name: 'allen-cahn',
    diffusivity: 2e-4,
    reaction: (u) => 5 * (u - u ** 3),
    initial: (g) => Math.tanh(3 * g),
  },
]

/** Equal cells of a period. */
export const CELLS = 256
/** The last time of a trajectory. */
export const END = 2
/** Stored times of a trajectory, and the finest time step of a network. */
export const FRAME = 0.05
export const FRAMES = Math.round(END / FRAME) + 1
/** Trajectories of a front, [functions, frames, cells]. */
export interface Trajectories {
  readonly count: number
  readonly values: Float32Array
}

/** Trajectories from random initial values, by Lawson's method in steps of 0.005 (see solvePeriodicReaction). */
export async function trajectories(front: Front, key: Key, count: number): Promise<Trajectories> {
  const space = spectralField({ gamma: 2, tau: 20, sigma: 400, modes: 12 })
  const x = Float64Array.from({ length: CELLS }, (_, i) => i / CELLS)
  const drawn = (await sampleFunctions(space, key, count)).map((f) => f(x))
  const square = drawn.reduce((total, g) => total + g.reduce((sum, v) => sum + v * v, 0), 0)
  const deviation = Math.sqrt(square / (count * CELLS))
  const values = new Float32Array(count * FRAMES * CELLS)
  drawn.forEach((g, f) => {
    const u = solvePeriodicReaction({
      diffusivity: front.diffusivity,
      reaction: front.reaction,
      length: 1,
      initial: g.map((v) => front.initial(v / deviation)),
      end: END,
      times: FRAMES,
      steps: 10,
    })
    for (let t = 0; t < FRAMES; t++)
      for (let i = 0; i < CELLS; i++) values[(f * FRAMES + t) * CELLS + i] = u[i * FRAMES + t]!
  })
  return { count, values }
}
