/** The page in use: by keyboard, and by those who need its names and contrasts. */
import { describe, expect } from 'vitest'
import type { Page } from 'playwright'
import { axeFindings } from '../support/axeFindings.js'
import { ENDLESS, isStatus, isTrue, reached, small, visit } from '../support/site.js'
import {
  cutChoices,
  gallery,
  heroGap,
  inBrowser,
  MAX_EMPTY,
  picture,
  section,
  still,
  useStage,
} from '../support/stage.js'

// Only the pictures of the documentation need WebGPU.
const stage = useStage(gallery !== undefined)

describe('the page', () => {
  inBrowser('works by keyboard alone', async () => {
    const { page } = await visit(stage.browser, stage.url, small(ENDLESS))
    await reached(page, 10)
    const focus = (): Promise<string> =>
      page.evaluate(() => {
        const e = document.activeElement
        return e?.getAttribute('aria-roledescription') ?? e?.textContent?.trim() ?? ''
      })
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 60 && (await focus()) !== name; i++) await page.keyboard.press('Tab')
      expect(await focus()).toBe(name)
    }
    await tabTo('Skip to the network')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('learn')
    await tabTo('3D picture')
    await tabTo('Pause')
    await page.keyboard.press('Enter')
    await isStatus(page, 'paused')
    const step = async (): Promise<number> =>
      Number(await page.locator('[data-testid=status]').getAttribute('data-step'))
    const before = await step()
    await tabTo('Step')
    await page.keyboard.press('Enter')
    await isTrue(
      page,
      (n) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) > n,
      before,
    )
    // Paused, so that only the key changes the picture.
    const surface = page.getByRole('application').first()
    const unturned = await still(surface)
    await surface.focus()
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
    await expect.poll(async () => unturned.equals(await surface.screenshot())).toBe(false)
    await tabTo('Go on')
    await page.keyboard.press('Space')
    await isStatus(page, 'running')
    const far = await step()
    await tabTo('Reset')
    await page.keyboard.press('Enter')
    await isTrue(
      page,
      (n) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) < n,
      far,
    )
    await page.context().close()
  })

  inBrowser('is accessible: axe-core finds nothing, light and dark, wide and narrow; nothing overflows', async () => {
    const isAccessible = async (page: Page, width: number): Promise<void> => {
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
    const formOf = (page: Page) => page.getByLabel('Time steps T')
    // The page opens in dark mode on a phone, where its forms are folded.
    const phone = { viewport: { width: 360, height: 780 }, colorScheme: 'dark' } as const
    const { page: first } = await visit(stage.browser, stage.url, small(20), phone)
    await isStatus(first, 'done')
    expect(await formOf(first).isVisible()).toBe(false)
    await isAccessible(first, 360)
    await first.context().close()

    const { page } = await visit(stage.browser, stage.url, small(20), { viewport: { width: 1280, height: 780 } })
    await isStatus(page, 'done')
    expect(await formOf(page).isVisible()).toBe(true)
    /** Follows the system and the window, as a page does that is already open. */
    const become = async (colorScheme: 'light' | 'dark', wide: number): Promise<void> => {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: wide, height: 780 })
    }
    // Sections that are filled only when they come into view.
    await section(page, 'What it costs').scrollIntoViewIfNeeded()
    await page.getByRole('row', { name: /^\s*bp .*[KM]iB/ }).waitFor()
    await section(page, 'Draw a source').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-testid=operator-error]:not([data-error=""])')
    for (const [scheme, wide] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      await become(scheme, wide)
      await page.evaluate(() => scrollTo(0, 0))
      await picture(page, `learn-${scheme}-${wide}`, 100)
      await expect.poll(() => heroGap(page)).toBeLessThan(MAX_EMPTY)
      await isAccessible(page, wide)
      await page.getByRole('button', { name: 'Command', exact: true }).click()
      await isAccessible(page, wide)
      await page.getByRole('button', { name: 'Close', exact: true }).click()
    }
    const settings = section(page, 'Change anything')
    const neurons = settings.getByRole('combobox', { name: /^Neuron/ })
    const longest = (box: HTMLSelectElement) =>
      Array.from(box.options).reduce((a, b) => (b.text.length > a.text.length ? b : a)).value
    await neurons.selectOption(await neurons.evaluate(longest))
    await expect.poll(() => cutChoices(page)).toEqual([])
    await picture(settings, 'settings-dark-360', 40)
    await page.getByLabel('Time steps T').fill('0')
    await page.getByLabel('Time steps T').blur()
    await page.getByText('T is 0').waitFor()
    await isAccessible(page, 360)
    await become('light', 1280)
    expect(await cutChoices(page)).toEqual([])
    await isAccessible(page, 1280)
    await page.context().close()
  })
})
