import { allenCahn2d, nagumo2d, sampleFunctions, solvePeriodicReaction, spectralField } from '@spikeward/problems'
import { key as keyOf } from '@spikeward/core'
import type { Key, TrajectoryProblem } from '@spikeward/core'

/** The last time of a trajectory. */
export const END = 2

/** Numbers of functions to train on, to choose by, and to report. */
export type Sizes = readonly [training: number, validation: number, test: number]

/** A reaction–diffusion equation u_t = D Δu + R(u) of period 1 whose solutions are fronts that move. */
export interface Front {
  readonly name: string
  /** Equal cells along each axis of a period. */
  readonly shape: readonly number[]
  /** The stable constant fields. Layers hold what the second one gives them before the first step. */
  readonly states: readonly [low: number, high: number]
  /** Time between stored fields, the finest time step of a network. */
  readonly frame: number
  /** Stored fields [functions, frames, cells] of three sets of random initial values. */
  readonly sets: (key: number, sizes: Sizes) => Promise<readonly Float32Array[]>
}

/**
 * Fronts on a line, from smooth random functions g of deviation about 1; by Lawson's method in steps of a tenth of a
 * frame.
 */
function onLine(o: {
  readonly name: string
  readonly states: Front['states']
  readonly reaction: (u: number) => number
  readonly initial: (g: number) => number
}): Front {
  const [cells, frame, frames] = [256, 0.05, 41]
  const space = spectralField({ gamma: 2, tau: 20, sigma: 400, modes: 12 })
  const points = Float64Array.from({ length: cells }, (_, i) => i / cells)
  const draw = async (key: Key, count: number): Promise<Float32Array> => {
    const samples = (await sampleFunctions(space, key, count)).map((f) => f(points))
    const square = samples.reduce((total, g) => total + g.reduce((sum, v) => sum + v * v, 0), 0)
    const deviation = Math.sqrt(square / (count * cells))
    const values = new Float32Array(count * frames * cells)
    samples.forEach((g, f) => {
      const initial = Float64Array.from(g, (v) => o.initial(v / deviation))
      const times = { end: END, times: frames, steps: 10 }
      const u = solvePeriodicReaction({ diffusivity: 2e-4, reaction: o.reaction, length: 1, initial, ...times })
      for (let t = 0; t < frames; t++)
        for (let i = 0; i < cells; i++) values[(f * frames + t) * cells + i] = u[i * frames + t]!
    })
    return values
  }
  return {
    ...{ name: o.name, states: o.states, shape: [cells], frame },
    sets(key, sizes) {
      const keys = keyOf(key).split(3)
      return Promise.all(sizes.map((count, i) => draw(keys[i]!, count)))
    },
  }
}

/**
 * Fronts in the plane, problems of the package: on 64² cells, and on 128² cells with a quarter of D, which are as large
 * relative to a front.
 */
function onSquares(
  name: string,
  states: Front['states'],
  diffusivity: number,
  problem: (o: {
    readonly key: number
    readonly points: number
    readonly diffusivity: number
    readonly train: number
    readonly validation: number
    readonly test: number
  }) => TrajectoryProblem,
): readonly [Front, Front] {
  const at = (points: number): Front => ({
    ...{ name: points === 64 ? name : `${name}, ${points}²`, states, shape: [points, points], frame: 0.1 },
    async sets(key, [train, validation, test]) {
      const o = { key, points, diffusivity: diffusivity * (64 / points) ** 2, train, validation, test }
      const { trajectories } = problem(o)
      const splits = ['train', 'validation', 'test'] as const
      return (await Promise.all(splits.map((split) => trajectories(split)))).map(({ values }) => values)
    },
  })
  return [at(64), at(128)]
}

const nagumo = (k: number, a: number) => (u: number) => k * u * (1 - u) * (u - a)

export const fronts: readonly Front[] = [
  onLine({ name: 'nagumo', states: [0, 1], reaction: nagumo(20, 0.3), initial: (g) => (1 + Math.tanh(3 * g)) / 2 }),
  onLine({ name: 'allen-cahn', states: [-1, 1], reaction: (u) => 5 * (u - u ** 3), initial: (g) => Math.tanh(3 * g) }),
]

/** On 64² and on 128² cells; one network steps both. */
export const planeFronts: readonly (readonly [Front, larger: Front])[] = [
  onSquares('allen-cahn-plane', [-1, 1], 2.5e-3, (o) => allenCahn2d(o)),
  onSquares('nagumo-plane', [0, 1], 1e-3, (o) => nagumo2d({ ...o, threshold: 0.4 })),
]

export const restOf = ({ states: [, high] }: Front): number => high
export const cellsOf = ({ shape }: Front): number => shape.reduce((a, b) => a * b, 1)
export const framesOf = ({ frame }: Front): number => Math.round(END / frame) + 1

/** Trajectories of a front, [functions, frames, cells]. */
export interface Trajectories {
  readonly front: Front
  readonly count: number
  readonly values: Float32Array
}

/** Trajectories to train on, to choose by, and to report. */
export async function setsOf(front: Front, key: number, sizes: Sizes): Promise<readonly Trajectories[]> {
  return (await front.sets(key, sizes)).map((values, i) => ({ front, count: sizes[i]!, values }))
}
