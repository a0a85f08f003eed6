/** A number with its derivative: an independent model of what the neurons must do, in plain JavaScript. */
export interface Dual {
  readonly v: number
  readonly d: number
}

export const dual = (v: number, d = 0): Dual => ({ v, d })
export const plus = (a: Dual, b: Dual): Dual => dual(a.v + b.v, a.d + b.d)
export const minus = (a: Dual, b: Dual): Dual => dual(a.v - b.v, a.d - b.d)
export const times = (a: Dual, b: Dual): Dual => dual(a.v * b.v, a.v * b.d + a.d * b.v)
export const detach = (a: Dual): Dual => dual(a.v)

export interface Reference {
  readonly beta: number
  readonly alpha: number
  readonly threshold: number
  readonly rest: number
  readonly resetTo: number
  readonly kappa: number
  readonly reset: 'subtract' | 'zero' | 'none'
  readonly delay: boolean
  readonly detached: boolean
  /** Slope of the surrogate. */
  slope(u: number): number
}

/**
 * One current-based neuron driven by x_t: i' = αi + x, then the equations of the README, written out case by case.
 * α = 0 makes it a leaky neuron, β = 1 as well a plain integrator. Returns the charged
 * membrane, the membrane after its reset and the spikes, per step.
 */
export function reference(
  r: Reference,
  x: readonly Dual[],
): {
  charged: Dual[]
  membrane: Dual[]
  spikes: Dual[]
} {
  const H = (u: Dual): Dual => dual(u.v > 0 ? 1 : 0, r.slope(u.v) * u.d)
  const stop = r.detached ? detach : (a: Dual): Dual => a
  const theta = dual(r.threshold)
  const charge = (u: Dual, i: Dual): Dual =>
    plus(plus(times(dual(r.beta), u), dual((1 - r.beta) * r.rest)), times(dual(r.kappa), i))
  let u = dual(0)
  let i = dual(0)
  const charged: Dual[] = []
  const membrane: Dual[] = []
  const spikes: Dual[] = []
  for (const now of x) {
    i = plus(times(dual(r.alpha), i), now)
    let s: Dual
    if (r.delay) {
      const R = stop(H(minus(u, theta)))
      if (r.reset === 'subtract') u = minus(charge(u, i), times(R, theta))
      else if (r.reset === 'zero') u = charge(plus(times(minus(dual(1), R), u), times(R, dual(r.resetTo))), i)
      else u = charge(u, i)
      charged.push(u)
      s = H(minus(u, theta))
    } else {
      u = charge(u, i)
      charged.push(u)
      s = H(minus(u, theta))
      const S = stop(s)
      if (r.reset === 'subtract') u = minus(u, times(S, theta))
      else if (r.reset === 'zero') u = plus(times(minus(dual(1), S), u), times(S, dual(r.resetTo)))
    }
    membrane.push(u)
    spikes.push(s)
  }
  return { charged, membrane, spikes }
}
