/** The page with WebGPU: a surface that is turned, and training. Without it, pages are cheaper to test. */
import { describe, expect } from 'vitest'
import { ENDLESS, isStatus, reached, recordOf, small, visit } from '../support/site.js'
import { inBrowser, still, useStage } from '../support/stage.js'

const stage = useStage()

describe('the page', () => {
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

  inBrowser('trains on WebGPU as well, to the losses and the error of the cpu', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(20))
    const trainedOn = async (backend: string) => {
      await page.locator('[data-testid=status][data-status=done]', { hasText: backend }).waitFor()
      return (await recordOf(page)).contenders
    }
    const cpu = await trainedOn('cpu')
    await page.evaluate(() => {
      location.hash = location.hash.replace('backend=cpu', 'backend=webgpu')
    })
    const gpu = await trainedOn('webgpu')
    expect(wrong).toEqual([])
    await page.context().close()
    expect(gpu.map((l) => l.step)).toEqual([20, 20])
    gpu.forEach(({ firstLosses, relativeL2 }, i) => {
      expect(relativeL2 / cpu[i]!.relativeL2).toBeCloseTo(1, 1)
      // Every loss is read on the cpu, every tenth on a GPU.
      expect(firstLosses[0]! / cpu[i]!.firstLosses[9]!).toBeCloseTo(1, 2)
      expect(firstLosses[1]! / cpu[i]!.firstLosses[19]!).toBeCloseTo(1, 2)
    })
  })

  inBrowser('takes the fastest backend if none is named, says why, and remembers it', async () => {
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

  inBrowser('reports a lost device: the run continues with another, and the surface is drawn without it', async () => {
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
  })
})
