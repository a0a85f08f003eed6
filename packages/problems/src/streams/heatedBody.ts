/** Bodies that are heated: u_t = κ u_xx + Σ_h p_h(t) q_h(x) inside, u = 0 on the boundary. */

/** A heated body: its points, its sensors and its equation in the basis in which diffusion is diagonal. */
export interface HeatedBody {
  /** Inner points. */
  readonly points: number
  /** Points with a sensor. */
  readonly sensors: readonly number[]
  /** Heaters. */
  readonly heaters: number
  /** Samples that the plan of a sample reaches ahead. */
  readonly horizon: number
  /** Diffusivity before and after a drift. */
  readonly diffusivity: readonly [number, number]
  /** Deviation of the noise of a reading: 1 % of that of the field at the first diffusivity. */
  readonly noise: number
  /** The modes, which are computed once. */
  modes(): HeatModes
}

/** Orthonormal modes of the discrete Laplacian. */
export interface HeatModes {
  /** Values [points, points] of modes at points, row-major. */
  readonly at: Float64Array
  /** Eigenvalues of −∂², for each mode. */
  readonly values: Float64Array
  /** The profile of each heater, q_h, in modes. */
  readonly heat: readonly Float64Array[]
  /** Σ_k φ_k(x) φ_k(y) / λ_k² of each sensor and all points. */
  readonly covariances: readonly Float64Array[]
}

/** Time between two samples. */
export const INTERVAL = 0.1

/** Modes of a unit cube with `side` inner points along each of its axes, Gaussian heaters of a width, and sensors. */
function modesOf(
  side: number,
  centres: readonly (readonly number[])[],
  width: number,
  sensors: readonly number[],
): HeatModes {
  const axes = centres[0]!.length
  const points = side ** axes
  /** Numbers of a point, or of a mode, along the axes. */
  const along = (i: number): number[] => Array.from({ length: axes }, (_, a) => Math.floor(i / side ** a) % side)
  const sine = (i: number, k: number): number =>
    Math.sqrt(2 / (side + 1)) * Math.sin((Math.PI * (i + 1) * (k + 1)) / (side + 1))
  const numbers = Array.from({ length: points }, (_, i) => along(i))
  const at = new Float64Array(points * points)
  numbers.forEach((place, i) =>
    numbers.forEach((wave, k) => {
      at[i * points + k] = place.reduce((product, x, a) => product * sine(x, wave[a]!), 1)
    }),
  )
  const value = (k: number): number => 4 * (side + 1) ** 2 * Math.sin((Math.PI * (k + 1)) / 2 / (side + 1)) ** 2
  const heat = centres.map((centre) => {
    const profile = numbers.map(
      (place) =>
        4 * Math.exp(-place.reduce((sum, x, a) => sum + (((x + 1) / (side + 1) - centre[a]!) / width) ** 2, 0)),
    )
    return Float64Array.from({ length: points }, (_, k) =>
      profile.reduce((sum, q, i) => sum + q * at[i * points + k]!, 0),
    )
  })
  const values = Float64Array.from(numbers, (wave) => wave.reduce((sum, k) => sum + value(k), 0))
  const covariances = sensors.map((sensor) =>
    fieldAt(
      { at },
      values.map((v, k) => at[sensor * points + k]! / v ** 2),
    ),
  )
  return { at, values, heat, covariances }
}

type BodySpec = Omit<HeatedBody, 'points' | 'heaters' | 'modes'> & {
  readonly side: number
  readonly centres: readonly (readonly number[])[]
  readonly width: number
}

function heatedBody({ side, centres, width, ...rest }: BodySpec): HeatedBody {
  let known: HeatModes | null = null
  const [points, heaters] = [side ** centres[0]!.length, centres.length]
  return { points, heaters, ...rest, modes: () => (known ??= modesOf(side, centres, width, rest.sensors)) }
}

/** A rod [0, 1] of 64 points with six sensors and two heaters. */
export const rod: HeatedBody = /* @__PURE__ */ heatedBody({
  side: 64,
  centres: [[0.3], [0.75]],
  width: 0.1,
  sensors: [5, 16, 26, 37, 47, 58],
  horizon: 5,
  diffusivity: [0.05, 0.15],
  noise: 0.011,
})

/** A plate [0, 1]² of 12 · 12 points with nine sensors and two heaters. */
export const plate: HeatedBody = /* @__PURE__ */ heatedBody({
  side: 12,
  centres: [
    [0.3, 0.35],
    [0.7, 0.65],
  ],
  width: 0.2,
  sensors: [26, 30, 33, 74, 78, 81, 110, 114, 117],
  horizon: 5,
  diffusivity: [0.025, 0.075],
  noise: 0.0085,
})

/** Amplitudes of modes one sample later, under the powers of the heaters: implicit Euler. */
export function advance(
  { values, heat }: HeatModes,
  amplitudes: Float64Array,
  powers: readonly number[],
  diffusivity: number,
): Float64Array {
  return amplitudes.map(
    (a, k) =>
      (a + INTERVAL * heat.reduce((sum, q, h) => sum + powers[h]! * q[k]!, 0)) /
      (1 + INTERVAL * diffusivity * values[k]!),
  )
}

/** The field at all points from amplitudes of modes. */
export function fieldAt({ at }: Pick<HeatModes, 'at'>, amplitudes: Float64Array): Float64Array {
  const points = amplitudes.length
  return Float64Array.from({ length: points }, (_, i) => {
    let sum = 0
    for (let k = 0; k < points; k++) sum += at[i * points + k]! * amplitudes[k]!
    return sum
  })
}
