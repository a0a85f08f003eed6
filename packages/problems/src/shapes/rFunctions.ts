import type { Algebra } from './geometry.js'

/**
 * Rvachev's functions: the level of an intersection, φ₁ + φ₂ − √(φ₁² + φ₂²), is positive where both are, and smooth
 * except where both are zero.
 */
export const meet = <T>(a: Algebra<T>, p: T, q: T): T => a.sub(a.add(p, q), root(a, p, q))

/** The level of a union, φ₁ + φ₂ + √(φ₁² + φ₂²). */
export const join = <T>(a: Algebra<T>, p: T, q: T): T => a.add(a.add(p, q), root(a, p, q))

const root = <T>(a: Algebra<T>, p: T, q: T): T => a.sqrt(a.add(a.add(a.mul(p, p), a.mul(q, q)), a.constant(TINY)))

/** Keeps the derivative of the root finite where both levels are zero. */
const TINY = 1e-24
