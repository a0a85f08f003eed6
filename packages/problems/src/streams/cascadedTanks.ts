import { type Key, normal, uniform } from '@spikeward/core'
import { rungeKutta4 } from '../numerics/rungeKutta4.js'

/** Constants of two cascaded tanks. */
export const tanks = {
  /** Seconds between two rows. */
  interval: 4,
  /** Height of both tanks. */
  height: 10,
  /** Share of the water that flows over the upper tank which falls into the lower one; the rest is lost. */
  caught: 0.5,
  /** Deviation of the noise of a reading. */
  noise: 0.05,
} as const

/** Flow through an outlet below √(a level), and through the pump for a unit of its voltage. */
const FLOW = 0.05
/** Steps of the solver between two rows. */
const STEPS = 8

/**
 * Levels of two cascaded tanks under voltages u of a pump,
 *
 *     x₁' = 0.05 (u − √x₁),   x₂' = 0.05 (√x₁ − √x₂),   0 ≤ x₁, x₂ ≤ 10,
 *
 * by the Runge–Kutta method of order 4 in steps of half a second. What flows over the upper tank falls into the lower
 * one by half; what flows over the lower one is lost. Steady levels are u² up to a voltage of √10.
 *
 * The equations and the sampling of the benchmark, with constants of our own; none of its data.
 *
 * @param start levels at the first row. Default: empty tanks
 * @returns [rows, 2], row-major: the levels at the voltages' times
 * @see Schoukens & Noël 2017, 10.1016/j.ifacol.2017.08.071
 * @example
 * const levels = tankLevels(Float64Array.from({ length: 200 }, () => 2)) // both rise to 4
 */
export function tankLevels(voltages: ArrayLike<number>, start: readonly [number, number] = [0, 0]): Float64Array {
  const { interval, height, caught } = tanks
  const levels = new Float64Array(2 * voltages.length)
  const x = Float64Array.from(start)
  const out = (level: number): number => Math.sqrt(Math.max(level, 0))
  for (let row = 0; row < voltages.length; row++) {
    levels.set(x, 2 * row)
    const u = voltages[row]!
    for (let step = 0; step < STEPS; step++) {
      rungeKutta4(
        (_, [upper = 0, lower = 0], rate) => rate.set([FLOW * (u - out(upper)), FLOW * (out(upper) - out(lower))]),
        ...([x, 0, interval / STEPS, 1] as const),
      )
      const over = Math.max(x[0]! - height, 0)
      x[0]! -= over
      x[1] = Math.min(x[1]! + caught * over, height)
    }
  }
  return levels
}

/** Runs of the tanks: voltages, and readings of the lower level. */
export interface TankRun {
  readonly voltages: Float64Array
  readonly readings: Float64Array
}

/**
 * A run from empty tanks, whose upper one flows over now and then: the voltage is 2.6 plus a sum of 40 sines of random
 * phase from 0.0005 to 0.01 Hz with a deviation of 0.9, held between two rows and not below 0.
 */
export async function tankRun(key: Key, rows: number): Promise<TankRun> {
  const WAVES = 40
  const [phases, noise] = await Promise.all([
    uniform(key.fold(0), [WAVES, 2]).data(),
    normal(key.fold(1), [rows]).data(),
  ])
  const wave = (t: number, i: number): number =>
    Math.sin(2 * Math.PI * ((0.0005 + 0.0095 * Number(phases[2 * i])) * tanks.interval * t + Number(phases[2 * i + 1])))
  const voltages = Float64Array.from({ length: rows }, (_, t) => {
    let sum = 0
    for (let i = 0; i < WAVES; i++) sum += wave(t, i)
    return Math.max(0, 2.6 + 0.9 * Math.sqrt(2 / WAVES) * sum)
  })
  const levels = tankLevels(voltages)
  return { voltages, readings: voltages.map((_, t) => levels[2 * t + 1]! + tanks.noise * Number(noise[t])) }
}
