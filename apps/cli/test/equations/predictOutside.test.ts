/** Predictions outside the domain of a run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ball, d, difference, equationProblem, laplacian, polygon } from '@spikeward/problems'
import { afterAll, describe, expect, it } from 'vitest'
import { pointsOutside } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-outside-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string): string => join(folder, name)

const square = [
  [0, 0],
  [2, 0],
  [2, 2],
  [0, 2],
] as const
const hole = [
  [0.5, 0.5],
  [1, 0.5],
  [1, 1],
  [0.5, 1],
] as const

describe('pointsOutside', () => {
  const plate = equationProblem({
    name: 'plate',
    shape: polygon(square, { holes: [hole] }),
    axes: { t: [0, 3] },
    equation: 'u_t = 0',
    residual: ({ u }) => d(u, { t: 1 }),
  })
  it.each([
    ['a point of the domain', [0.2, 0.2, 1], []],
    ['a point in a hole', [0.7, 0.7, 1], [0]],
    ['a point before the first time', [0.2, 0.2, -0.1], [0]],
    ['a point beyond the outline', [2.1, 1, 1], [0]],
    ['corners and edges of the outline and of the hole', [0, 0, 0, 2, 2, 3, 2, 1, 1, 0.5, 0.5, 1, 1, 0.75, 1], []],
    ['a corner up to rounding', [2 + 1e-9, 2 + 1e-9, 3 + 1e-9], []],
  ])('%s', (_, x, outside) => expect(pointsOutside(plate, Float64Array.from(x))).toEqual(outside))

  it('the boundary of a curved shape is inside, whatever its coordinates are rounded to', () => {
    const ring = equationProblem({
      name: 'ring',
      shape: difference(ball({ center: [0, 0], radius: 1 }), ball({ center: [0, 0], radius: 0.3 })),
      equation: 'u_xx + u_yy = 0',
      residual: ({ u }) => laplacian(u),
    })
    const circle = (radius: number): number[] =>
      Array.from({ length: 200 }, (_, i) => [radius * Math.cos(i), radius * Math.sin(i)]).flat()
    expect(pointsOutside(ring, Float64Array.from([...circle(1), ...circle(0.3)]))).toEqual([])
    expect(pointsOutside(ring, Float64Array.from([...circle(1.001), ...circle(0.299)]))).toHaveLength(400)
  })

  it('without a shape the intervals of the axes are the domain', () => {
    const line = { name: 'line', domain: [[-1, 1]] as const }
    expect(pointsOutside(line, Float64Array.from([-1, 0, 1, 1.1, -7]))).toEqual([3, 4])
  })
})

it('predict notes points in a hole and beyond the outline, and counts them', async () => {
  const equation = {
    name: 'plate',
    shape: { polygon: { corners: square, holes: [hole] } },
    equations: ['u_xx + u_yy = 0'],
    conditions: [{ dirichlet: { u: 'x*y' } }],
    points: { train: 4, test: 5, validation: 20 },
  }
  writeFileSync(place('plate.json'), JSON.stringify(equation))
  const small = [...tiny, '--collocation', '4', '--steps', '1', '--no-trial']
  const trained = await run('train', place('plate.json'), ...small, '--out', place('run'))
  expect([trained.code, trained.err]).toEqual([0, expect.any(String)])
  writeFileSync(place('at.csv'), 'x,y\n0.2,0.2\n0.7,0.7\n3,1\n')
  const asked = ['predict', place('run'), '--data', place('at.csv')]
  const told = await run(...asked, '--out', place('u.csv'), '--json')
  expect(told.err).toMatch(
    /2 of 3 points are outside the domain of plate.*x in \[0, 2\], y in \[0, 2\].*\(x = 0\.7, y = 0\.7\) in row 2.*OUTSIDE_DOMAIN/,
  )
  expect(JSON.parse(told.out)).toMatchObject({ grid: [3], outside: 2 })
  // Their rows remain, without a value.
  expect(readFileSync(place('u.csv'), 'utf8')).toMatch(/^x,y,u\n0\.2,0\.2,-?[\d.e-]+\n0\.7,0\.7,\n3,1,\n$/)
  expect((await run(...asked, '--out', place('u.json'))).code).toBe(0)
  const inJson = JSON.parse(readFileSync(place('u.json'), 'utf8')) as { values: (number | null)[] }
  expect(inJson.values).toEqual([expect.any(Number), null, null])
  expect((await run(...asked, '--out', place('u.npy'))).code).toBe(0)
  const bytes = readFileSync(place('u.npy'))
  const last = [24, 16, 8].map((before) => bytes.readDoubleLE(bytes.length - before))
  expect(last.map(Number.isNaN)).toEqual([false, true, true])
  expect((await run(...asked, '--out', place('v.csv'), '--quiet')).err).toBe('')
  writeFileSync(place('at.csv'), 'x,y\n0.2,0.2\n0,2\n')
  const within = await run(...asked, '--out', place('w.csv'), '--json')
  expect([within.code, within.err]).toEqual([0, ''])
  expect(JSON.parse(within.out)).toMatchObject({ grid: [2], outside: 0 })
})
