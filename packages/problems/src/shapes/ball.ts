import { SpikewardError } from '@spikeward/core'
import type { Algebra, Geometry } from './geometry.js'

/** Options of {@link ball} and {@link disc}. */
export type BallOptions = { readonly center: readonly number[]; readonly radius: number }

/**
 * A ball of 2 or 3 dimensions. Its distance function is (r² − |x − c|²)/2r.
 *
 * @throws INVALID_OPTION
 */
export function ball({ center, radius }: BallOptions): Geometry {
  const dimension = center.length
  if (!(radius > 0 && Number.isFinite(radius)) || (dimension !== 2 && dimension !== 3)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a ball of radius ${radius} in ${dimension} dimensions; give a radius above 0, and a centre of 2 or 3 numbers`,
    )
  }
  const level = <T>(a: Algebra<T>, x: readonly T[]): T => {
    const squares = x.map((v, i) => {
      const off = a.sub(v, a.constant(center[i]!))
      return a.mul(off, off)
    })
    const rest = a.sub(
      a.constant(radius ** 2),
      squares.reduce((p, q) => a.add(p, q)),
    )
    return a.mul(rest, a.constant(1 / (2 * radius)))
  }
  const direction = (s: readonly number[]): number[] => {
    const angle = 2 * Math.PI * s[0]!
    if (dimension === 2) return [Math.cos(angle), Math.sin(angle)]
    const height = 2 * s[1]! - 1
    const across = Math.sqrt(1 - height * height)
    return [across * Math.cos(angle), across * Math.sin(angle), height]
  }
  return {
    name: dimension === 2 ? 'disc' : 'ball',
    dimension,
    bounds: center.map((c) => [c - radius, c + radius] as const),
    inside: (x) => x.reduce((sum, v, i) => sum + (v - center[i]!) ** 2, 0) <= radius ** 2,
    boundary: [
      {
        size: dimension === 2 ? 2 * Math.PI * radius : 4 * Math.PI * radius ** 2,
        at(s) {
          const normal = direction(s)
          return { x: normal.map((n, i) => center[i]! + radius * n), normal }
        },
        keeps: () => true,
      },
    ],
    distance: level,
    level,
  }
}

/** A disc: a {@link ball} in the plane. */
export const disc = (options: { readonly center: readonly [number, number]; readonly radius: number }): Geometry =>
  ball(options)
