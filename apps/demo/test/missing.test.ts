import { describe, expect } from 'vitest'
import { decodePng, survey } from '../../cli/test/decodePng.js'
import { ENDLESS, isStatus, reached, small, visit } from './support/site.js'
import { heroGap, inBrowser, MAX_EMPTY, picture, still, useStage } from './support/stage.js'

const stage = useStage(false)

describe('missing features', () => {
  inBrowser(
    'without WebGPU and without isolation there are a projected surface and one thread, which the page reports',
    async () => {
      const { page, wrong } = await visit(
        stage.browser,
        stage.bareUrl,
        small(ENDLESS).replace('backend=cpu', 'backend=webgpu'),
      )
      // A backend that is named is never replaced: the page says what it lacks, and offers the cpu.
      await page.getByRole('button', { name: 'Run it on the cpu' }).click()
      await reached(page, 20)
      expect(await page.getByTestId('note').textContent()).toContain('without cross-origin isolation')
      expect(
        await page
          .locator('.hero canvas')
          .first()
          .evaluate((c) => (c as HTMLCanvasElement).getContext('2d') !== null),
      ).toBe(true)
      await page.getByRole('button', { name: 'Pause' }).click()
      await isStatus(page, 'paused')
      await picture(page.locator('.hero'), 'without-webgpu', 200)
      // It is drawn once the request for a device has ended, which may take longer than the run.
      const surface = page.locator('[aria-roledescription="3D picture"]')
      await expect.poll(async () => survey(decodePng(await still(surface))).inked).toBeGreaterThan(0.15)
      // The surface and the network fill the card at any width.
      for (const width of [1440, 1024, 768, 360]) {
        await page.setViewportSize({ width, height: 860 })
        await expect.poll(() => heroGap(page)).toBeLessThan(MAX_EMPTY)
      }
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )

  inBrowser('a link of 200,000 entries is refused with a code, and the page lives on', async () => {
    const points = Array(200_000).fill('0.5').join(';')
    const { page, wrong } = await visit(stage.browser, stage.url, `problem=ownPoints,inputs:1,points:[${points}]`)
    const refused = page.getByTestId('faults').getByText('LINK_TOO_LONG')
    await refused.waitFor()
    await page.getByRole('button', { name: 'Begin with the first settings' }).click()
    await reached(page, 5)
    await page.evaluate(() => {
      location.hash = `hidden=${'5,'.repeat(200_000)}`
    })
    await refused.waitFor()
    await reached(page, 10)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('settings that cannot be are named, and the page lives on', async () => {
    const { page } = await visit(stage.browser, stage.url, 'time=0&hidden=1000000')
    const faults = page.getByTestId('faults')
    expect(await faults.textContent()).toContain('T is 0')
    expect(await faults.textContent()).toContain('1000000')
    // No functions are drawn for a run that was refused, and nothing says that they are.
    await page.evaluate(() => {
      location.hash = 'problem=poisson1d,train:1000000'
    })
    await isStatus(page, 'stopped')
    await page.getByText('DEMO_FUNCTIONS').waitFor()
    await page.getByText('The run stopped before its first picture.').waitFor()
    await page.getByText('The run stopped before its first step.').waitFor()
    await page.getByRole('button', { name: 'Begin with the first settings' }).click()
    await reached(page, 5)
    await page.getByLabel('Time steps T').fill('0')
    await page.getByLabel('Time steps T').blur()
    expect(await faults.textContent()).toContain('T is 0')
    // The run continues.
    const step = Number(await page.locator('[data-testid=status]').getAttribute('data-step'))
    await reached(page, step + 10)
    await page.context().close()
  })

  inBrowser('equations and operators that cannot be loaded are reported, and the run continues', async () => {
    const { page } = await visit(stage.browser, stage.url, small(ENDLESS), {}, (opened) =>
      opened.context().route(/later-[^/]*\.js$/, (route) => route.abort()),
    )
    await page.getByTestId('faults').getByText('Equations and operators could not be loaded').waitFor()
    await isStatus(page, 'running')
    await page.evaluate(() => {
      location.hash = 'problem=heat1d'
    })
    await isStatus(page, 'stopped')
    expect(await page.getByTestId('faults').textContent()).toContain('PROBLEMS_NOT_LOADED')
    await page.context().close()
  })

  inBrowser('a worker crash is reported, and the run continues from its last snapshot', async () => {
    const { page } = await visit(stage.browser, stage.url, small(ENDLESS))
    await reached(page, 100)
    // Both of them: the training and the inspecting worker.
    await expect.poll(() => page.workers().length).toBe(2)
    for (const worker of page.workers())
      await worker.evaluate(() => {
        setTimeout(() => {
          throw new Error('made to crash')
        }, 0)
      })
    await isStatus(page, 'stopped')
    expect(await page.getByTestId('faults').textContent()).toContain('made to crash')
    await page.getByRole('button', { name: 'Resume the run' }).click()
    await isStatus(page, 'running')
    await reached(page, 110)
    await expect.poll(() => page.workers().length).toBe(2)
    await page.context().close()
  })
})
