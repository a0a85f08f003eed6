import type { Domain } from '@spikeward/core'

/** Arithmetic operations for a distance function: on numbers, or on tensors, so that it can be differentiated. */
export interface Algebra<T> {
  constant(value: number): T
  add(a: T, b: T): T
  sub(a: T, b: T): T
  mul(a: T, b: T): T
  div(a: T, b: T): T
  sqrt(a: T): T
}

/** A point of a boundary and the outward unit normal there. */
export type BoundaryPoint = { readonly x: readonly number[]; readonly normal: readonly number[] }

/** A piece of a boundary, parametrised over [0, 1)^(dimension − 1) with constant density. */
export interface BoundaryPiece {
  /** Its length (area, in space). */
  readonly size: number
  /** The names of the parts of the boundary that it belongs to, which a condition may name with `on`. Default: none. */
  readonly groups?: readonly string[]
  at(s: readonly number[]): BoundaryPoint
  /** Whether a point of the piece is on the boundary: parts inside another shape of a union are not. */
  keeps(x: readonly number[]): boolean
}

/** A bounded domain in any dimension. A record of pure functions on the host. */
export interface Geometry {
  readonly name: string
  readonly dimension: number
  /** A box that contains it. */
  readonly bounds: Domain
  /** Whether a point is in the shape. */
  inside(x: readonly number[]): boolean
  readonly boundary: readonly BoundaryPiece[]
  /** Inner points to draw from, flat [n, dimension]. Absent: points are drawn in the bounds and tested. */
  readonly given?: Float64Array
  /**
   * A function that is positive inside, zero on the boundary and smooth in the inside, for hard conditions; null if
   * there is none.
   */
  readonly distance: (<T>(algebra: Algebra<T>, x: readonly T[]) => T) | null
  /** A signed distance function, negative outside, for unions, intersections and differences; null if there is none. */
  readonly level: (<T>(algebra: Algebra<T>, x: readonly T[]) => T) | null
}

/** Arithmetic of numbers. */
export const numberAlgebra: Algebra<number> = {
  constant: (v) => v,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  sqrt: Math.sqrt,
}

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
