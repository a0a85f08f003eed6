import type { Progress } from './protocol.js'

/** How one contender went: a point for each picture. */
export type Curve = {
  readonly step: number[]
  readonly seconds: number[]
  readonly passes: number[]
  readonly error: number[]
}

/** Points of a curve that are kept; every second one goes when there are more. */
const MOST = 1200

/** An empty curve. */
export const emptyCurve = (): Curve => ({ step: [], seconds: [], passes: [], error: [] })

/** Adds a point at the end, thinning the curve out where it has become long. */
export function extend(curve: Curve, { step, seconds, forwardEquivalents, error }: Progress): void {
  if (curve.step.at(-1) === step) return
  curve.step.push(step)
  curve.seconds.push(seconds)
  curve.passes.push(forwardEquivalents)
  curve.error.push(error)
  if (curve.step.length <= MOST) return
  for (const values of Object.values(curve)) {
    const kept = values.filter((_, i) => i % 2 === 0 || i === values.length - 1)
    values.splice(0, values.length, ...kept)
  }
}

/** Curves over one common axis, as a chart takes them: null where a curve has no point. */
export function aligned(curves: readonly Curve[], axis: 'seconds' | 'passes' | 'step'): (number | null)[][] {
  const all = [...new Set(curves.flatMap((c) => c[axis]))].sort((a, b) => a - b)
  const place = new Map(all.map((x, i) => [x, i]))
  const rows = curves.map((curve) => {
    const row = new Array<number | null>(all.length).fill(null)
    curve[axis].forEach((x, i) => {
      row[place.get(x)!] = curve.error[i]!
    })
    return row
  })
  return [all, ...rows]
}
