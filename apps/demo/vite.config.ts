/** Builds the demo site: static files with relative paths, for any host. */
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
// By its path: tools read this file before anything is built, and the package itself would load all of core.
import { workerSource } from '../../packages/backend-cpu/src/threads/workerSource.js'

const source = '@spikeward/source'

/** A page has SharedArrayBuffer only if it is isolated from other origins. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * Serves the script of the cpu backend's threads next to the page's workers, because the policy forbids scripts from
 * Blobs.
 */
const threads = (): Plugin => ({
  name: 'cpu-threads',
  configureServer: ({ middlewares }) => {
    middlewares.use((request, response, next) => {
      if (!request.url?.endsWith('/cpu-worker.js')) return next()
      response.setHeader('Content-Type', 'text/javascript')
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      response.end(workerSource)
    })
  },
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'assets/cpu-worker.js', source: workerSource })
  },
})

/** During development, styles are inline text: the page's policy applies to the build. */
const developing = (): Plugin => ({
  name: 'no-policy-in-development',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
})

export default defineConfig({
  base: './',
  plugins: [svelte(), threads(), developing()],
  resolve: { conditions: [source, 'module', 'browser', 'development|production'] },
  // The site of the docs has the usual ports, 5173 and 4173.
  server: { headers, port: 5174 },
  preview: { headers, port: 4174 },
  // Dawn for Node, which the WebGPU backend requests only outside of a browser, and the figures of runs, which the page
  // draws by itself: as a later part beside `later`, they would move what both share into the first visit.
  worker: {
    format: 'es',
    rolldownOptions: {
      external: ['webgpu', /\/displayRun\.js$/],
      // One file holds the modules that later parts share: each further file would be another request before the page
      // trains.
      output: { codeSplitting: { groups: [{ name: 'common', minShareCount: 2 }] } },
    },
  },
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
})
