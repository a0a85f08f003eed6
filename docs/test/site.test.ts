/** The site as its readers get it: built, served from a folder, read and searched in Chromium. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import axe from 'axe-core'
import { type Browser, type Page, chromium } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings } from '../scripts/walk/axeFindings.mjs'
import { layoutFaults } from '../scripts/walk/layoutFaults.mjs'
import { serveFolder } from '../scripts/walk/serveFolder.mjs'
import { strayLinks } from '../scripts/walk/strayLinks.mjs'
import { pages } from './support/markdown.js'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../scripts/lib/chromium.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const site = join(root, 'docs/.vitepress/dist')

type Manifest = { readonly name: string; readonly exports: Readonly<Record<string, unknown>> }

/** The page of every entry of every package: the package's page if it has one entry, else one page per entry. */
async function entries(): Promise<string[]> {
  const packages = await readdir(join(root, 'packages'))
  const found = await Promise.all(
    packages.map(async (name) => {
      const text = await readFile(join(root, 'packages', name, 'package.json'), 'utf8')
      const { name: full, exports } = JSON.parse(text) as Manifest
      const subpaths = Object.keys(exports).filter((path) => path !== './package.json')
      if (subpaths.length === 1) return [`api/${full}.html`]
      return subpaths.map((path) => `api/${full}/${path === '.' ? name : path.slice(2)}.html`)
    }),
  )
  return found.flat()
}

/** Stores a picture for the documentation, if pictures are requested. */
async function picture(tab: Page, name: string): Promise<void> {
  const folder = process.env['SPIKEWARD_SCREENSHOTS']
  if (folder !== undefined) await tab.screenshot({ path: join(folder, `${name}.png`) })
}

let html: readonly string[] = []
let built = ''
let browser: Browser | undefined
let tab: Page
let origin = ''
/** Faults of the pages so far: errors, requests to other hosts, files that are not there. */
const wrong: string[] = []

const build = () => promisify(execFile)('node', ['scripts/docs.mjs'], { cwd: root, maxBuffer: 1 << 26 })

/** Ends the server of the site. */
let close = (): void => undefined

beforeAll(async () => {
  const { stdout, stderr } = await build()
  built = `${stdout}${stderr}`
  html = (await readdir(site, { recursive: true })).filter((path) => path.endsWith('.html'))
  ;({ origin, close } = await serveFolder(site))
  if (!existsSync(chromiumPath)) return
  browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags(), withoutOptimiser] })
  tab = await browser.newPage()
  tab.on('console', (m) => m.type() === 'error' && wrong.push(m.text()))
  tab.on('pageerror', (e) => wrong.push(e.message))
  tab.on('request', (r) => !r.url().startsWith(origin) && !r.url().startsWith('data:') && wrong.push(r.url()))
  tab.on('response', (r) => r.status() >= 400 && wrong.push(`${r.status()} ${r.url()}`))
})

afterAll(async () => {
  await browser?.close()
  close()
})

/** A test in Chromium, in which nothing goes wrong; skipped with a reason if there is none. */
const inBrowser = (name: string, run: () => Promise<void>): void =>
  test(name, async (context) => {
    if (browser === undefined) context.skip('no chromium on this machine; install it, or name one in CHROMIUM')
    await run()
    expect(wrong.splice(0)).toEqual([])
  })

test('the site builds without a warning, and not again if nothing changed', async () => {
  expect(built).not.toMatch(/warn|\(!\)/i)
  expect((await build()).stdout).toMatch(/^Nothing changed since the last build$/m)
})

test('the site has every page and every heading that is linked to', async () => {
  for (const page of pages()) expect(html).toContain(page.replace(/\.md$/, '.html'))
  for (const page of await entries()) expect(html).toContain(page)
  expect(await strayLinks(site)).toEqual([])
})

inBrowser('formulas and pictures are shown', async () => {
  await tab.goto(`${origin}/forward-only.html`)
  expect(await tab.locator('h1').innerText()).toContain('Training forward only')
  const formulas = (await readFile(join(root, 'docs/forward-only.md'), 'utf8')).match(/\$\$.+?\$\$/gs)!
  expect(await tab.locator('mjx-container').count()).toBe(formulas.length)
  expect(await tab.locator('.vp-doc img').evaluate((i) => (i as HTMLImageElement).naturalWidth)).toBeGreaterThan(100)
})

inBrowser('a program is edited and run in its page', async () => {
  await tab.goto(`${origin}/index.html`)
  await tab.getByRole('button', { name: 'Edit and run' }).click()
  const output = tab.locator('.run-bar output')
  await expect.poll(() => output.innerText()).toMatch(/step 300 {2}loss 0\.00\d\d\nrelative L2 error 0\.0\d\d/)
  const run = async (program: string): Promise<void> => {
    await tab.getByRole('textbox', { name: 'Program' }).fill(program)
    await tab.getByRole('button', { name: 'Run', exact: true }).click()
  }
  await run("import { tensor } from '@spikeward/core'\nconsole.log(await tensor([1, 2]).data())")
  await expect.poll(() => output.innerText()).toBe('[1, 2]\n')
  await run("import { readFileSync } from 'node:fs'\nreadFileSync('x')")
  await expect.poll(() => output.innerText()).toMatch(/node:fs cannot be imported here; the page has @spikeward/)
  await tab.evaluate(axe.source)
  expect(await axeFindings(tab)).toEqual([])
})

inBrowser('programs have other colours on a dark page', async () => {
  await tab.goto(`${origin}/start/node.html`)
  const keyword = tab.locator('.vp-code span').getByText('import', { exact: true }).first()
  const colour = () => keyword.evaluate((span) => getComputedStyle(span).color)
  expect(await colour()).toBe('rgb(160, 17, 31)')
  await tab.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(colour).toBe('rgb(255, 148, 146)')
  await tab.emulateMedia({ colorScheme: 'light' })
})

inBrowser('pages of each kind are accessible', async () => {
  for (const page of ['start/node', 'gallery/poisson-1d', 'own/equation']) {
    await tab.goto(`${origin}/${page}.html`)
    await tab.evaluate(axe.source)
    expect(await axeFindings(tab), page).toEqual([])
  }
})

inBrowser('the demo is loaded when it is asked for', async () => {
  await tab.goto(`${origin}/index.html`)
  expect(await tab.locator('iframe').count()).toBe(0)
  await tab.locator('a.demo-poster').click()
  await tab.frameLocator('iframe').getByRole('button', { name: 'Pause' }).waitFor({ timeout: 300_000 })
})

inBrowser('the first page is no wider than a phone', async () => {
  await tab.goto(`${origin}/index.html`)
  await picture(tab, 'home-1280')
  await tab.setViewportSize({ width: 390, height: 844 })
  await tab.goto(`${origin}/index.html`)
  await picture(tab, 'home-390')
  expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await tab.setViewportSize({ width: 1280, height: 900 })
})

/** Files without a text: two pages of the theme, and the demo, whose own tests open it on a phone. */
const others = ['404.html', 'index.html', 'demo/index.html']

test('the file of every page has its text', async () => {
  for (const page of html.filter((p) => !others.includes(p))) {
    const [main = ''] = /<main[^]*<\/main>/.exec(await readFile(join(site, page), 'utf8')) ?? []
    expect(main.replace(/<[^>]*>/g, '').trim().length, page).toBeGreaterThan(100)
  }
})

/** Follows a link, which loads the text of another page and keeps the program of the site. */
async function follow(page: string): Promise<void> {
  await tab.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href })
    document.body.append(link)
    link.click()
    link.remove()
  }, `/${page}`)
  // The theme gives a text the name of its page.
  const name = `/${page}`
    .replace(/index\.html$/, '')
    .replace(/[./]+/g, '_')
    .replace(/_html$/, '')
  await tab.locator(`.vp-doc[class~="${name}"]`).waitFor()
}

inBrowser('nothing sticks out of a written page on a phone', async () => {
  await tab.setViewportSize({ width: 360, height: 780 })
  const isWhole = async (page: string): Promise<void> => {
    expect((await tab.locator('#app').innerText()).length, page).toBeGreaterThan(100)
    expect(await layoutFaults(tab), page).toEqual([])
  }
  await tab.goto(`${origin}/index.html`)
  await isWhole('index.html')
  // Pages of the API are written by one template: two of them open. `npm run docs:walk` opens all, with axe-core.
  const api = html.filter((page) => page.startsWith('api/'))
  const written = html.filter((page) => ![...others, ...api].includes(page))
  for (const page of [...written, ...api.slice(0, 2)]) {
    await follow(page)
    await isWhole(page)
  }
  await tab.setViewportSize({ width: 1280, height: 900 })
})

test('the index of the search has at most 800 kB', async () => {
  const chunks = join(site, 'assets/chunks')
  const [index = ''] = (await readdir(chunks)).filter((name) => name.includes('localSearchIndex'))
  expect((await stat(join(chunks, index))).size).toBeLessThanOrEqual(800_000)
})

inBrowser('the search works offline, over the written pages and the API: guides come first', async () => {
  await tab.goto(`${origin}/start/node.html`)
  for (const [word, found] of [
    ['eligibility', 'estimators'],
    ['checkpoint', 'checkpoint'],
    ['jvp', 'jvp'],
  ] as const) {
    await tab.locator('.VPNavBarSearch button').first().click()
    await tab.locator('.VPLocalSearchBox input').fill(word)
    // The box first shows the results of the word before.
    const results = tab.locator('.VPLocalSearchBox .results')
    await expect.poll(async () => (await results.innerText()).toLowerCase()).toContain(found)
    const first = tab.locator('.VPLocalSearchBox .result').first()
    expect(await first.getAttribute('href')).not.toMatch(/\/(api|reliability|benchmarks)\b/)
    await tab.keyboard.press('Escape')
  }
})

inBrowser('the search says that it loads, until its index is there', async () => {
  await tab.goto(`${origin}/start/node.html`)
  let deliver = (): void => undefined
  const held = new Promise<void>((resolve) => (deliver = resolve))
  const index = /localSearchIndex/
  await tab.route(index, async (route) => {
    await held
    await route.continue()
  })
  await tab.locator('.VPNavBarSearch button').first().click()
  await tab.locator('.VPLocalSearchBox input').fill('eligibility')
  const results = tab.locator('.VPLocalSearchBox .results')
  const said = () => results.evaluate((list) => getComputedStyle(list, '::before').content)
  await expect.poll(said).toBe('"Loading …"')
  deliver()
  await tab.locator('.VPLocalSearchBox .result').first().waitFor()
  expect(await said()).toBe('none')
  await tab.unroute(index)
})
