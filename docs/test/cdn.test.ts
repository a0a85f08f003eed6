/**
 * The page without a bundler, from a static folder that is laid out as the CDN is: one core, and the losses of Node.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { importMap, pagePackages } from '../scripts/importMap.js'
import { blocks } from './support/blocks.js'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../scripts/lib/chromium.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cdn = 'https://cdn.jsdelivr.net/npm/'
const page = (await blocks()).find(({ language }) => language === 'html')!.code
const program = /<script type="module">(.*?)<\/script>/s.exec(page)![1]!
/** Without fused multiply-adds the losses have the same bits in every engine. */
const exact = (code: string): string => code.replace('await cpu()', 'await cpu({ relaxedSimd: false })')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-cdn-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Builds the packages as they are published, and their libraries, into the folder. */
async function layOut(): Promise<void> {
  const map = importMap('')
  for (const name of pagePackages) {
    const entries = Object.entries(map).filter(([entry]) => entry.split('/')[1] === name)
    const out = /^.*\/dist\//.exec(entries[0]![1])![0]
    await build({
      absWorkingDir: root,
      entryPoints: entries.map(([, to]) => join(root, 'packages', name, to.replace(out, 'src/').replace('.js', '.ts'))),
      outdir: join(folder, 'npm', out),
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      target: 'es2022',
      platform: 'neutral',
    })
  }
  const hashes = join(root, 'packages/train/node_modules/@noble/hashes')
  await cp(hashes, join(folder, 'npm', map['@noble/hashes/']!), { recursive: true, dereference: true })
}

/** The output of the program in Node. */
async function shownInNode(): Promise<string> {
  const lines: string[] = []
  vi.stubGlobal('document', { querySelector: () => ({ append: (line: string) => lines.push(line) }) })
  const file = join(folder, 'node.mjs')
  await build({
    absWorkingDir: root,
    stdin: { contents: exact(program), resolveDir: join(root, 'docs') },
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@spikeward/source'],
  })
  await import(/* @vite-ignore */ file)
  return lines.join('')
}

test('the import map names every package once, at its published version', () => {
  const [, map = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(page)!
  expect(JSON.parse(map)).toEqual({ imports: importMap(cdn) })
})

test('the page trains in Chromium from a static folder, with one core', async (context) => {
  if (!existsSync(chromiumPath)) context.skip('no chromium on this machine; install it, or name one in CHROMIUM')
  await layOut()
  await writeFile(join(folder, 'index.html'), exact(page).replaceAll(cdn, './npm/'))
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    readFile(join(folder, path.endsWith('/') ? `${path}index.html` : path)).then(
      (body) =>
        response.writeHead(200, { 'content-type': path.endsWith('/') ? 'text/html' : 'text/javascript' }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags(), withoutOptimiser] })
  try {
    const tab = await browser.newPage()
    const wrong: string[] = []
    const asked: string[] = []
    tab.on('pageerror', (e) => wrong.push(e.message))
    tab.on('console', (m) => m.type() === 'error' && !m.location().url.endsWith('favicon.ico') && wrong.push(m.text()))
    tab.on('request', (r) => asked.push(r.url()))
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await expect.poll(() => wrong.join('\n') || tab.locator('pre').innerText()).toContain('relative L2')
    expect(asked.filter((url) => /core@[^/]+\/dist\/index\.js$/.test(url))).toHaveLength(1)
    expect(asked.filter((url) => !url.startsWith('http://127.0.0.1'))).toEqual([])
    expect(await tab.locator('pre').textContent()).toBe(await shownInNode())
  } finally {
    await browser.close()
    server.close()
  }
})
