import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { moduleExports } from '../lib/moduleExports.js'
import { root } from '../lib/setup.mjs'

type Manifest = { readonly name: string; readonly exports: Readonly<Record<string, unknown>> }

/** Source of every entry of every package, by the name that imports it. */
const entries = new Map(
  readdirSync(join(root, 'packages')).flatMap((folder) => {
    const home = join(root, 'packages', folder)
    const { name, exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest
    return Object.entries(exports).flatMap(([path, target]): [string, string][] => {
      const source = (target as Readonly<Record<string, string>>)['@spikeward/source']
      return source === undefined ? [] : [[join(name, path), join(home, source)]]
    })
  }),
)

/** The package to begin with offers names of `@spikeward/experiment` in a form that a page has too. */
const narrowed = 'spikeward'

it('no two packages export the same name for different things, values or types', () => {
  const read = moduleExports((specifier) => entries.get(specifier) ?? null)
  const meanings = new Map<string, Map<string, string[]>>()
  for (const [entry, file] of entries) {
    if (entry === narrowed) continue
    for (const [name, origin] of read(file)) {
      const known = meanings.get(name) ?? new Map<string, string[]>()
      known.set(origin, [...(known.get(origin) ?? []), entry])
      meanings.set(name, known)
    }
  }
  expect(entries.size).toBeGreaterThan(15)
  expect(meanings.size).toBeGreaterThan(500)
  const shared = [...meanings].filter(([, origins]) => origins.size > 1)
  expect(shared.map(([name, origins]) => `${name}: ${[...origins.values()].flat().join(', ')}`)).toEqual([])
})

it('follows names through exports of exports, imports and stars', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-exports-'))
  const files = {
    'index.ts':
      "import { b as c } from './b.js'\nexport { c, a as d } from './a.js'\nexport { c as e }\nexport * from './b.js'",
    'a.ts': 'export const a = 1, c = 2',
    'b.ts': "export type { T } from 'theirs'\nexport function b() {}\nexport interface I {}",
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const found = moduleExports(() => null)(join(folder, 'index.ts'))
  rmSync(folder, { recursive: true })
  const short = [...found].map(([name, origin]) => `${name} ${origin.replace(`${folder}/`, '')}`)
  expect(short.sort()).toEqual(['I b.ts#I', 'T theirs#T', 'b b.ts#b', 'c a.ts#c', 'd a.ts#a', 'e b.ts#b'])
})
