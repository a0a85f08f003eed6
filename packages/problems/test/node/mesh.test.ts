import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { boundaryMeasureOf, boundaryPoints, difference, disc, measureOf, triangleMesh, union } from '../../src/index.js'
import { readMesh } from '../../src/node.js'
import { meshIn } from '../../src/node/readMesh.js'
import { codeOf } from '../support/support.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-mesh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (text: string): string => {
  const path = join(folder, 'own.msh')
  writeFileSync(path, text)
  return path
}

/** A ring of 96 segments between the radii 0.4 and 1; the tags of its nodes have gaps. */
const SEGMENTS = 96
const ring = Array.from({ length: 2 * SEGMENTS }, (_, i) => {
  const [radius, angle] = [i % 2 === 0 ? 0.4 : 1, (2 * Math.PI * Math.floor(i / 2)) / SEGMENTS]
  return { tag: 10 + 3 * i, x: radius * Math.cos(angle), y: radius * Math.sin(angle) }
})
const tagOf = (i: number): number => ring[i % ring.length]!.tag
const triangles = Array.from({ length: SEGMENTS }, (_, s) => 2 * s).flatMap((i) => [
  [tagOf(i), tagOf(i + 1), tagOf(i + 2)],
  // Turned the other way round.
  [tagOf(i + 1), tagOf(i + 2), tagOf(i + 3)],
])

const old = `$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
1
2 1 "ring"
$EndPhysicalNames
$Nodes
${ring.length}
${ring.map(({ tag, x, y }) => `${tag} ${x} ${y} 0`).join('\n')}
$EndNodes
$Elements
${triangles.length + 1}
1 1 2 0 1 ${tagOf(0)} ${tagOf(2)}
${triangles.map((corners, i) => `${i + 2} 2 2 0 1 ${corners.join(' ')}`).join('\n')}
$EndElements
`

const current = `$MeshFormat
4.1 0 8
$EndMeshFormat
$Entities
0 0 1 0
1 -1 -1 0 1 1 0 0 0
$EndEntities
$Nodes
2 ${ring.length + 1} 1 1000
0 1 0 1
1
0 0 0
2 1 0 ${ring.length}
${ring.map(({ tag }) => tag).join('\n')}
${ring.map(({ x, y }) => `${x} ${y} 0`).join('\n')}
$EndNodes
$Elements
2 ${triangles.length + 1} 1 1000
1 1 1 1
1 ${tagOf(0)} ${tagOf(2)}
2 1 2 ${triangles.length}
${triangles.map((corners, i) => `${i + 2} ${corners.join(' ')}`).join('\n')}
$EndElements
`

/** The triangles once more. */
const extra = triangles.map((corners, i) => `${i} 2 2 0 1 ${corners.join(' ')}\n`).join('')

describe.each([
  ['version 2.2', old],
  ['version 4.1', current],
  ['lines that end as in Windows', current.replaceAll('\n', '\r\n')],
])('a Gmsh file, %s', (_, text) => {
  const shape = triangleMesh(readMesh(file(text)))

  it('has the area and the length of its boundary, by Monte Carlo within 1 %', () => {
    expect(Math.abs(measureOf(shape, 2 ** 12) / (Math.PI * (1 - 0.4 ** 2)) - 1)).toBeLessThan(0.01)
    expect(Math.abs(boundaryMeasureOf(shape) / (2 * Math.PI * 1.4) - 1)).toBeLessThan(0.01)
  })

  it('has normals that point away from the ring', () => {
    const { x, normal } = boundaryPoints(shape, 50)
    for (let p = 0; p < 50; p++) {
      const outward = x[2 * p]! * normal[2 * p]! + x[2 * p + 1]! * normal[2 * p + 1]!
      expect(Math.sign(outward)).toBe(Math.hypot(x[2 * p]!, x[2 * p + 1]!) > 0.7 ? 1 : -1)
    }
  })
})

it.each([
  ['no file', () => readMesh(join(folder, 'none.msh')), 'DATA_FILE_NOT_FOUND'],
  ['a folder', () => readMesh(folder), 'FILE_UNREADABLE'],
  ['a name that is too long', () => readMesh(join(folder, 'x'.repeat(5000))), 'FILE_UNREADABLE'],
  ['a long line of numbers', () => readMesh(file(old.replace('13 1 0 0', '1 '.repeat(40_000)))), 'DATA_CORRUPT'],
  ['a block of too many nodes', () => readMesh(file(current.replace(`1 0 ${ring.length}`, '1 0 1e9'))), 'DATA_BUDGET'],
  ['more nodes than the budget', () => meshIn(old, 'x', { budget: { nodes: ring.length - 1 } }), 'DATA_BUDGET'],
  [
    'more triangles than the budget',
    () =>
      meshIn(
        old
          .replace('$EndElements', `${extra}$EndElements`)
          .replace(`${triangles.length + 1}\n`, `${2 * triangles.length + 1}\n`),
        'x',
        { budget: { nodes: ring.length } },
      ),
    'DATA_BUDGET',
  ],
  ['a binary file', () => readMesh(file('$MeshFormat\n4.1 1 8\n')), 'DATA_UNSUPPORTED'],
  ['another version', () => readMesh(file('$MeshFormat\n2.0 0 8\n')), 'DATA_UNSUPPORTED'],
  ['another format', () => readMesh(file('OFF\n4 4 0\n')), 'DATA_CORRUPT'],
  ['an end too early', () => readMesh(file(current.slice(0, 900))), 'DATA_CORRUPT'],
  [
    'a triangle with a node that does not exist',
    () => readMesh(file(old.replace('0 1 10 13 16', '0 1 7 13 16'))),
    'DATA_CORRUPT',
  ],
  ['a coordinate that is no number', () => readMesh(file(old.replace('13 1 0 0', '13 one 0 0'))), 'DATA_CORRUPT'],
  ['a node off the plane', () => readMesh(file(old.replace('13 1 0 0', '13 1 0 0.5'))), 'DATA_UNSUPPORTED'],
  ['no triangles', () => readMesh(file(old.replaceAll(' 2 2 0 1 ', ' 3 2 0 1 '))), 'DATA_UNSUPPORTED'],
  ['counts far beyond the file', () => readMesh(file(old.replace(`${ring.length}\n`, '1e300\n'))), 'DATA_CORRUPT'],
  [
    'fewer nodes than lines',
    () => readMesh(file(old.replace(`${ring.length}\n`, `${ring.length - 1}\n`))),
    'DATA_CORRUPT',
  ],
  [
    'fewer elements than lines',
    () => readMesh(file(old.replace(`${triangles.length + 1}\n`, `${triangles.length}\n`))),
    'DATA_CORRUPT',
  ],
  [
    'a count that is no number',
    () => readMesh(file(old.replace(`${triangles.length + 1}\n`, 'many\n'))),
    'DATA_CORRUPT',
  ],
])('%s is refused', (_, read, code) => {
  expect(codeOf(read)).toBe(code)
})

/** The unit square of two triangles, whose sides are groups: `in` and `out` by name, 9 by its number. */
const square2 = `$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
3
1 3 "in"
1 4 "out flow"
2 3 "square"
$EndPhysicalNames
$Nodes
4
1 0 0 0
2 1 0 0
3 1 1 0
4 0 1 0
$EndNodes
$Elements
5
1 1 2 3 1 4 1
2 1 2 4 2 2 3
3 1 2 9 3 1 2
4 2 2 3 1 1 2 3
5 2 2 3 1 1 3 4
$EndElements
`

const square4 = `$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
2
1 3 "in"
1 4 "out flow"
$EndPhysicalNames
$Entities
1 4 1 0
1 0 0 0 0
11 0 0 0 0 1 0 1 -3 2 1 -1
12 1 0 0 1 1 0 1 4 2 1 -1
13 0 0 0 1 0 0 1 9 2 1 -1
14 0 1 0 1 1 0 0 2 1 -1
1 0 0 0 1 1 0 0 4 11 12 13 14
$EndEntities
$Nodes
1 4 1 4
2 1 0 4
1
2
3
4
0 0 0
1 0 0
1 1 0
0 1 0
$EndNodes
$Elements
5 6 1 6
1 11 1 1
1 4 1
1 12 1 1
2 2 3
1 13 1 1
3 1 2
1 14 1 1
6 3 4
2 1 2 2
4 1 2 3
5 1 3 4
$EndElements
`

describe.each([
  ['version 2.2', square2],
  ['version 4.1', square4],
])('physical groups of lines, %s', (_, text) => {
  const mesh = readMesh(file(text))

  it('are read by their names, or by their numbers', () => {
    expect(mesh.groups).toEqual({ in: [3, 0], 'out flow': [1, 2], 9: [0, 1] })
  })

  it('name the pieces of the boundary', () => {
    const named = triangleMesh(mesh).boundary.map(({ at, groups }) => [at([0.5]).x, groups])
    expect(new Map(named.map(([x, groups]) => [String(x), groups]))).toEqual(
      new Map([
        ['0,0.5', ['in']],
        ['1,0.5', ['out flow']],
        ['0.5,0', ['9']],
        ['0.5,1', []],
      ]),
    )
  })

  it('are refused with more or fewer names than their count', () => {
    const of = (by: number) => text.replace(/(?<=\$PhysicalNames\n)\d/, (count) => String(Number(count) + by))
    for (const by of [-1, 1]) expect(codeOf(() => readMesh(file(of(by))))).toBe('DATA_CORRUPT')
  })

  it('of nodes that do not exist are refused', () => {
    expect(codeOf(() => readMesh(file(text.replace(/ 4 1$/m, ' 7 1').replace(/^1 4 1$/m, '1 7 1'))))).toBe(
      'DATA_CORRUPT',
    )
  })
})

it.each([
  ['an odd number of ends', [0, 1, 2]],
  ['an end that is no point', [0, 3]],
  ['an end between points', [0, 0.5]],
])('a group with %s is refused', (_, side) => {
  const read = () => triangleMesh({ points: [0, 0, 1, 0, 0, 1], triangles: [0, 1, 2], groups: { side } })
  expect(codeOf(read)).toBe('INVALID_OPTION')
})

it('a group keeps its name in a difference and a union', () => {
  const mesh = triangleMesh({ points: [0, 0, 1, 0, 0, 1], triangles: [0, 1, 2], groups: { floor: [0, 1] } })
  const small = disc({ center: [0.5, 0], radius: 0.1 })
  for (const shape of [difference(mesh, small), union(mesh, small)]) {
    const floor = shape.boundary.filter(({ groups }) => groups?.includes('floor'))
    expect(boundaryMeasureOf({ ...shape, boundary: floor })).toBeCloseTo(0.8, 2)
  }
})

it('looks at the clock at least once for 128 KiB, and ends when the time is spent', () => {
  const long = old.replace('$PhysicalNames', `${'a comment\n'.repeat(40_000)}$PhysicalNames`)
  const ticking = (seconds: number) => {
    let now = 0
    return { options: { clock: () => now++, budget: { seconds } }, looks: () => now }
  }
  const whole = ticking(1e6)
  meshIn(long, 'x', whole.options)
  expect(whole.looks()).toBeGreaterThan(long.length / 2 ** 17)
  expect(codeOf(() => meshIn(long, 'x', ticking(2).options))).toBe('DATA_BUDGET')
})
