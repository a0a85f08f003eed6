import { readFileSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'

/** Written by TypeDoc, which runs before (`npm run docs`). */
const api = JSON.parse(
  readFileSync(new URL('../api/typedoc-sidebar.json', import.meta.url), 'utf8'),
) as DefaultTheme.SidebarItem[]

/** Where the site is hosted; any path will do. */
const base = process.env['DOCS_BASE'] ?? '/'

/** The documentation site. `npm run docs` writes the API's pages first (typedoc.json), then builds it. */
export default defineConfig({
  title: 'Spikeward',
  description: 'Spiking neural networks for scientific machine learning, trained forward only',
  lang: 'en-GB',
  base,
  head: [['link', { rel: 'icon', href: `${base}icon.svg` }]],
  cleanUrls: false,
  lastUpdated: false,
  // benchmarks/ holds stored runs and the reports of `bench all`.
  srcExclude: ['test/**', 'scripts/**', 'benchmarks/**'],
  markdown: { math: true },
  // The search index and the pages of the API are large, and fetched only on request.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/start/node' },
      { text: 'Guides', link: '/forward-only' },
      { text: 'API', link: '/api/' },
      { text: 'Benchmarks', link: '/benchmarks' },
    ],
    sidebar: {
      '/': [
        {
          text: 'Start',
          items: [
            { text: 'In Node', link: '/start/node' },
            { text: 'In the browser', link: '/start/browser' },
            { text: 'From the command line', link: '/start/cli' },
          ],
        },
        {
          text: 'Solve',
          items: [
            { text: 'Gallery of problems', link: '/gallery/' },
            { text: 'Problems and your own data', link: '/problems' },
            {
              text: 'Each problem',
              collapsed: true,
              items: [
                { text: 'Parabola', link: '/gallery/parabola' },
                { text: 'Ripple', link: '/gallery/ripple' },
                { text: 'Mexican hat', link: '/gallery/mexican-hat' },
                { text: 'Poisson', link: '/gallery/poisson-1d' },
                { text: 'Reaction–diffusion', link: '/gallery/reaction-diffusion' },
                { text: 'Diffusion', link: '/gallery/diffusion' },
                { text: 'Advection', link: '/gallery/advection' },
                { text: 'Burgers', link: '/gallery/burgers' },
                { text: 'Nonlinear diffusion', link: '/gallery/nonlinear-diffusion-2d' },
                { text: 'Poisson, from the equation', link: '/gallery/poisson-pinn' },
                { text: 'Burgers, from the equation', link: '/gallery/burgers-pinn' },
              ],
            },
          ],
        },
        {
          text: 'Understand',
          items: [
            { text: 'Training forward only', link: '/forward-only' },
            { text: 'From a network to a chip', link: '/hardware' },
            { text: 'From a laptop to a cluster', link: '/cluster' },
            { text: 'Reproducing the paper', link: '/reproduce' },
            { text: 'How it scales', link: '/how-it-scales' },
            { text: 'Benchmarks', link: '/benchmarks' },
            { text: 'Comparisons at equal wall-clock time', link: '/comparisons' },
            { text: 'Architecture', link: '/architecture' },
            { text: 'Glossary', link: '/glossary' },
            { text: 'Reliability', link: '/reliability' },
            { text: 'Compatibility of files', link: '/compatibility' },
            { text: 'Threat model', link: '/threat-model' },
            { text: 'Decisions', link: '/decisions/' },
          ],
        },
        {
          text: 'Choose',
          items: [
            { text: 'An estimator', link: '/estimators' },
            { text: 'A neuron model', link: '/choosing/neuron' },
            { text: 'A surrogate', link: '/choosing/surrogate' },
            { text: 'A backend', link: '/choosing/backend' },
          ],
        },
        {
          text: 'Write your own',
          items: [
            { text: 'An estimator', link: '/own/estimator' },
            { text: 'A neuron model', link: '/own/neuron' },
            { text: 'A surrogate', link: '/own/surrogate' },
            { text: 'A problem', link: '/own/problem' },
            { text: 'A backend', link: '/own/backend' },
            { text: 'Publish it', link: '/own/publish' },
          ],
        },
        {
          text: 'Reference of options',
          items: [
            { text: 'Estimators', link: '/reference/estimators' },
            { text: 'Neurons, surrogates and encoders', link: '/reference/neurons' },
            { text: 'Networks and derivatives', link: '/reference/operators' },
            { text: 'Optimisers and schedules', link: '/reference/optim' },
            { text: 'Problems', link: '/reference/problems' },
            { text: 'Backends', link: '/reference/backends' },
          ],
        },
        { text: 'API', collapsed: true, items: api },
      ],
    },
  },
})
