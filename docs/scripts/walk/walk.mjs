/**
 * `npm run docs:walk`: opens every page of the built site in Chromium, as wide as a desktop and as narrow as a phone,
 * light and dark. It reports what axe-core finds, what sticks out, links to nowhere, pictures that do not load or say
 * nothing, and errors of the console; and it runs every program that the page offers to run. `npm test` does this for
 * some pages. It also times the first result of the search, which may take a second.
 *
 *     npm run docs:walk                        all pages
 *     npm run docs:walk -- --only gallery/     pages whose address contains this
 *     npm run docs:walk -- --without-programs  runs no program
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import axe from 'axe-core'
import { chromium } from 'playwright'
import { axeFindings, ofColours } from './axeFindings.mjs'
import { layoutFaults } from './layoutFaults.mjs'
import { faultOfProgram, runPrograms } from './runPrograms.mjs'
import { serveFolder } from './serveFolder.mjs'
import { pagesOf, strayLinks } from './strayLinks.mjs'

const site = fileURLToPath(new URL('../../.vitepress/dist', import.meta.url))
const { values } = parseArgs({ options: { only: { type: 'string' }, 'without-programs': { type: 'boolean' } } })
if (!existsSync(site)) {
  console.error('the site is not built: npm run docs')
  process.exit(2)
}
const pages = (await pagesOf(site)).filter((page) => values.only === undefined || page.includes(values.only))
if (pages.length === 0) {
  console.error(`no page has '${values.only}' in its address`)
  process.exit(2)
}

const { origin, close } = await serveFolder(site)
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
})
const tab = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage()
// Only ends a wait that hangs.
tab.setDefaultTimeout(600_000)

/** @type {string[]} */
const faults = []
let programs = 0
let withoutButton = 0
let page = ''
/** @param {string} fault */
function report(fault) {
  faults.push(`${page}: ${fault}`)
  console.log(faults.at(-1))
}
tab.on('console', (message) => message.type() === 'error' && report(`console: ${message.text()}`))
tab.on('pageerror', (error) => report(`error: ${error.message}`))
tab.on('request', (r) => !/^(data|blob):/.test(r.url()) && !r.url().startsWith(origin) && report(`asks for ${r.url()}`))
tab.on('response', (r) => r.status() >= 400 && report(`${r.status()} ${r.url()}`))

for (page of pages) {
  await tab.setViewportSize({ width: 1440, height: 900 })
  await tab.emulateMedia({ colorScheme: 'light' })
  await tab.goto(`${origin}/${page}`)
  await tab.evaluate(axe.source)
  for (const fault of [...(await layoutFaults(tab)), ...(await axeFindings(tab))]) report(`desktop, ${fault}`)
  await tab.setViewportSize({ width: 360, height: 780 })
  await tab.emulateMedia({ colorScheme: 'dark' })
  for (const fault of [...(await layoutFaults(tab)), ...(await axeFindings(tab, ofColours))]) report(`phone, ${fault}`)
  if (values['without-programs'] === true) continue
  if (!page.startsWith('api/'))
    withoutButton += await tab.locator('.vp-doc div.language-ts:not(:has(+ .run-bar))').count()
  for (const program of await runPrograms(tab)) {
    programs++
    const fault = faultOfProgram(program)
    if (fault !== null) report(`program: ${fault}`)
  }
}
page = 'search'
await tab.goto(`${origin}/index.html`)
await tab.locator('.VPNavBarSearch button').first().click()
await tab.locator('.VPLocalSearchBox input').waitFor()
const asked = performance.now()
await tab.locator('.VPLocalSearchBox input').fill('eligibility')
await tab.locator('.VPLocalSearchBox .result').first().waitFor()
const firstResult = Math.round(performance.now() - asked)
console.log(`first result of the search: ${firstResult} ms`)
if (firstResult > 1000) report(`the first result came after ${firstResult} ms, more than a second`)
page = 'links'
for (const fault of await strayLinks(site)) report(fault)
await browser.close()
close()
console.log('left out: demo/index.html, an application, which apps/demo/test opens on a desktop and a phone')
if (withoutButton > 0)
  console.log(
    `left out: ${withoutButton} programs without a button, which need Node or are parts of others; docs/test/programs.test.ts runs them`,
  )
console.log(`${pages.length} pages, ${programs} programs run, ${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
