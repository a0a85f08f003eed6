/**
 * A plug-in of Vite: outside the folder of a package, an import of the package is its bundle in `dist`, which Node
 * loads by itself: a test file that runs alone takes 14 to 39% less processor time. A package's own tests
 * and sources use its sources. `ensureBundled.ts` bundles what has changed; in watch mode there are sources only.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vitest/config'
import { sourceCondition } from '../../../vitest.shared.js'
import { root } from '../setup.mjs'

/** Where an entry of a package is. */
type Entry = {
  /** The folder of the package, with a separator at the end. */
  readonly folder: string
  readonly source: string
  readonly bundle: string
}

/** Bundles, which Vite must leave to Node. */
export const bundles = /\/packages\/[^/]+\/dist\/[^/]+\.js$/

/** The contracts import Vitest: Node would load a second copy of it for them. */
const contracts = '@spikeward/testkit'

/** The entries of all packages, by the name that imports them. */
export function packageEntries(): ReadonlyMap<string, Entry> {
  const packages = join(root, 'packages')
  return new Map(
    readdirSync(packages).flatMap((name) => {
      const folder = join(packages, name, '/')
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name: string
        readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
      }
      return Object.entries(manifest.exports).flatMap(([path, targets]): [string, Entry][] => {
        if (typeof targets === 'string') return []
        const { [sourceCondition]: source = '', default: bundle = '' } = targets
        return [[join(manifest.name, path), { folder, source: join(folder, source), bundle: join(folder, bundle) }]]
      })
    }),
  )
}

/** The sources that names such as `#host` of a package stand for in Node, by the folder of the package. */
function ownImports(): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const packages = join(root, 'packages')
  return new Map(
    readdirSync(packages).map((name) => {
      const folder = join(packages, name, '/')
      const { imports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly imports?: Readonly<Record<string, Readonly<Record<string, { readonly node?: string }>>>>
      }
      const sources = Object.entries(imports).map(([own, targets]) => [
        own,
        join(folder, targets[sourceCondition]?.node ?? ''),
      ])
      return [folder, Object.fromEntries(sources) as Readonly<Record<string, string>>]
    }),
  )
}

/** The plug-in, whose sources and bundles are those of this checkout. */
export function packageBundles(): Plugin {
  const entries = packageEntries()
  const own = ownImports()
  /** Files that tests write import bundles by their paths. */
  const sources = new Map([...entries.values()].map(({ bundle, source }) => [bundle, source]))
  let isWatching = false
  return {
    name: 'spikeward:package-bundles',
    enforce: 'pre',
    configureVitest({ vitest }) {
      isWatching = vitest.config.watch
    },
    resolveId(specifier, importer) {
      if (specifier.startsWith('#')) {
        const [, sourcesOf] = [...own].find(([folder]) => importer?.startsWith(folder) === true) ?? []
        return sourcesOf?.[specifier] ?? null
      }
      const entry = entries.get(specifier)
      if (entry === undefined) return isWatching ? (sources.get(specifier) ?? null) : null
      const isOwn = importer?.startsWith(entry.folder) === true
      return isWatching || isOwn || specifier === contracts ? entry.source : entry.bundle
    },
  }
}
