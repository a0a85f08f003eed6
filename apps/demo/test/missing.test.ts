import { describe, expect } from 'vitest'
import { launch } from './support/browser.js'
import { ENDLESS, isStatus, reached, small, visit } from './support/site.js'
import { heroGap, inBrowser, MOST_EMPTY, picture, useStage } from './support/stage.js'

const stage = useStage()

describe('missing features', () => {
  inBrowser(
    'without WebGPU and without isolation there are a projected surface and one thread, which the page reports',
    async () => {
      const plain = await launch(false)
      const { page, wrong } = await visit(plain, stage.bareUrl, small(ENDLESS).replace('backend=cpu', 'backend=webgpu'))
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
      // The surface and the network fill the card at any width.
      for (const width of [1440, 1024, 768, 360]) {
        await page.setViewportSize({ width, height: 860 })
        await expect.poll(() => heroGap(page)).toBeLessThan(MOST_EMPTY)
      }
      expect(wrong).toEqual([])
      await plain.close()
    },
  )

  inBrowser('without a named backend the page takes the fastest, says why, and remembers it', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(ENDLESS).replace('backend=cpu&', ''))
    await reached(page, 5)
    const note = page.getByTestId('note')
    expect(await note.textContent()).toMatch(/Fastest here: (cpu|webgpu), .*measured just now/)
    const kept = await page.evaluate(() => localStorage.getItem('spikeward.backends'))
    expect(JSON.parse(kept!)).toMatchObject({
      format: 1,
      choices: [{ measured: [{ name: 'cpu' }, { name: 'webgpu' }] }],
    })
    await page.reload()
    await reached(page, 5)
    expect(await note.textContent()).toMatch(/measured on \d{4}-/)
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

  inBrowser(
    'a lost device is reported: the run continues with another, and the surface is drawn without it',
    async () => {
      const { page } = await visit(
        stage.browser,
        stage.url,
        'backend=webgpu&hidden=16&time=8&batch=64&steps=100000&contender=rfg,directions:1',
      )
      await reached(page, 10)
      /** The next use of a device destroys it. */
      const lose = (): void => {
        const before = GPUDevice.prototype.createCommandEncoder
        GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, ...args) {
          GPUDevice.prototype.createCommandEncoder = before
          this.destroy()
          return before.apply(this, args)
        }
      }
      for (const worker of page.workers()) await worker.evaluate(lose)
      await isStatus(page, 'stopped')
      expect(await page.getByTestId('faults').textContent()).toContain('DEVICE_LOST')
      const step = Number(await page.getByTestId('status').getAttribute('data-step'))
      await page.getByRole('button', { name: 'Resume the run' }).click()
      await reached(page, step + 20)
      await page.evaluate(lose)
      await page.getByText('The graphics device was lost').waitFor()
      const canvas = page.locator('.hero canvas').first()
      expect(await canvas.evaluate((c) => (c as HTMLCanvasElement).getContext('2d') !== null)).toBe(true)
      await page.context().close()
    },
  )

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
