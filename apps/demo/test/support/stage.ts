import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Browser, Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodePng, survey } from '../../../cli/test/decodePng.js'
import { launch, noBrowser } from './browser.js'
import { type Served, serve } from './serve.js'
import { largestGap } from './largestGap.js'
import { buildSite, builtSite } from './site.js'

/** Where pictures for the documentation are stored, if requested. */
export const gallery = process.env['SPIKEWARD_SCREENSHOTS']

/** The site and a browser, for the tests of one file. */
export type Stage = {
  /** The folder that was built. */
  readonly folder: string
  /** The URL of the site, isolated from other origins. */
  readonly url: string
  /** Its URL without isolation. */
  readonly bareUrl: string
  /** A browser, with WebGPU unless it was declined. */
  readonly browser: Browser
}

/**
 * Builds the site unless it is built, serves it and starts a browser, before the tests of the file that calls this.
 *
 * @param webgpu false for tests that need none: a software renderer draws slowly
 */
export function useStage(webgpu = true): Stage {
  let folder = ''
  let served: readonly Served[] = []
  let browser: Browser | undefined
  beforeAll(async () => {
    folder = builtSite ?? (await buildSite())
    served = await Promise.all([serve(folder, true), serve(folder, false)])
    if (noBrowser === null) browser = await launch(webgpu)
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all(served.map((s) => s.close()))
    if (builtSite === undefined) rmSync(folder, { recursive: true, force: true })
  })
  return {
    get folder() {
      return folder
    },
    get url() {
      return served[0]!.url
    },
    get bareUrl() {
      return served[1]!.url
    },
    get browser() {
      return browser!
    },
  }
}

/** A test in Chromium; skipped with a reason if there is none. */
export const inBrowser = (name: string, run: () => Promise<void>): void =>
  it(name, async (context) => {
    if (noBrowser !== null) return context.skip(noBrowser)
    await run()
  })

/** Takes a picture, checks that something is drawn, and stores it if pictures are requested. */
export async function picture(what: Page | Locator, name: string, colours: number): Promise<void> {
  const png = await what.screenshot()
  expect(survey(decodePng(png)).colours, name).toBeGreaterThan(colours)
  if (gallery === undefined) return
  mkdirSync(gallery, { recursive: true })
  writeFileSync(`${gallery}/${name}.png`, png)
}

/** The picture of a place that no longer changes: it is the same after two more frames. */
export async function still(what: Locator): Promise<Buffer> {
  for (let before = await what.screenshot(); ; ) {
    await what.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)))),
    )
    const now = await what.screenshot()
    if (now.equals(before)) return now
    before = now
  }
}

/** The largest share of the first card in which nothing may be drawn: half of a chart of errors, at 1440 pixels. */
export const MAX_EMPTY = 0.08

/** The share of the first card that its largest empty rectangle covers. */
export const heroGap = async (page: Page): Promise<number> =>
  largestGap(decodePng(await page.locator('.hero').screenshot())).share

/** The section of the page under a heading. */
export const section = (page: Page, title: string): Locator =>
  page.locator('section', { has: page.getByRole('heading', { name: title }) })

/** Where an element is, as soon as it is laid out: a chart may be replaced while it is asked for. */
export async function boxOf(what: Locator): Promise<NonNullable<Awaited<ReturnType<Locator['boundingBox']>>>> {
  let box: Awaited<ReturnType<Locator['boundingBox']>> = null
  await expect.poll(async () => (box = await what.boundingBox())?.width ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
  return box!
}

/** Choices of the settings whose text is not shown, or not whole. */
export const cutChoices = (page: Page): Promise<string[]> =>
  section(page, 'Change anything')
    .locator('select')
    .evaluateAll((all) =>
      (all as HTMLSelectElement[])
        .filter((select) => select.checkVisibility())
        .flatMap((select) => {
          const wanted = select.selectedOptions[0]?.textContent ?? 'no choice'
          const shown = select.previousElementSibling as HTMLElement | null
          const isWhole = shown !== null && shown.textContent === wanted && shown.scrollWidth <= shown.clientWidth
          return isWhole ? [] : [wanted]
        }),
    )
