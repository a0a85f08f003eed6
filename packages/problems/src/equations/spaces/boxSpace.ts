import { type Domain, type Region, broadcastTo, tensor } from '@spikeward/core'
import { region } from '../../geometry/region.js'
import type { Names } from '../component.js'
import { indexOfFixed } from '../conditions/fixedCoordinate.js'
import type { BoundaryCell, Space } from './space.js'

/** The space of a box. The parts of its boundary are its faces, `x = 0` and so on, without those of time. */
export function boxSpace(names: Names, domain: Domain, time: string | null): Space {
  const side = (axis: number, value: number): Region =>
    region(
      domain,
      domain.map((_, a) => (a === axis ? value : null)),
    )
  const faces = names.space.flatMap((name) => {
    const axis = names.axes.indexOf(name)
    return domain[axis]!.map((value, end) => {
      const face = `${name} = ${value}`
      const cell: BoundaryCell = { size: 1, names: [face], at: null, axes: [axis] }
      const part = withNormal(side(axis, value), axis, end === 0 ? -1 : 1, domain.length)
      return { name: face, region: part, cells: new Set([cell]) }
    })
  })
  return {
    ...names,
    domain,
    interior: region(domain),
    time,
    held: (axis, value) => side(indexOfFixed(names.axes, domain, axis, value), value),
    boundary: faces,
    cells: faces.flatMap(({ cells }) => [...cells]),
  }
}

function withNormal(face: Region, axis: number, sign: number, axes: number): Region {
  const normal = Float32Array.from({ length: axes }, (_, a) => (a === axis ? sign : 0))
  return {
    ...face,
    points(key, n) {
      const c = face.points(key, n)
      return c.kind === 'grid' ? c : { ...c, normal: broadcastTo(tensor(normal), [n, axes]) }
    },
  }
}
