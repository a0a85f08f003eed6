/** Polygons and measurements from files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { boundaryMeasureOf, measureOf } from '../../src/index.js'
import { loadMeasurements, loadPolygon } from '../../src/node.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-polygon-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return name
}
const codeOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work()
  } catch (error) {
    return (error as { readonly code?: unknown }).code
  }
  return 'no error'
}

const outline = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
]
const hole = [
  [1, 1],
  [2, 1],
  [2, 2],
  [1, 2],
]
const closed = (ring: readonly (readonly number[])[]) => [...ring, ring[0]]
const geojson = { type: 'Polygon', coordinates: [closed(outline), closed(hole)] }
const rows = (ring: readonly (readonly number[])[], of: number): string =>
  ring.map((corner) => [...corner, of].join(',')).join('\n')

describe('a polygon of a file', () => {
  it.each([
    ['lists of corners', 'lists.json', [outline, hole]],
    ['a Polygon of GeoJSON', 'part.geojson', geojson],
    ['a Feature of GeoJSON', 'feature.json', { type: 'Feature', properties: {}, geometry: geojson }],
    ['a table with rings', 'rings.csv', `x,y,ring\n${rows(outline, 1)}\n${rows(hole, 2)}\n`],
    ['a table without names', 'bare.csv', `${rows(closed(outline) as number[][], 1)}\n${rows(hole, 2)}\n`],
  ])('%s has the outline and the hole', async (_, name, content) => {
    const shape = await loadPolygon(file(name, content), folder)
    expect(Math.abs(measureOf(shape) / 15 - 1)).toBeLessThan(0.01)
    expect(boundaryMeasureOf(shape)).toBeCloseTo(20, 6)
    expect(new Set(shape.boundary.flatMap(({ groups = [] }) => groups))).toEqual(new Set(['outline', 'hole 1']))
  })

  it('has no hole where one list is given', async () => {
    const listed = await loadPolygon(file('one.json', outline), folder)
    const table = await loadPolygon(file('two.csv', `x,y\n${outline.map((c) => c.join(',')).join('\n')}\n`), folder)
    for (const shape of [listed, table]) expect(measureOf(shape)).toBeCloseTo(16, 6)
  })

  it.each([
    ['no file', 'none.json', undefined, 'DATA_FILE_NOT_FOUND'],
    ['no table', 'none.csv', undefined, 'DATA_FILE_NOT_FOUND'],
    ['no JSON', 'cut.json', '[[0, 0], [1', 'DATA_CORRUPT'],
    ['several polygons', 'multi.geojson', { type: 'MultiPolygon', coordinates: [] }, 'DATA_UNSUPPORTED'],
    ['a record without a type', 'record.json', { corners: outline }, 'DATA_UNSUPPORTED'],
    ['three numbers a corner', 'space.json', [[[0, 0, 0]]], 'DATA_SHAPE'],
    ['numbers', 'numbers.json', [0, 1, 2], 'DATA_SHAPE'],
    ['a number that is infinite', 'infinite.json', '[[0, 0], [1e999, 0], [0, 1]]', 'DATA_SHAPE'],
    ['four columns', 'four.csv', 'a,b,c,d\n1,2,3,4\n', 'DATA_SHAPE'],
    ['a ring that has no number', 'nan.csv', 'x,y,ring\n0,0,0\n1,0,0\n0,1,0\n0.1,0.1,nan\n', 'DATA_NOT_FINITE'],
    ['two corners', 'two.json', [outline.slice(0, 2)], 'INVALID_OPTION'],
    ['nothing', 'empty.json', [], 'INVALID_OPTION'],
  ])('of %s is refused', async (_, name, content, code) => {
    if (content !== undefined) file(name, content)
    expect(await codeOf(() => loadPolygon(name, folder))).toBe(code)
  })

  it('of a folder is refused', async () => {
    expect(await codeOf(() => loadPolygon('.', folder))).toBe('FILE_UNREADABLE')
  })
})

describe('measurements of a file', () => {
  const names = { axes: ['x', 't'], unknowns: ['u', 'v'] }
  const load = (name: string, content: string) => loadMeasurements(join(folder, file(name, content)), names)

  it('are the columns of the axes and of the measured unknowns, in any order', async () => {
    const { points, values } = await load('probes.csv', 'sensor,t,u,x\n1,0.5,7,0.1\n2,0.25,8,0.2\n')
    expect([...points]).toEqual([0.1, 0.5, 0.2, 0.25])
    expect(values).toEqual({ u: Float64Array.of(7, 8) })
  })

  it.each([
    ['no unknown', 'x,t,w\n0,0,1\n', 'DATA_NAME_UNKNOWN'],
    ['no axis t', 'x,u\n0,1\n', 'DATA_NAME_UNKNOWN'],
    ['an infinite value', 'x,t,u\n0,0,inf\n', 'DATA_NOT_FINITE'],
    ['a missing value', 'x,t,u\n0,0,\n1,1,1\n', 'DATA_NOT_FINITE'],
  ])('with %s are refused', async (_, text, code) => {
    expect(await codeOf(() => load('wrong.csv', text))).toBe(code)
  })
})
