/**
 * Pictures of trajectories for the gallery, each a film (animated PNG), and a still picture for readers who prefer
 * reduced motion: of a field in the plane its last frame, of a curve all times below each other.
 */
import {
  advectionJumps,
  allenCahn2d,
  burgersFno,
  burgersSharp,
  darcy2d,
  grayScott,
  kuramotoSivashinsky,
  nagumo2d,
  navierStokes,
  shallowWater,
  solveBurgers,
  virtualSensing,
} from '@spikeward/problems'
import { type OperatorProblem, type SourceFunction, type TrajectoryProblem, key } from '@spikeward/core'
import { filmPng } from '@spikeward/plots/node'

/** Fields of one trajectory: [frames, points] on a line, [frames, rows, columns] in the plane. */
type Film = { readonly values: Float64Array; readonly shape: readonly number[] }

const one = { train: 1, validation: 1, test: 1 }

/** The first channel of the first test function. */
async function firstOf({ trajectory, trajectories }: TrajectoryProblem): Promise<Film> {
  const { frames, grid, channels } = trajectory
  const { values } = await trajectories('test')
  return { values: Float64Array.from(values).filter((_, i) => i % channels.length === 0), shape: [frames, ...grid] }
}

/** Burgers' equation from the first test function of a problem whose points are nodes of the solver, to t = 1. */
async function burgersFrom(problem: OperatorProblem, viscosity: number): Promise<Film> {
  const { sensors } = await problem.data('test')
  const [frames, points] = [61, sensors.length]
  const u = solveBurgers({ viscosity, length: 1, initial: sensors.slice(), end: 1, times: frames, steps: 100 })
  const values = u.map((_, i) => u[(i % points) * frames + Math.floor(i / points)]!)
  return { values, shape: [frames, points] }
}

/**
 * A field on a square that is steady: cos θ g + sin θ h of two independent Gaussian fields g and h has their law for
 * each θ, so that a turn of θ shows fields from `low` to `high` along both axes, and closes.
 */
async function turn(
  fields: OperatorProblem,
  [low, high]: readonly [number, number],
  solve: (f: SourceFunction, at: { kind: 'grid'; axes: Float64Array[] }) => Float64Array,
): Promise<Film> {
  const [frames, n] = [24, 44]
  const [g, h] = (await fields.generator!.sample(key(4), 2)) as [SourceFunction, SourceFunction]
  const side = Float64Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1))
  const values = Array.from({ length: frames }, (_, t) => {
    const [c, s] = [Math.cos((2 * Math.PI * t) / frames), Math.sin((2 * Math.PI * t) / frames)]
    const blend: SourceFunction = (x) => {
      const other = h(x)
      return g(x).map((v, i) => c * v + s * other[i]!)
    }
    return [...solve(blend, { kind: 'grid', axes: [side, side] })]
  })
  return { values: Float64Array.from(values.flat()), shape: [frames, n, n] }
}

/** The pressure of Darcy flow, whose log-normal permeability is e^g. */
const darcy = (): Promise<Film> => {
  const { generator } = darcy2d()
  const logarithm = darcy2d({ permeability: 'lognormal' })
  const sample: NonNullable<OperatorProblem['generator']>['sample'] = async (k, count) =>
    (await logarithm.generator!.sample(k, count)).map((f) => (x) => f(x).map(Math.log))
  return turn({ ...logarithm, generator: { ...logarithm.generator!, sample } }, [0, 1], (g, at) =>
    generator!.solve((x) => g(x).map((v) => (v >= 0 ? 12 : 3)), at),
  )
}

/** The temperature in a disc; 0 outside. */
const disc = (): Promise<Film> =>
  turn(virtualSensing(one), [-1, 1], (u, at) => {
    const [x, y] = at.axes as [Float64Array, Float64Array]
    return virtualSensing(one)
      .generator!.solve(u, at)
      .map((v, p) => (Math.hypot(x[Math.floor(p / y.length)]!, y[p % y.length]!) < 1 ? v : 0))
  })

/** The trajectory that each picture shows. */
const shown: Readonly<Record<string, () => Promise<Film>>> = {
  'advection-jumps': () => firstOf(advectionJumps({ ...one, frames: 65, interval: 2 / 64 })),
  'allen-cahn-2d': () => firstOf(allenCahn2d(one)),
  'burgers-fno': () => burgersFrom(burgersFno(one), 0.1),
  'burgers-sharp': () => burgersFrom(burgersSharp(one), 0.01),
  'darcy-2d': darcy,
  'gray-scott': () => firstOf(grayScott({ ...one, duration: 800, interval: 20, frames: 41 })),
  'kuramoto-sivashinsky': () => firstOf(kuramotoSivashinsky({ ...one, length: 64, frames: 101, interval: 1 })),
  'nagumo-2d': () => firstOf(nagumo2d(one)),
  'navier-stokes': () => firstOf(navierStokes({ ...one, sensors: 64, duration: 20, times: 41, steps: 25 })),
  'shallow-water': () => firstOf(shallowWater({ ...one, frames: 31 })),
  'virtual-sensing': disc,
}

/** A film of a curve: 1 where it passes, else 0, from its least value at the bottom to its largest one at the top. */
export function drawn({ values, shape }: Film, rows: number): Film {
  const [frames, points] = shape as [number, number]
  const low = values.reduce((m, v) => Math.min(m, v), Infinity)
  const high = values.reduce((m, v) => Math.max(m, v), -Infinity)
  const pixels = new Float64Array(frames * rows * points)
  const rowOf = (v: number): number => Math.round(((high - v) / (high - low || 1)) * (rows - 1))
  for (let t = 0; t < frames; t++)
    for (let x = 0; x < points; x++) {
      const ends = [x, Math.min(x + 1, points - 1)].map((p) => rowOf(values[t * points + p]!))
      for (let y = Math.min(...ends); y <= Math.max(...ends); y++) pixels[(t * rows + y) * points + x] = 1
    }
  return { values: pixels, shape: [frames, rows, points] }
}

/** The files of a film: the film, and `-still`, a picture without motion. */
function filesOf(name: string, film: Film): readonly (readonly [name: string, file: Uint8Array])[] {
  const { values, shape } = film
  const [frames, rows, columns] = shape as [number, number, number?]
  if (columns === undefined) {
    const { values: pixels, shape: sizes } = drawn(film, 96)
    return [
      [name, filmPng(pixels, sizes as [number, number, number], [-1, 1])],
      [`${name}-still`, filmPng(values, [1, frames, rows])],
    ]
  }
  const low = values.reduce((m, v) => Math.min(m, v), Infinity)
  const high = values.reduce((m, v) => Math.max(m, v), -Infinity)
  const last = values.subarray((frames - 1) * rows * columns)
  return [
    [name, filmPng(values, [frames, rows, columns])],
    [`${name}-still`, filmPng(last, [1, rows, columns], [low, high])],
  ]
}

/** The pictures of all problems. */
export const films = async (): Promise<readonly (readonly [name: string, file: Uint8Array])[]> =>
  (await Promise.all(Object.entries(shown).map(async ([name, film]) => filesOf(name, await film())))).flat()
