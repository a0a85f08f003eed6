/** The examples in a real page: bundled by Vite, served with the headers that threads need, read by Chromium. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { chromium } from 'playwright'
import { build } from 'vite'
import { judgeOutput } from './project.mjs'

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/**
 * @param {string} project
 * @param {readonly import('./examples.mjs').Example[]} examples
 * @param {string} executablePath of Chromium
 * @returns {Promise<[title: string, problem: string | undefined][]>}
 */
export async function runInChromium(project, examples, executablePath) {
  const pages = examples.map(({ file }) => file.replace(/ts$/, 'html'))
  for (const [i, page] of pages.entries()) {
    const script = examples[i]?.file.replace(/ts$/, 'mjs')
    await writeFile(
      join(project, page),
      `<!doctype html><title>${page}</title><link rel="icon" href="data:,"><script type="module">
await import('./${script}').then(() => (document.title = 'done'), (e) => { console.error(e); document.title = 'failed' })
</script>`,
    )
  }
  const outDir = join(project, 'pages')
  await build({
    root: project,
    logLevel: 'error',
    build: { outDir, target: 'esnext', rollupOptions: { input: pages.map((page) => join(project, page)) } },
  })

  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    readFile(join(outDir, path)).then(
      (body) => {
        const type = /** @type {Record<string, string>} */ (types)[extname(path)] ?? 'application/octet-stream'
        const isolation = {
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        }
        response.writeHead(200, { 'content-type': type, ...isolation }).end(body)
      },
      () => response.writeHead(404).end(),
    )
  })
  const port = await new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port)),
  )
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
      // As vitest.browser.config.ts: without these a headless Chromium has no WebGPU.
      ...['--enable-unsafe-webgpu', '--use-angle=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader'],
    ],
  })
  try {
    /** @type {[string, string | undefined][]} */
    const results = []
    for (const [i, page] of pages.entries()) {
      const tab = await browser.newPage()
      /** @type {string[]} */
      const said = []
      /** @type {string[]} */
      const wrong = []
      tab.on('console', (m) => (m.type() === 'error' ? wrong : said).push(m.text()))
      tab.on('pageerror', (e) => wrong.push(e.message))
      await tab.goto(`http://127.0.0.1:${port}/${page}`)
      await tab
        .waitForFunction("['done', 'failed'].includes(document.title)", undefined, { timeout: 120_000 })
        .catch((/** @type {Error} */ e) => wrong.push(e.message))
      await tab.close()
      results.push([examples[i]?.title ?? page, wrong.length > 0 ? wrong.join('\n') : judgeOutput(said.join('\n'))])
    }
    return results
  } finally {
    await browser.close()
    server.close()
  }
}
