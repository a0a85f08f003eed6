import type { Condition } from '@spikeward/core'
import { region } from '../geometry/region.js'

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
