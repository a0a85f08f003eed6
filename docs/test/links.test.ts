/**
 * Links and pictures of the written Markdown, as a reader of the repository follows them: files are there, headings
 * too.
 */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { apiPageOf, linkApi } from '../.vitepress/apiLinks.js'
import { guides } from '../.vitepress/sidebar.js'
import { root, written } from './support/markdown.js'

const parser = new MarkdownIt({ html: true })
type Token = ReturnType<typeof parser.parse>[number]

/** All tokens of a text, those inside of others as well. */
const tokensOf = (text: string): Token[] => parser.parse(text, {}).flatMap((t) => [t, ...(t.children ?? [])])

/** Where links and pictures of a text lead. */
const targetsOf = (text: string): string[] =>
  tokensOf(text).flatMap((t) => {
    const target = t.attrGet('href') ?? t.attrGet('src')
    const html = t.type.startsWith('html_')
      ? [...t.content.matchAll(/\b(?:href|src)="([^"]*)"/g)].map((m) => m[1]!)
      : []
    return target === null ? html : [target, ...html]
  })

/**
 * The anchors of a text's headings by GitHub's rule: lower case without punctuation, with a number for repeated
 * headings.
 */
function anchorsOf(text: string): Set<string> {
  const all = parser.parse(text, {})
  const found = new Set<string>()
  for (const [i, token] of all.entries()) {
    if (token.type !== 'heading_open') continue
    const words = (all[i + 1]?.children ?? []).map((t) =>
      t.type === 'text' || t.type === 'code_inline' ? t.content : '',
    )
    const plain = words
      .join('')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = plain
    for (let n = 1; found.has(anchor); n++) anchor = `${plain}-${n}`
    found.add(anchor)
  }
  return found
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()

/** The fault in a link of a page; null if it is valid, or points outside of the repository. */
async function fault(page: string, target: string): Promise<string | null> {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return null
  const [path = '', anchor] = decodeURI(target).split('#')
  // The API's pages are in the site alone, which leads there from the entries of the packages.
  if (page.startsWith('docs/') && posix.join(dirname(page), path).startsWith('docs/api/'))
    return `${target}: link to the entry of the package, such as packages/core/src/index.ts`
  // The demo is built into the site, where docs/test/site.test.ts opens it.
  if (target === './demo/index.html') return null
  const file = path === '' ? join(root, page) : join(root, dirname(page), path)
  // The site finds a page without its ending. GitHub does not.
  const whole = [`${path}.md`, posix.join(path, 'index.md')].find((p) => isFile(join(root, dirname(page), p)))
  if (!isFile(file) && whole !== undefined)
    return `${target}: write ${whole}${anchor === undefined ? '' : `#${anchor}`}`
  if (!isFile(file)) return existsSync(file) && anchor === undefined ? null : `${target}: the file does not exist`
  if (anchor === undefined || !file.endsWith('.md')) return null
  return anchorsOf(await readFile(file, 'utf8')).has(anchor) ? null : `${target}: the heading does not exist`
}

const pages = await Promise.all(
  (await written()).map(async (page) => ({ page, text: await readFile(join(root, page), 'utf8') })),
)

describe('links of the written pages', () => {
  it.each(pages)('$page', async ({ page, text }) => {
    const faults = await Promise.all(targetsOf(text).map((target) => fault(page, target)))
    expect(faults.filter((f) => f !== null)).toEqual([])
  })

  it('of the sidebar lead to pages', () => {
    const linksOf = (items: typeof guides): string[] =>
      items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...linksOf(inner)])
    const found = linksOf(guides)
    const missing = found.filter((link) => !isFile(join(root, 'docs', link.replace(/\/$/, '/index') + '.md')))
    expect(found.length).toBeGreaterThan(50)
    expect(missing).toEqual([])
  })

  it('there are some', () => {
    expect(pages.flatMap(({ text }) => targetsOf(text)).length).toBeGreaterThan(50)
    expect(pages.map((p) => p.page)).toContain('packages/core/README.md')
  })

  // The pages of the API are not in a clone.
  it('to entries of packages lead to the pages of the API in the site', () => {
    const index = pages.find(({ page }) => page === 'docs/reference/api.md')!
    const entries = targetsOf(index.text).filter((target) => target.startsWith('../../packages/'))
    expect(entries.length).toBeGreaterThan(30)
    for (const target of entries) expect(apiPageOf(target.slice('../../'.length)), target).toMatch(/^api\/@spikeward\//)
    expect(apiPageOf('packages/core/src/backendEntry.ts')).toBe('api/@spikeward/core/backend.md')
    expect(apiPageOf('packages/core/src/index.ts')).toBe('api/@spikeward/core/core.md')
    expect(apiPageOf('packages/optim/src/index.ts')).toBe('api/@spikeward/optim.md')
    expect(apiPageOf('packages/estimators/src/reverse/bp.ts')).toBeNull()
    const markdown = new MarkdownIt()
    linkApi(markdown as unknown as Parameters<typeof linkApi>[0])
    const text = '[`jit`](../../packages/core/src/index.ts) [b](estimators.md)'
    const html = markdown.render(text, { relativePath: 'reference/api.md' })
    expect([...html.matchAll(/href="(.*?)"/g)].map(([, to]) => to)).toEqual([
      '../api/@spikeward/core/core.md',
      'estimators.md',
    ])
    expect(index.text).toContain('npm run docs serve')
  })

  it('lead from the index of decisions to each of them, once', () => {
    const index = pages.find(({ page }) => page === 'docs/decisions/index.md')!
    const notes = pages.flatMap(({ page }) => /^docs\/decisions\/(\d.*)$/.exec(page)?.[1] ?? [])
    expect(targetsOf(index.text).toSorted()).toEqual(notes.toSorted())
  })

  // TypeDoc copies the pages that a package's README names into one folder, without the pages beside them.
  it('lead from a page that the README of a package names only to other such pages', () => {
    const linked = (from: typeof pages): string[] =>
      from.flatMap(({ page, text }) =>
        targetsOf(text)
          .filter((target) => !/^([a-z][a-z+.-]*:|#)/i.test(target))
          .map((target) => posix.join(dirname(page), target.replace(/#.*/, ''))),
      )
    const named = new Set(linked(pages.filter(({ page }) => page.startsWith('packages/'))))
    const copied = pages.filter(({ page }) => page.startsWith('docs/') && named.has(page))
    expect(copied.map(({ page }) => page)).toContain('docs/decisions/0010-code-generation.md')
    expect(linked(copied).filter((path) => !named.has(path))).toEqual([])
  })

  it('are found, and so is what is wrong with them', async () => {
    expect(targetsOf('[a](b.md#c) ![d](e.svg) <img src="f.png"> `[g](h)`')).toEqual(['b.md#c', 'e.svg', 'f.png'])
    expect([...anchorsOf('# A `b`, c\n## Two_words (3)\n## Two_words (3)\n')]).toEqual([
      'a-b-c',
      'two_words-3',
      'two_words-3-1',
    ])
    expect(await fault('README.md', 'docs/nowhere.md')).toMatch(/does not exist/)
    expect(await fault('README.md', 'CONTRIBUTING.md#releasing')).toBeNull()
    expect(await fault('README.md', 'CONTRIBUTING.md#nothing')).toMatch(/heading does not exist/)
    expect(await fault('docs/estimators.md', '#nothing')).toMatch(/heading does not exist/)
    expect(await fault('docs/estimators.md', 'own/estimator.md')).toBeNull()
    expect(await fault('docs/estimators.md', 'own/estimator')).toBe('own/estimator: write own/estimator.md')
    expect(await fault('docs/own/loop.md', '../gallery/#x')).toBe('../gallery/#x: write ../gallery/index.md#x')
    expect(await fault('docs/reference/api.md', '../api/a.md')).toMatch(/link to the entry of the package/)
    expect(await fault('README.md', 'packages/core')).toBeNull()
  })
})
