import { periodicField2d, sampleFunctions, solvePeriodicReaction, spectralField } from '@spikeward/problems'
import type { FunctionSpace } from '@spikeward/problems'
import type { Key } from '@spikeward/core'

/** The last time of a trajectory. */
export const END = 2

/** A reaction–diffusion equation u_t = D Δu + R(u) of period 1 whose solutions are fronts that move. */
export interface Front {
  readonly name: string
  /** Equal cells along each axis of a period. */
  readonly shape: readonly number[]
  readonly diffusivity: number
  readonly reaction: (u: number) => number
  /** From a smooth random function of deviation about 1 to initial values. */
  readonly initial: (g: number) => number
  /** The stable constant fields. Layers hold what the field half-way between gives them before the first step. */
  readonly states: readonly [low: number, high: number]
  /** Time between stored fields, the finest time step of a network. */
  readonly frame: number
}

const nagumo = (k: number, a: number) => (u: number) => k * u * (1 - u) * (u - a)
const step = (g: number): number => (1 + Math.tanh(3 * g)) / 2

export const fronts: readonly Front[] = [
  {
    name: 'nagumo',
    shape: [256],
    diffusivity: 2e-4,
    reaction: nagumo(20, 0.3),
    initial: step,
    states: [0, 1],
    frame: 0.05,
  },
  {
    name: 'allen-cahn',
    shape: [256],
    diffusivity: 2e-4,
    reaction: (u) => 5 * (u - u ** 3),
    initial: (g) => Math.tanh(3 * g),
    states: [-1, 1],
    frame: 0.05,
  },
]

/** Fronts in the plane. */
export const planeFront: Front = {
  name: 'nagumo-plane',
  shape: [64, 64],
  diffusivity: 5e-4,
  reaction: nagumo(20, 0.4),
  initial: step,
  states: [0, 1],
  frame: 0.1,
}

export const restOf = ({ states: [low, high] }: Front): number => (low + high) / 2
export const cellsOf = ({ shape }: Front): number => shape.reduce((a, b) => a * b, 1)
export const framesOf = ({ frame }: Front): number => Math.round(END / frame) + 1

/** Trajectories of a front, [functions, frames, cells]. */
export interface Trajectories {
  readonly front: Front
  readonly count: number
  readonly values: Float32Array
}

/** Stored fields of one trajectory, [frames, cells]. */
type Solve = (front: Front, initial: Float64Array) => Float64Array

/** By Lawson's method in steps of a tenth of a frame (see solvePeriodicReaction). */
const solveLine: Solve = (front, initial) => {
  const frames = framesOf(front)
  const { diffusivity, reaction } = front
  const u = solvePeriodicReaction({ diffusivity, reaction, length: 1, initial, end: END, times: frames, steps: 10 })
  return Float64Array.from(
    { length: u.length },
    (_, i) => u[(i % initial.length) * frames + Math.floor(i / initial.length)]!,
  )
}

/** By Heun's method in steps of 0.005, with the five-point Laplacian: the system of ordinary equations on the grid is the truth. */
const solvePlane: Solve = (front, initial) => {
  const { diffusivity, reaction, frame, shape } = front
  const [rows = 1, columns = 1] = shape
  const [dt, steps] = [0.005, Math.round(frame / 0.005)]
  const scale = diffusivity * rows * columns
  const slope = (u: Float64Array): Float64Array =>
    u.map((v, i) => {
      const [r, c] = [Math.floor(i / columns), i % columns]
      const at = (y: number, x: number): number => u[((y + rows) % rows) * columns + ((x + columns) % columns)]!
      return scale * (at(r - 1, c) + at(r + 1, c) + at(r, c - 1) + at(r, c + 1) - 4 * v) + reaction(v)
    })
  const cells = initial.length
  const fields = new Float64Array(framesOf(front) * cells)
  let u = initial
  fields.set(u)
  for (let t = 1; t < framesOf(front); t++) {
    for (let s = 0; s < steps; s++) {
      const first = slope(u)
      const second = slope(u.map((v, i) => v + dt * first[i]!))
      u = u.map((v, i) => v + (dt / 2) * (first[i]! + second[i]!))
    }
    fields.set(u, t * cells)
  }
  return fields
}

/** Trajectories from random initial values. */
export async function trajectories(front: Front, key: Key, count: number): Promise<Trajectories> {
  const [n = 1, m] = front.shape
  const cells = cellsOf(front)
  const plane = m !== undefined
  const space: FunctionSpace = plane
    ? periodicField2d({ gamma: 3, tau: 10, sigma: 400, modes: 5 })
    : spectralField({ gamma: 2, tau: 20, sigma: 400, modes: 12 })
  const points = plane
    ? Float64Array.from({ length: 2 * cells }, (_, i) => (i % 2 === 0 ? Math.floor(i / 2 / m) / n : ((i >> 1) % m) / m))
    : Float64Array.from({ length: n }, (_, i) => i / n)
  const drawn = (await sampleFunctions(space, key, count)).map((f) => f(points))
  const square = drawn.reduce((total, g) => total + g.reduce((sum, v) => sum + v * v, 0), 0)
  const deviation = Math.sqrt(square / (count * cells))
  const solve = plane ? solvePlane : solveLine
  const values = new Float32Array(count * framesOf(front) * cells)
  drawn.forEach((g, f) => {
    const initial = Float64Array.from(g, (v) => front.initial(v / deviation))
    values.set(solve(front, initial), f * framesOf(front) * cells)
  })
  return { front, count, values }
}
