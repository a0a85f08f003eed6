/**
 * The import map of a page without a bundler: every package that a page uses, and what these import, each at one
 * address, so that all of them share one core.
 */
import { readFileSync } from 'node:fs'

type Manifest = {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly publishConfig: { readonly exports: Readonly<Record<string, string | { readonly default: string }>> }
}

/** The packages of the quick start. */
export const pagePackages = ['core', 'backend-cpu', 'neurons', 'estimators', 'operators', 'optim', 'problems', 'train']

const read = (path: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../../packages/${path}/package.json`, import.meta.url), 'utf8')) as Manifest

/**
 * Entries that pages import, with their addresses under `base`. Entries for Node are left out, and with them the
 * libraries that only they import.
 *
 * @param base such as `https://cdn.jsdelivr.net/npm/`
 */
export function importMap(base: string): Readonly<Record<string, string>> {
  const own = pagePackages.flatMap((folder) => {
    const { name, version, publishConfig } = read(folder)
    return Object.entries(publishConfig.exports).flatMap(([path, entry]) =>
      typeof entry === 'string' || path === './node'
        ? []
        : [[name + path.slice(1), `${base}${name}@${version}/${entry.default.slice(2)}`] as const],
    )
  })
  return Object.fromEntries([
    ...own,
    ['@noble/hashes/', `${base}@noble/hashes@${installed('train', '@noble/hashes')}/`],
  ])
}

const installed = (folder: string, dependency: string): string => read(`${folder}/node_modules/${dependency}`).version
