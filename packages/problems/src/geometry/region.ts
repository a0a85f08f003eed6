import { add, mul, tensor, uniform } from '@spikeward/core'
import type { Condition, Domain, Key, Region, Tensor } from '@spikeward/core'

/**
 * A box, or a face of it on which some axes have a fixed value.
 *
 * @param domain [low, high] of each axis
 * @param fixed for each axis its fixed value, or null; default: no axis is fixed
 * @example const initial = region([[0, 1], [0, 1]], [null, 0]) // all x, t = 0
 */
export function region(domain: Domain, fixed: readonly (number | null)[] = domain.map(() => null)): Region {
  const low = domain.map(([a], i) => fixed[i] ?? a)
  const span = domain.map(([a, b], i) => (typeof fixed[i] === 'number' ? 0 : b - a))
  const scaled = (u: Tensor, s: number, a: number): Tensor => add(mul(u, s), a)
  return {
    held: fixed,
    points: (key: Key, n: number) => ({
      kind: 'points',
      x: add(mul(uniform(key, [n, domain.length]), tensor(Float32Array.from(span))), tensor(Float32Array.from(low))),
    }),
    grid: (shape, key) => ({
      kind: 'grid',
      axes: domain.map((_, i) => {
        if (typeof fixed[i] === 'number') return tensor(Float32Array.of(low[i]!))
        const n = shape[i]!
        if (key) return scaled(uniform(key.fold(i), [n]), span[i]!, low[i]!)
        return tensor(Float32Array.from({ length: n }, (_, j) => low[i]! + (span[i]! * (2 * j + 1)) / (2 * n)))
      }),
    }),
  }
}

/** Zero at both ends of the first axis. */
export const endConditions = (domain: readonly (readonly [number, number])[], name: string): Condition<unknown>[] =>
  domain[0]!.map((end) => ({
    name: `${name}(${end}) = 0`,
    region: region(
      domain,
      domain.map((_, a) => (a === 0 ? end : null)),
    ),
    residual: (u, _, c) => u.at(c),
  }))
