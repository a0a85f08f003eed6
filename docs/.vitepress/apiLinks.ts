import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

type Exports = Readonly<Record<string, { readonly '@spikeward/source'?: string }>>

const exportsOf = (name: string): Exports => {
  const manifest = readFileSync(new URL(`../../packages/${name}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly exports: Exports }).exports
}

/**
 * The page of the API that describes the exports of a source: TypeDoc writes one for a package with one entry, else one
 * for each entry. Null for a file that is no entry of a package.
 *
 * @param path from the root of the repository
 * @example
 * apiPageOf('packages/core/src/index.ts') // 'api/@spikeward/core/core.md'
 */
export function apiPageOf(path: string): string | null {
  const [, name, source] = /^packages\/([\w-]+)\/(src\/\w+\.ts)$/.exec(path) ?? []
  if (name === undefined || source === undefined) return null
  const entries = Object.entries(exportsOf(name)).filter(([subpath]) => subpath !== './package.json')
  const [subpath] = entries.find(([, entry]) => entry['@spikeward/source'] === `./${source}`) ?? []
  if (subpath === undefined) return null
  if (entries.length === 1) return `api/@spikeward/${name}.md`
  return `api/@spikeward/${name}/${subpath === '.' ? name : subpath.slice(2)}.md`
}

/**
 * In the site, a link of a page to the entry of a package leads to the page of the API. A reader of the repository sees
 * the source.
 */
export function linkApi(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('api', ({ tokens, env }) => {
    const page = (env as { readonly relativePath?: string }).relativePath ?? ''
    for (const link of tokens.flatMap((token) => token.children ?? [])) {
      const target = link.type === 'link_open' ? link.attrGet('href') : null
      const found = target === null ? null : apiPageOf(posix.join('docs', posix.dirname(page), target))
      if (found !== null) link.attrSet('href', `${posix.relative(posix.dirname(page), '')}/${found}`)
    }
  })
}
