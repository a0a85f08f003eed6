/** The page as a first visitor sees it. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { describe, expect } from 'vitest'
import { decodePng, survey } from '../../../cli/test/decodePng.js'
import { compilations, countCompilations, ENDLESS, isStatus, reached, small, visit } from '../support/site.js'
import { gallery, inBrowser, picture, section, useStage } from '../support/stage.js'

/**
 * The most files that the page may request before it trains: itself, its script, style and icon, the workers and their
 * threads.
 */
const MAX_REQUESTS = 12

/**
 * A smaller run than the first one shows and computes the same; the pictures of the documentation are of the first one.
 */
const shown = gallery === undefined ? small(ENDLESS) : ''

const stage = useStage()

describe('the page', () => {
  inBrowser(
    'begins to learn after a handful of files, none of them a checkpoint, and draws what it learns',
    async () => {
      const requested: string[] = []
      const { page, wrong } = await visit(stage.browser, stage.url, '', {}, (opened) => {
        opened.context().on('request', (r) => requested.push(basename(new URL(r.url()).pathname)))
        return countCompilations(opened)
      })
      await reached(page, 1)
      expect(requested.length, requested.join(', ')).toBeLessThanOrEqual(MAX_REQUESTS)
      expect(requested.filter((name) => name.endsWith('.safetensors'))).toEqual([])
      await page.locator('[aria-roledescription="3D picture"] canvas').waitFor()
      expect(survey(decodePng(await page.locator('.hero').screenshot())).colours).toBeGreaterThan(200)
      // Its worker measures the backends: the main thread compiles none of their modules.
      expect(await compilations(page)).toBe(0)
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )

  inBrowser('computes nothing on its main thread while it trains, and has a picture in every view', async () => {
    const { page, wrong } = await visit(
      stage.browser,
      stage.url,
      shown,
      { reducedMotion: 'no-preference' },
      countCompilations,
    )
    await reached(page, 5)
    const box = (await page.getByRole('application').first().boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 200)
    await page.mouse.down()
    // The page draws between two pointer moves: each waits for a frame.
    for (let i = 0; i < 8; i++) {
      await page.mouse.move(box.x + 200 + 19 * i, box.y + 200)
      await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await page.mouse.up()
    // From here on the surface moves no more between two predictions; time still runs in the network.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await reached(page, 20)
    expect(await compilations(page)).toBe(0)
    // The count does include a module of the main thread.
    await page.evaluate(() => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)))
    expect(await compilations(page)).toBe(1)

    await reached(page, 40)
    // With one hidden layer, the traces give the exact gradient.
    await page.getByRole('row', { name: /^\s*eligibility .* 1\.00/ }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await isStatus(page, 'paused')
    await picture(page.locator('.hero'), 'learn', 300)
    // The figure of the documentation's home page.
    await picture(page.locator('[aria-roledescription="3D picture"]'), 'surface', 200)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'PNG', exact: true }).click()
    const poster = decodePng(await readFile(await (await saved).path()))
    expect(survey(poster).colours).toBeGreaterThan(300)
    expect(poster.width).toBeGreaterThan(poster.height)

    const race = page.getByRole('img', { name: /^Relative L2 error of each/ })
    const byTime = await race.screenshot()
    await page.getByLabel('by forward passes').check()
    await expect.poll(async () => byTime.equals(await race.screenshot())).toBe(false)

    await section(page, 'Change anything').scrollIntoViewIfNeeded()
    await picture(section(page, 'Change anything'), 'settings', 40)
    await section(page, 'Look inside').scrollIntoViewIfNeeded()
    await page.getByText('layer 1 fires').waitFor()
    const inside = section(page, 'Look inside')
    await picture(inside, 'inside', 60)
    const answer = (): Promise<string | null> => inside.getByRole('definition').first().textContent()
    const inTheMiddle = await answer()
    // The network as a drawing: time runs, and can be stopped at a step.
    const drawing = page.getByTestId('wiring')
    await drawing.getByRole('button', { name: 'Stop time' }).click()
    await drawing.getByRole('slider').press('Home')
    await drawing.getByRole('img', { name: /^The network at time step 1: \d+ of 14 drawn neurons fire$/ }).waitFor()
    expect(await drawing.locator('line').count()).toBeGreaterThan(14)
    await inside.getByRole('slider', { name: /x/ }).first().press('End')
    await expect.poll(answer).not.toBe(inTheMiddle)
    await inside.getByRole('slider', { name: 'Neuron' }).press('Home')
    await inside.getByRole('heading', { name: 'Membrane of neuron 1', exact: true }).waitFor()
    const cost = section(page, 'What it costs')
    await cost.scrollIntoViewIfNeeded()
    // A measurement that fails offers another one, and says why.
    const again = cost.getByRole('button', { name: 'Measure again' })
    await cost
      .getByRole('row', { name: /^\s*rfg/ })
      .or(again)
      .first()
      .waitFor()
    expect(await page.getByTestId('cost-status').textContent()).toMatch(/^(Compiling for each T …)?$/)
    // An empty text has no size, so that it counts as hidden.
    await page.waitForSelector('[data-testid=cost-status][data-measuring=false]', { state: 'attached' })
    await picture(cost, 'cost', 40)
    // Memory at the shortest and the longest T: constant in forward mode, growing in reverse mode.
    const memory = async (press: string): Promise<(string | null)[]> => {
      await cost.getByRole('slider').press(press)
      const cell = (name: string) =>
        cost
          .getByRole('row', { name: new RegExp(`^\\s*${name}`) })
          .getByRole('cell')
          .first()
      return Promise.all(['rfg', 'bp'].map((name) => cell(name).textContent()))
    }
    const [short, long] = [await memory('Home'), await memory('End')]
    expect(long[0]).toBe(short[0])
    expect(long[1]).not.toBe(short[1])
    await section(page, 'Draw a source').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-testid=operator-error]:not([data-error=""])')
    await picture(section(page, 'Draw a source'), 'operator', 40)
    // A choice changes the address, and its slope is drawn.
    const slope = page.getByRole('img', { name: /slope/i })
    const atan = await slope.screenshot()
    await page.getByLabel('Slope of a spike').selectOption('boxcar')
    await expect.poll(async () => atan.equals(await slope.screenshot())).toBe(false)
    expect(page.url()).toContain('surrogate=boxcar')
    expect(wrong).toEqual([])
    await page.context().close()
  })
})
