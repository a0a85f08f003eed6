import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { graph } from '../../graph.mjs'
import { root } from '../../lib/setup.mjs'
import { bundles, packageBundles, packageEntries } from '../../lib/vitest/packageBundles.js'

const entries = [...packageEntries()]

/** The packages whose code a package loads, itself included. */
function loadedBy(name: string): Set<string> {
  const found = new Set([name])
  for (const each of found) for (const sibling of graph[each]?.code ?? []) found.add(sibling)
  return found
}

test.each(Object.keys(graph))('tests of %s load no bundle that loads a second copy of it', (name) => {
  const { code, tests } = graph[name]!
  expect([...code, ...tests].filter((sibling) => loadedBy(sibling).has(name))).toEqual([])
})

test('every entry of every package has a bundle, left to Node, and a map from its lines to those of the sources', () => {
  expect(new Set(entries.map(([, { folder }]) => folder)).size).toBe(Object.keys(graph).length)
  for (const [name, { source, bundle }] of entries) {
    expect([name, existsSync(source), existsSync(bundle), bundles.test(bundle)]).toEqual([name, true, true, true])
    expect(readFileSync(bundle, 'utf8')).toMatch(/\n\/\/# sourceMappingURL=\S+\.js\.map\s*$/)
  }
})

test('turbo makes the bundles anew: those of its cache would look old to the tests, which would replace them while checks read them', () => {
  const { tasks } = JSON.parse(readFileSync(join(root, 'turbo.json'), 'utf8')) as { tasks: Record<string, object> }
  expect(tasks['//#bundles']).toMatchObject({ cache: false })
})

/** Where an import of a package, by default of core, leads. */
function resolved(importer: string, watch: boolean, specifier = '@spikeward/core'): unknown {
  const { configureVitest, resolveId } = packageBundles() as unknown as {
    configureVitest(context: object): void
    resolveId(specifier: string, importer: string): unknown
  }
  configureVitest({ vitest: { config: { watch } } })
  return resolveId(specifier, join(root, importer))
}

test('a package loads its own sources and the bundles of others; in watch mode everything is a source', () => {
  const at = (path: string): string => join(root, 'packages/core', path)
  expect(resolved('apps/cli/src/main.ts', false)).toBe(at('dist/index.js'))
  expect(resolved('packages/train/test/fit/fit.test.ts', false)).toBe(at('dist/index.js'))
  expect(resolved('packages/core/test/examples/first.ts', false)).toBe(at('src/index.ts'))
  const testkit = resolved('packages/optim/test/contract.test.ts', false, '@spikeward/testkit')
  expect(testkit).toBe(join(root, 'packages/testkit/src/index.ts'))
  expect(resolved('apps/cli/src/main.ts', true)).toBe(at('src/index.ts'))
  // A file that a test writes imports the bundle by its path, and no second copy.
  expect(resolved('apps/cli/test/plugin.ts', true, at('dist/index.js'))).toBe(at('src/index.ts'))
  expect(resolved('apps/cli/test/plugin.ts', false, at('dist/index.js'))).toBeNull()
})
