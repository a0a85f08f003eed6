/** Options of {@link solveRadialShallowWater}. */
export type SolveRadialShallowWaterOptions = {
  /** The largest distance from the centre. */
  readonly radius: number
  /** g. */
  readonly gravity: number
  /** Depth in rings of equal width around the centre: its mean over each ring. The water is at rest. */
  readonly initial: Float64Array
  /** Time between stored frames. */
  readonly interval: number
  /** Stored frames, the first one at time 0. */
  readonly frames: number
}

/** Depth and radial momentum by ring. */
type Flow = { readonly h: Float64Array; readonly m: Float64Array }

/** Courant number of a step: waves cross this part of a ring. */
const COURANT = 0.4

const minmod = (a: number, b: number): number => (a * b <= 0 ? 0 : Math.abs(a) < Math.abs(b) ? a : b)

/**
 * The shallow-water equations of a flow that depends on the distance r from a centre alone, depth h and radial momentum
 * m = hu:
 *
 *     h_t + (1/r) (r m)_r = 0,   m_t + (1/r) (r (m²/h + g h²/2))_r = g h²/(2r)
 *
 * by finite volumes: linear functions in each ring with the minmod limiter, the fluxes of Harten, Lax and van Leer, and
 * Heun's method in time. The volume of water is conserved exactly until waves reach the outer edge, which lets them
 * out. Error: O(h²) where the solution is smooth, O(h) in the mean where it jumps.
 *
 * @returns h and m on the grid [frames, rings, 2], row-major
 * @see Toro, Shock-Capturing Methods for Free-Surface Shallow Flows, 2001
 */
export function solveRadialShallowWater(options: SolveRadialShallowWaterOptions): Float64Array {
  const { radius, gravity: g, initial, interval, frames } = options
  const n = initial.length
  const dr = radius / n
  const room = (): Float64Array => new Float64Array(n)
  const state: Flow = { h: initial.slice(), m: room() }
  const next: Flow = { h: room(), m: room() }
  const [slopeH, slopeM] = [room(), room()]
  const slopes = (u: Float64Array, out: Float64Array, atCentre: 1 | -1): void => {
    for (let i = 0; i < n; i++) {
      // The depth is even in r, the momentum odd; behind the edge both continue.
      const left = i === 0 ? atCentre * u[0]! : u[i - 1]!
      out[i] = minmod(u[i]! - left, (u[i + 1] ?? u[i]!) - u[i]!)
    }
  }
  const [fluxH, fluxM] = [new Float64Array(n + 1), new Float64Array(n + 1)]
  /** out = u + dt · rate(u) */
  const advance = (u: Flow, dt: number, out: Flow): void => {
    slopes(u.h, slopeH, 1)
    slopes(u.m, slopeM, -1)
    // No area at the centre, so no flux.
    for (let i = 1; i <= n; i++) {
      const hl = u.h[i - 1]! + slopeH[i - 1]! / 2
      const ml = u.m[i - 1]! + slopeM[i - 1]! / 2
      const hr = i === n ? hl : u.h[i]! - slopeH[i]! / 2
      const mr = i === n ? ml : u.m[i]! - slopeM[i]! / 2
      const [vl, vr, cl, cr] = [ml / hl, mr / hr, Math.sqrt(g * hl), Math.sqrt(g * hr)]
      const [low, high] = [Math.min(vl - cl, vr - cr, 0), Math.max(vl + cl, vr + cr, 0)]
      const [pl, pr] = [ml * vl + (g * hl * hl) / 2, mr * vr + (g * hr * hr) / 2]
      const area = (i * dr) / (high - low)
      fluxH[i] = area * (high * ml - low * mr + low * high * (hr - hl))
      fluxM[i] = area * (high * pl - low * pr + low * high * (mr - ml))
    }
    for (let i = 0; i < n; i++) {
      const volume = (i + 0.5) * dr * dr
      out.h[i] = u.h[i]! + (dt / volume) * (fluxH[i]! - fluxH[i + 1]!)
      out.m[i] = u.m[i]! + (dt / volume) * (fluxM[i]! - fluxM[i + 1]! + (dr * g * u.h[i]! ** 2) / 2)
    }
  }
  const out = new Float64Array(frames * n * 2)
  for (let f = 0; f < frames; f++) {
    for (let i = 0; i < n; i++) out.set([state.h[i]!, state.m[i]!], (f * n + i) * 2)
    if (f === frames - 1) break
    for (let left = interval; left > 1e-12 * interval; ) {
      let fastest = 0
      for (let i = 0; i < n; i++)
        fastest = Math.max(fastest, Math.abs(state.m[i]! / state.h[i]!) + Math.sqrt(g * state.h[i]!))
      const dt = Math.min(left, (COURANT * dr) / fastest)
      advance(state, dt, next)
      // Heun: the mean of u and of two steps from it.
      const [h, m] = [state.h.slice(), state.m.slice()]
      advance(next, dt, state)
      for (let i = 0; i < n; i++) {
        state.h[i] = (h[i]! + state.h[i]!) / 2
        state.m[i] = (m[i]! + state.m[i]!) / 2
      }
      left -= dt
    }
  }
  return out
}
