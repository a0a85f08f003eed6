import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { filesOfEquation } from '../../src/node/equation/readEquation.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an equation, and every kind of file that it names, from its own folder', async () => {
  const path = join(folder, 'parts.json')
  const disc = { disc: { center: [0, 0], radius: 1 } }
  writeFileSync(
    path,
    JSON.stringify({
      name: 'parts',
      shape: {
        union: [
          {
            difference: [
              { mesh: 'plate.msh' },
              { cloud: { points: 'a.npz#x', boundary: 'b.csv', normals: 'a.npz#n' } },
            ],
          },
          { intersection: [{ polygon: 'hole.csv' }, disc] },
        ],
      },
      unknowns: ['u', 'v'],
      equations: ['u_xx', 'v_yy'],
      conditions: [
        { measured: { file: '../probes.csv' } },
        { measured: { at: [[0, 0]], values: { u: [1] } } },
        { interface: { between: ['u', 'v'], at: { polygon: '/corners/edge.json' } } },
        { interface: { between: ['u', 'v'], at: { x: 0.5 } } },
      ],
    }),
  )
  const files = await filesOfEquation(path)
  for (const { name, path: where } of files) expect(name).toBe(where)
  const inFolder = (...names: readonly string[]): readonly string[] => names.map((name) => join(folder, name))
  expect(new Set(files.map((file) => file.path))).toEqual(
    new Set([
      ...inFolder('parts.json', 'plate.msh', 'a.npz', 'b.csv', 'hole.csv', '../probes.csv'),
      '/corners/edge.json',
    ]),
  )
})

test('a file that is no equation names no others', async () => {
  const path = join(folder, 'other.json')
  writeFileSync(path, '{"shape": {"mesh": "plate.msh"}')
  expect(await filesOfEquation(path)).toEqual([{ name: path, path }])
})
