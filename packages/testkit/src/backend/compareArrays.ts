import { isFloat, type DType, type TypedArray } from '@spikeward/core/backend'
import { ensure } from '../check.js'
import { ulpOf, type Tolerance } from './tolerances.js'

/** The parts of IEEE 754 that a backend guarantees. Default: all; WebGPU guarantees none. */
export interface FloatBehaviour {
  /** Zeros keep their sign. */
  readonly signedZero: boolean
  /** Subnormal numbers are not flushed to zero. */
  readonly denormals: boolean
  /** NaN and infinities follow the standard. */
  readonly nonFinite: boolean
}

/**
 * Throws if `actual` differs from `expected` by more than `allowed`, and names the worst element. `allowed` is one
 * tolerance, or an absolute distance for each element (on top of exact equality). NaN equals NaN; zeros of either sign
 * are equal unless `signedZero`.
 */
export function compareArrays(
  what: string,
  actual: TypedArray,
  expected: TypedArray,
  dtype: DType,
  allowed: Tolerance | ArrayLike<number>,
  options: { readonly signedZero?: boolean; readonly describe?: (i: number) => string } = {},
): void {
  ensure(actual.length === expected.length, () => `${what}: ${actual.length} elements, expected ${expected.length}`)
  let worst = -1
  let excess = 0
  let failures = 0
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!
    const e = expected[i]!
    const off = excessOf(
      a,
      e,
      dtype,
      'ulp' in allowed ? Math.max(allowed.ulp * ulpOf(e, dtype), allowed.absolute) : allowed[i]!,
      options.signedZero ?? false,
    )
    if (off === 0) continue
    failures++
    if (worst < 0 || off > excess) {
      worst = i
      excess = off
    }
  }
  ensure(
    failures === 0,
    () =>
      `${what}: ${failures} of ${expected.length} elements differ; worst at ${worst}${options.describe ? ` (${options.describe(worst)})` : ''}: ` +
      `${show(actual[worst]!)}, expected ${show(expected[worst]!)}, ${excess === Infinity ? 'not comparable' : `${excess.toPrecision(3)} times the tolerance`}`,
  )
}

/**
 * 0 if a is within the tolerance of e; otherwise their distance divided by the tolerance (Infinity if the tolerance is
 * 0 or they cannot be compared).
 */
function excessOf(a: number, e: number, dtype: DType, tolerance: number, signedZero: boolean): number {
  if (Object.is(a, e) || (a === e && !(signedZero && e === 0 && isFloat(dtype)))) return 0
  if (Number.isNaN(tolerance) || tolerance === Infinity) return 0
  if (!Number.isFinite(a) || !Number.isFinite(e) || tolerance === 0) return Infinity
  const ratio = Math.abs(a - e) / tolerance
  return a !== e && ratio <= 1 ? 0 : Math.max(ratio, Number.MIN_VALUE)
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))
