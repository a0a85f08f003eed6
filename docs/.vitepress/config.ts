import { readFileSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { highlightOnce } from './highlightOnce.js'
import { prepareMarkdown } from './prepareMarkdown.js'
import { renderOnce } from './renderOnce.js'
import { searchTerm, searchedHtml } from './search.js'
import { searchWeight } from './searchWeight.js'
import { guides } from './sidebar.js'

/** Written by TypeDoc, which runs before (`npm run docs`). */
const api = JSON.parse(
  readFileSync(new URL('../api/typedoc-sidebar.json', import.meta.url), 'utf8'),
) as DefaultTheme.SidebarItem[]

/** Where the site is hosted; any path will do. */
const base = process.env['DOCS_BASE'] ?? '/'

const keepRendered = renderOnce()

/** Modules that are loaded in a page only: the index of the search, and the editor of programs. */
const inPages = /@localSearchIndex|\/theme\/run\/editor\.ts$/

/** The documentation site. `npm run docs` writes the API's pages first (typedoc.json), then builds it. */
export default defineConfig({
  title: 'Spikeward',
  description: 'Spiking neural networks for scientific machine learning, trained forward only',
  lang: 'en-GB',
  base,
  head: [['link', { rel: 'icon', href: `${base}icon.svg` }]],
  cleanUrls: false,
  lastUpdated: false,
  srcExclude: ['test/**', 'scripts/**', 'benchmarks/runs/**'],
  // The plain GitHub themes are too pale for small text.
  markdown: {
    math: true,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // No page gives an element attributes by braces, and to look for them takes long.
    attrs: { disable: true },
    shikiSetup: highlightOnce,
    config(markdown) {
      prepareMarkdown(markdown)
      keepRendered(markdown)
    },
  },
  vite: {
    // The search index and the pages of the API are large, and fetched only on request. Nearly all code
    // is used: a search for the rest takes longer than the whole bundle, and would make a page only 2 kB smaller.
    build: { chunkSizeWarningLimit: 5000, target: 'es2022', rollupOptions: { treeshake: false } },
    // The Worker that runs programs holds the packages, from their sources.
    resolve: { conditions: ['@spikeward/source'] },
    worker: { format: 'es', rollupOptions: { treeshake: false } },
    plugins: [
      {
        name: 'pages-only',
        enforce: 'pre',
        load: (id, options) => (options?.ssr === true && inPages.test(id) ? 'export default {}' : null),
      },
    ],
  },
  themeConfig: {
    outline: [2, 3],
    search: {
      provider: 'local',
      // A word is first looked for in a guide; fragments of the API follow.
      options: {
        _render: (source, env, markdown) => searchedHtml(markdown.render(source, env), env),
        miniSearch: {
          options: { processTerm: searchTerm },
          searchOptions: { boostDocument: searchWeight },
        },
      },
    },
    nav: [
      { text: 'Start', link: '/start/node' },
      { text: 'Gallery', link: '/gallery/' },
      { text: 'Guides', link: '/forward-only' },
      { text: 'API', link: '/reference/api' },
      { text: 'Benchmarks', link: '/benchmarks' },
    ],
    sidebar: { '/': [...guides, { text: 'API', collapsed: true, items: api }] },
  },
})
