/**
 * A package exports to users the build of the sources that tests read: a wrong target would show only after publishing.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../lib/setup.mjs'

type Target = string | Readonly<Record<string, string>>
type Exports = Readonly<Record<string, Target>>
type Entries = { readonly exports: Exports; readonly imports?: Exports }
type Manifest = Entries & { readonly publishConfig: Entries }

const packages = readdirSync(join(root, 'packages')).sort()
const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest

/** The targets of an entry: its types and its module have the name of its source. */
function targetsOf(source: string): Readonly<Record<string, string>> {
  const built = source.replace('./src/', './dist/').replace(/\.ts$/, '')
  return { '@spikeward/source': source, types: `${built}.d.ts`, default: `${built}.js` }
}

/** Exports or imports without the condition of the workspace, as they are published. */
const published = (exports: Exports): Exports =>
  Object.fromEntries(
    Object.entries(exports).map(([path, target]): [string, Target] => {
      if (typeof target === 'string') return [path, target]
      const { '@spikeward/source': _, ...rest } = target
      return [path, rest]
    }),
  )

test('there are packages', () => {
  expect(packages.length).toBeGreaterThan(15)
})

describe.each(packages)('%s', (name) => {
  const { exports, imports, publishConfig } = manifestOf(name)

  test('each entry has its types and its module built from its source', () => {
    const config = readFileSync(join(root, 'packages', name, 'tsup.config.ts'), 'utf8')
    for (const [path, target] of Object.entries(exports)) {
      if (path === './package.json') expect(target).toBe('./package.json')
      else {
        const source = (target as Readonly<Record<string, string>>)['@spikeward/source']!
        expect([path, target]).toEqual([path, targetsOf(source)])
        expect([source, existsSync(join(root, 'packages', name, source))]).toEqual([source, true])
        expect(config).toContain(`'${source.slice(2)}'`)
      }
    }
  })

  test('the same is published', () => {
    expect(publishConfig.exports).toEqual(published(exports))
    expect(publishConfig.imports).toEqual(imports && published(imports))
  })
})
