/** The page in use: by keyboard, by mouse and finger, and by those who need its names and contrasts. */
import { describe, expect } from 'vitest'
import { axeFindings } from '../support/axeFindings.js'
import { ENDLESS, isStatus, reached, small, visit } from '../support/site.js'
import { cutChoices, heroGap, inBrowser, MOST_EMPTY, picture, section, still, useStage } from '../support/stage.js'

const stage = useStage()

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
    await page.waitForFunction(
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
    await page.waitForFunction(
      (n) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) < n,
      far,
    )
    await page.context().close()
  })

  inBrowser('is turned by mouse and finger, and a source is drawn by finger, on a phone', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(20), {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await isStatus(page, 'done')
    const surface = page.getByRole('application').first()
    await surface.scrollIntoViewIfNeeded()
    const fingers = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly (readonly [number, number])[]) =>
      fingers.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([x, y], id) => ({ x, y, id })) })
    /** From one point to another, a few pixels at a time. */
    const drag = async (from: readonly [number, number][], by: readonly [number, number][]): Promise<void> => {
      await touch('touchStart', from)
      for (let k = 1; k <= 8; k++)
        await touch(
          'touchMove',
          from.map(([x, y], i) => [x + (by[i]![0] * k) / 8, y + (by[i]![1] * k) / 8]),
        )
      await touch('touchEnd', [])
    }
    const changes = async (act: (x: number, y: number) => Promise<void>): Promise<void> => {
      const before = await still(surface)
      const box = (await surface.boundingBox())!
      await act(box.x + box.width / 2, box.y + box.height / 2)
      await expect.poll(async () => before.equals(await surface.screenshot())).toBe(false)
    }
    await changes(async (x, y) => {
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + 60, y, { steps: 4 })
      await page.mouse.up()
    })
    await changes((x, y) => drag([[x, y]], [[-80, 0]]))
    await changes((x, y) =>
      drag(
        [
          [x - 20, y],
          [x + 20, y],
        ],
        [
          [-50, 0],
          [50, 0],
        ],
      ),
    )
    const sketch = page.getByRole('application', { name: /Source term/ })
    await sketch.scrollIntoViewIfNeeded()
    const told = page.locator('[data-testid=operator-error]:not([data-error=""])')
    const before = await told.getAttribute('data-error')
    const box = (await sketch.boundingBox())!
    await drag([[box.x + 30, box.y + 150]], [[box.width - 60, -110]])
    await expect.poll(() => told.getAttribute('data-error')).not.toBe(before)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('is accessible: axe-core finds nothing, light and dark, wide and narrow; nothing overflows', async () => {
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      const { page } = await visit(stage.browser, stage.url, small(60), {
        colorScheme: scheme,
        reducedMotion: 'reduce',
        viewport: { width, height: 780 },
      })
      await isStatus(page, 'done')
      await page.evaluate(() => scrollTo(0, 0))
      await picture(page, `learn-${scheme}-${width}`, 100)
      expect(await heroGap(page)).toBeLessThan(MOST_EMPTY)
      // Sections that are filled only when they come into view, then a dialog, then a message.
      await section(page, 'What it costs').scrollIntoViewIfNeeded()
      await page.getByRole('row', { name: /^\s*bp .*[KM]iB/ }).waitFor()
      await section(page, 'Draw a source').scrollIntoViewIfNeeded()
      await page.waitForSelector('[data-testid=operator-error]:not([data-error=""])')
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      await page.getByRole('button', { name: 'Command', exact: true }).click()
      expect(await axeFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Close', exact: true }).click()
      // On a phone the forms are folded until the user opens them.
      const form = page.getByLabel('Time steps T')
      expect(await form.isVisible()).toBe(width > 760)
      if (width < 760) await page.getByText('Problem, neurons, estimators and run').click()
      const neurons = section(page, 'Change anything').getByRole('combobox', { name: /^Neuron/ })
      const longest = (box: HTMLSelectElement) =>
        Array.from(box.options).reduce((a, b) => (b.text.length > a.text.length ? b : a)).value
      await neurons.selectOption(await neurons.evaluate(longest))
      await expect.poll(() => cutChoices(page)).toEqual([])
      if (width < 760) await picture(section(page, 'Change anything'), `settings-${scheme}-${width}`, 40)
      await page.getByLabel('Time steps T').fill('0')
      await page.getByLabel('Time steps T').blur()
      await page.getByText('T is 0').waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.context().close()
    }
  })
})
