import { add, sub, tensor } from '@spikeward/core'
import type { Condition, Coords } from '@spikeward/core'
import { region } from '../geometry/region.js'
import { unitBox } from './unitSquare.js'

/** The same coordinates, one period further along x. */
function shifted(c: Coords): Coords {
  if (c.kind === 'grid') return { kind: 'grid', axes: [add(c.axes[0]!, 1), ...c.axes.slice(1)] }
  return { kind: 'points', x: add(c.x, tensor(Float32Array.of(1, 0))) }
}

/** u and u_x have equal values at x = 0 and x = 1, for functions of x and t on the unit square. */
export const periodicInX = (): readonly Condition<unknown>[] => [
  {
    name: 'u(0, t) = u(1, t)',
    region: region(unitBox, [0, null]),
    residual: (u, _, c) => sub(u.at(c), u.at(shifted(c))),
  },
  {
    name: 'u_x(0, t) = u_x(1, t)',
    region: region(unitBox, [0, null]),
    residual: (u, _, c) => sub(u.d(c, 0), u.d(shifted(c), 0)),
  },
]
