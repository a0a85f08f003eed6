/** Intervals of the fine grid between two points: integrals and equations are computed there. */
export const FINE = 16

/** The solution at every FINE-th point of the fine grid, from the input function at all of its points on [0, 1]. */
export type OwnOperator = { readonly formula: string; readonly solve: (f: Float64Array) => Float64Array }

const coarse = (fine: Float64Array): Float64Array => fine.filter((_, i) => i % FINE === 0)

/** ∫₀ˣ g by the trapezoidal rule. */
function antiderivative(g: Float64Array): Float64Array {
  const h = 1 / (g.length - 1)
  const sums = new Float64Array(g.length)
  for (let i = 1; i < g.length; i++) sums[i] = sums[i - 1]! + (h / 2) * (g[i - 1]! + g[i]!)
  return sums
}

/** u″ = 20 (f − sin u), u(0) = u′(0) = 0, by the classical method of Runge and Kutta; a step takes two intervals of the grid. */
function pendulum(f: Float64Array): Float64Array {
  const h = 2 / (f.length - 1)
  const all = new Float64Array(f.length)
  let [u, v] = [0, 0]
  for (let i = 0; i + 2 < f.length; i += 2) {
    const force = (at: number, x: number): number => 20 * (f[i + at]! - Math.sin(x))
    const [a1, v1] = [force(0, u), v]
    const [a2, v2] = [force(1, u + (h / 2) * v1), v + (h / 2) * a1]
    const [a3, v3] = [force(1, u + (h / 2) * v2), v + (h / 2) * a2]
    const [a4, v4] = [force(2, u + h * v3), v + h * a3]
    u += (h / 6) * (v1 + 2 * v2 + 2 * v3 + v4)
    v += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4)
    all[i + 2] = u
  }
  return all
}

/** Modes of the series of the heat equation: the factor of the next one is below 1e-10. */
const MODES = 16

/** uₜ = ν uₓₓ at t = 1 with insulated ends, from u = f at t = 0: Σₖ cₖ exp(−ν (kπ)²) cos(kπx). */
function heat(f: Float64Array): Float64Array {
  const viscosity = 0.01
  const n = f.length - 1
  const u = new Float64Array(f.length)
  for (let k = 0; k < MODES; k++) {
    const mode = f.map((_, i) => Math.cos((k * Math.PI * i) / n))
    const c = (k === 0 ? 1 : 2) * antiderivative(f.map((value, i) => value * mode[i]!))[n]!
    const factor = c * Math.exp(-viscosity * (k * Math.PI) ** 2)
    mode.forEach((value, i) => (u[i] = u[i]! + factor * value))
  }
  return u
}

/** Operators as users have them in files. Two are linear; the others are not. */
export const ownOperators = {
  antiderivative: { formula: 'u = ∫₀ˣ f', solve: (f) => coarse(antiderivative(f)) },
  heat: { formula: 'uₜ = 0.01 uₓₓ, from f to t = 1', solve: (f) => coarse(heat(f)) },
  sine: { formula: 'u = sin(4 ∫₀ˣ f)', solve: (f) => coarse(antiderivative(f).map((x) => Math.sin(4 * x))) },
  square: { formula: 'u = ∫₀ˣ f²', solve: (f) => coarse(antiderivative(f.map((x) => x ** 2))) },
  exponential: { formula: 'u = exp f', solve: (f) => coarse(f).map((x) => Math.exp(x)) },
  pendulum: { formula: 'u″ = 20 (f − sin u)', solve: (f) => coarse(pendulum(f)) },
} satisfies Readonly<Record<string, OwnOperator>>

/** Names of {@link ownOperators}. */
export type OwnOperatorName = keyof typeof ownOperators

/** The names, in the order of the tables. */
export const ownOperatorNames = Object.keys(ownOperators) as readonly OwnOperatorName[]
