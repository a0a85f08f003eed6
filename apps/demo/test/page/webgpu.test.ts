/** The page with WebGPU: a surface that is turned, and training. Without it, pages are cheaper to test. */
import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { ENDLESS, isStatus, reached, recordOf, small, visit } from '../support/site.js'
import { decodePng, survey } from '../../../cli/test/decodePng.js'
import { heroGap, inBrowser, MAX_EMPTY, still, useStage } from '../support/stage.js'
import type { Page } from 'playwright'

const stage = useStage()

const surfaceOf = (page: Page) => page.locator('[aria-roledescription="3D picture"]')

/** The place that draws the surface: a worker, a device of the page, or a 2D canvas; null before one of them does. */
const drawnBy = (page: Page): Promise<string | null> => surfaceOf(page).locator('canvas').getAttribute('data-drawn-by')

/** Notes on each canvas what draws it: to ask the canvas for a context would give it one. */
const noteContexts = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const { getContext, transferControlToOffscreen } = HTMLCanvasElement.prototype
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      this.dataset['drawnBy'] ??= kind === 'webgpu' ? 'page' : kind
      return Reflect.apply(getContext, this, [kind, ...rest]) as null
    }
    HTMLCanvasElement.prototype.transferControlToOffscreen = function () {
      this.dataset['drawnBy'] = 'worker'
      return transferControlToOffscreen.call(this)
    }
  })

/** The surface's pixels, and the share of them that is drawn. */
async function pixelsOf(page: Page) {
  const png = decodePng(await still(surfaceOf(page)))
  return { ...png, ...survey(png) }
}

type Pixels = Awaited<ReturnType<typeof pixelsOf>>

/** The mean distance of two pictures' colours, of 255. */
function distance(a: Pixels, b: Pixels): number {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels])
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

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

  inBrowser('asks again for a device that it does not get at once', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(20), {}, async (opened) => {
      await noteContexts(opened)
      await opened.addInitScript(() => {
        const { requestAdapter } = GPU.prototype
        GPU.prototype.requestAdapter = () => {
          GPU.prototype.requestAdapter = requestAdapter
          return Promise.resolve(null)
        }
      })
    })
    await isStatus(page, 'done')
    await expect.poll(() => drawnBy(page)).toBe('page')
    await expect.poll(async () => (await pixelsOf(page)).inked).toBeGreaterThan(0.15)
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

  inBrowser('draws the same surface from the memory of the device that trains as from values', async () => {
    const settings = small(20)
    const pixels: Pixels[] = []
    for (const [backend, by] of [
      ['cpu', 'page'],
      ['webgpu', 'worker'],
    ] as const) {
      const { page, wrong } = await visit(
        stage.browser,
        stage.url,
        settings.replace('backend=cpu', `backend=${backend}`),
        {},
        noteContexts,
      )
      await isStatus(page, 'done')
      await surfaceOf(page).scrollIntoViewIfNeeded()
      await expect.poll(() => drawnBy(page)).toBe(by)
      pixels.push(await pixelsOf(page))
      expect(wrong).toEqual([])
      await page.context().close()
    }
    const [byPage, byWorker] = pixels
    expect(byPage!.inked).toBeGreaterThan(0.15)
    expect(byPage!.colours).toBeGreaterThan(200)
    expect(distance(byPage!, byWorker!)).toBeLessThan(0.5)
  })

  inBrowser('reads no heights to draw them, follows the size of the page, and saves what is drawn', async () => {
    const { page, wrong } = await visit(
      stage.browser,
      stage.url,
      small(ENDLESS).replace('backend=cpu', 'backend=webgpu'),
      {},
      noteContexts,
    )
    await reached(page, 10)
    await expect.poll(() => drawnBy(page)).toBe('worker')
    /** Counts copies to the surface, and reads of as many bytes, while each look at the clock takes 1 ms. */
    const worker = page.workers()[0]!
    const count = (): void => {
      const counted = Object.assign(globalThis, { copied: 0, read: 0 })
      let bytes = Infinity
      let time = performance.now()
      performance.now = () => (time += 1)
      const { copyBufferToBuffer } = GPUCommandEncoder.prototype
      GPUCommandEncoder.prototype.copyBufferToBuffer = function (this: GPUCommandEncoder, ...args: unknown[]) {
        const [, , to, , size] = args as [unknown, unknown, GPUBuffer, unknown, number]
        if (to.usage === (GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST)) {
          counted.copied++
          bytes = size
        } else if (size === bytes) counted.read++
        return Reflect.apply(copyBufferToBuffer, this, args) as undefined
      }
    }
    await worker.evaluate(count)
    const counts = (): Promise<{ copied: number; read: number }> =>
      worker.evaluate(() => {
        const { copied, read } = globalThis as unknown as { copied: number; read: number }
        return { copied, read }
      })
    await expect.poll(async () => (await counts()).copied, { timeout: 120_000 }).toBeGreaterThan(20)
    const { copied, read } = await counts()
    expect(copied).toBeGreaterThan(3 * read)

    await page.getByRole('button', { name: 'Pause' }).click()
    await isStatus(page, 'paused')
    for (const width of [1440, 768, 390]) {
      await page.setViewportSize({ width, height: 860 })
      const canvas = surfaceOf(page).locator('canvas')
      await expect
        .poll(() => canvas.evaluate((c) => [(c as HTMLCanvasElement).width, (c as HTMLCanvasElement).height]))
        .toEqual(await canvas.evaluate((c) => [c.clientWidth, c.clientHeight]))
      await expect.poll(() => heroGap(page)).toBeLessThan(MAX_EMPTY)
      expect((await pixelsOf(page)).inked).toBeGreaterThan(0.15)
    }
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'PNG', exact: true }).click()
    const poster = survey(decodePng(await readFile(await (await saved).path())))
    expect(poster.colours).toBeGreaterThan(300)
    // Flat maps come from values, which the page gets again; then the worker gets another canvas.
    await page.getByLabel('flat maps').check()
    await page
      .locator('.hero')
      .getByRole('img', { name: /prediction/i })
      .first()
      .waitFor()
    await page.getByLabel('flat maps').uncheck()
    await expect.poll(() => drawnBy(page)).toBe('worker')
    await expect.poll(async () => (await pixelsOf(page)).inked).toBeGreaterThan(0.15)
    expect(wrong).toEqual([])
    await page.context().close()
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

  inBrowser(
    'reports a lost device: the page draws the surface, and the run continues with another device',
    async () => {
      const { page } = await visit(
        stage.browser,
        stage.url,
        'backend=webgpu&hidden=16&time=8&batch=64&steps=100000&contender=rfg,directions:1',
        {},
        noteContexts,
      )
      await reached(page, 10)
      await expect.poll(() => drawnBy(page)).toBe('worker')
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
      await expect.poll(() => drawnBy(page)).toBe('page')
      await expect.poll(async () => (await pixelsOf(page)).inked).toBeGreaterThan(0.15)
      // Its own device is lost too.
      await page.evaluate(lose)
      await surfaceOf(page).press('ArrowLeft')
      await page.getByText('The graphics device was lost').waitFor()
      expect(await drawnBy(page)).toBe('2d')
      await expect.poll(async () => (await pixelsOf(page)).inked).toBeGreaterThan(0.15)

      const step = Number(await page.getByTestId('status').getAttribute('data-step'))
      await page.getByRole('button', { name: 'Resume the run' }).click()
      await reached(page, step + 20)
      await expect.poll(() => drawnBy(page)).toBe('worker')
      await page.getByRole('button', { name: 'Pause' }).click()
      await isStatus(page, 'paused')
      await expect.poll(async () => (await pixelsOf(page)).inked).toBeGreaterThan(0.15)
      await page.context().close()
    },
  )
})
