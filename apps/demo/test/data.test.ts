/** The training data: sliders for their number and noise, and the user's own points. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { describe, expect } from 'vitest'
import { decodePng, survey } from '../../cli/test/decodePng.js'
import { run } from '../../cli/test/fakeIo.js'
import { isInAddress, isStatus, isTrue, reached, recordOf, visit } from './support/site.js'
import { axeFindings } from './support/axeFindings.js'
import { boxOf, inBrowser, picture, section, useStage } from './support/stage.js'

const stage = useStage(false)
const trained = (steps: number) => `backend=cpu&hidden=30&time=8&steps=${steps}&contender=eligibility,learningRate:0.03`
const quick = trained(50)
/** A page that begins no run, since T is 0: nothing is trained before the choice. */
const idle = 'backend=cpu&time=0'

/** Runs the command that the page shows: it learns from all points, and has the losses of the page to five digits. */
async function isRunOfCommand(page: Page, points: number): Promise<void> {
  const { firstLosses } = (await recordOf(page)).contenders[0]!
  await page.getByRole('button', { name: 'Command', exact: true }).click()
  const [file = '', command = ''] = (await page.getByTestId('sheet').textContent())!.split('\n')
  await page.getByRole('button', { name: 'Close' }).click()
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-demo-'))
  execFileSync('sh', ['-c', file], { cwd: folder })
  const path = join(folder, 'points.csv')
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1 + points)
  const args = command
    .slice(command.indexOf('-- ') + 3)
    .replaceAll('"', '')
    .replace('points.csv', path)
    .split(' ')
  const { code, err } = await run(...args, '--no-figures', '--out', join(folder, 'run'))
  expect(code, err).toBe(0)
  const lines = readFileSync(join(folder, 'run/metrics.jsonl'), 'utf8').trim().split('\n')
  const losses = lines.flatMap((line) => {
    const { type, loss } = JSON.parse(line) as { readonly type: string; readonly loss: number }
    return type === 'metrics' ? [loss] : []
  })
  expect(firstLosses.length).toBeGreaterThan(0)
  for (const [i, loss] of firstLosses.entries()) expect(losses[i]!.toPrecision(5)).toBe(loss.toPrecision(5))
  rmSync(folder, { recursive: true })
}

describe('the data', () => {
  inBrowser('are fewer and noisier by sliders, and the address keeps both', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, `problem=parabola&batch=100&${quick}`)
    await isStatus(page, 'done')
    const clean = (await recordOf(page)).contenders[0]!.relativeL2
    const amount = page.getByRole('slider', { name: 'Amount of data' })
    await amount.fill('20')
    await page.getByText('20 points', { exact: true }).waitFor()
    await page.getByRole('slider', { name: 'Noise' }).fill('1')
    await page.getByText('100 % noise').waitFor()
    await isInAddress(page, 'noise:1')
    await isInAddress(page, 'train:20')
    await isStatus(page, 'done')
    const { settings, contenders } = await recordOf(page)
    expect(settings).toMatchObject({ problemOptions: { train: '20', noise: '1' }, batch: 20 })
    expect(contenders[0]!.relativeL2).toBeGreaterThan(1.5 * clean)
    await page.getByRole('img', { name: /the 20 points that it learns from/ }).waitFor()
    await picture(page.locator('.hero'), 'data', 100)
    expect(await axeFindings(page)).toEqual([])
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('are points of a curve of one’s own: a click adds one, another click takes it away', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, `problem=parabola&${quick}`)
    await reached(page, 1)
    const plot = page.getByRole('img', { name: /^Target, dashed/ }).locator('.u-over')
    const box = await boxOf(plot)
    await plot.click({ position: { x: box.width / 2, y: 8 } })
    const own = page.getByTestId('own')
    // Twelve of the hundred points stay.
    await expect.poll(() => own.getAttribute('data-count')).toBe('13')
    await isInAddress(page, 'problem=ownPoints')
    await isStatus(page, 'done')
    await isRunOfCommand(page, 13)
    const board = page.getByRole('img', { name: /^Prediction of/ }).locator('.u-over')
    // The picture may have another height at the second click; the place on its axes is the same.
    const click = async () => {
      const { width, height } = await boxOf(board)
      await board.click({ position: { x: 0.75 * width, y: 0.8 * height } })
    }
    await click()
    await expect.poll(() => own.getAttribute('data-count')).toBe('14')
    // The run begins anew with fourteen points before the next click.
    await isTrue(
      page,
      (numbers) =>
        (/points:\[([^\]]*)\]/.exec(decodeURIComponent(location.hash))?.[1] ?? '').split(';').length === numbers,
      28,
    )
    await isStatus(page, 'done')
    await click()
    await expect.poll(() => own.getAttribute('data-count')).toBe('13')
    await page.getByRole('form', { name: 'A point as numbers' }).getByRole('button', { name: 'Clear' }).click()
    await page.getByText('No points. Click on the picture').waitFor()
    const write = page.getByRole('form', { name: 'A point as numbers' })
    for (const [x, y, points] of [
      [-1, 0.5, 'points:[-1;0.5]'],
      [0, -0.5, 'points:[-1;0.5;0;-0.5]'],
      [1, 0.5, 'points:[-1;0.5;0;-0.5;1;0.5]'],
    ] as const) {
      await write.getByLabel('x').fill(String(x))
      await write.getByLabel('value').fill(String(y))
      await write.getByRole('button', { name: 'Add point' }).click()
      // A run begins with each point: what is learned from three must not depend on how fast they were added.
      await isInAddress(page, points)
    }
    await isStatus(page, 'done')
    await page.getByRole('heading', { name: 'Error at your points' }).waitFor()
    const { settings, contenders } = await recordOf(page)
    expect(settings).toMatchObject({ batch: 3 })
    expect(contenders[0]!.relativeL2).toBeLessThan(0.3)
    await picture(page.locator('.hero'), 'own-curve', 60)
    expect(await axeFindings(page)).toEqual([])
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('are drawn by a drag over a curve, and by a finger over a map', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, `problem=parabola&${quick}`, { hasTouch: true })
    await reached(page, 1)
    const own = page.getByTestId('own')
    const count = async (): Promise<number> => Number(await own.getAttribute('data-count'))
    const board = await boxOf(page.getByRole('img', { name: /^Target, dashed/ }).locator('.u-over'))
    const at = (share: number, up: number) =>
      [board.x + share * board.width, board.y + (1 - up) * board.height] as const
    await page.mouse.move(...at(0.2, 0.3))
    await page.mouse.down()
    await page.mouse.move(...at(0.8, 0.9), { steps: 10 })
    await page.mouse.up()
    // Twelve points of the parabola stay; the drag adds its beginning and ten more.
    await expect.poll(count).toBe(23)
    await isInAddress(page, 'problem=ownPoints')
    await isStatus(page, 'done')
    const numbers = /points:\[([^\]]*)\]/.exec(decodeURIComponent(page.url()))![1]!.split(';').map(Number)
    for (const axis of [0, 1]) {
      const line = numbers.filter((_, i) => i % 2 === axis).slice(12)
      expect(line).toHaveLength(11)
      expect(line).toEqual(line.toSorted((a, b) => a - b))
    }

    await page.getByRole('button', { name: 'Your own surface' }).click()
    const map = page.getByRole('img', { name: /^Prediction of .* as a map, and the 9 points/ })
    await map.waitFor()
    await map.scrollIntoViewIfNeeded()
    const box = await boxOf(map)
    const finger = await page.context().newCDPSession(page)
    for (let k = 0; k <= 5; k++) {
      const point = { x: box.x + (0.2 + 0.1 * k) * box.width, y: box.y + 0.4 * box.height }
      await finger.send('Input.dispatchTouchEvent', {
        type: k === 0 ? 'touchStart' : 'touchMove',
        touchPoints: [point],
      })
    }
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await expect.poll(count).toBe(15)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser(
    'are not needed for an equation: it is chosen, solved and drawn, and its address gives the same run',
    async () => {
      const { page, wrong } = await visit(stage.browser, stage.url, `problem=parabola&${trained(1)}`)
      await isStatus(page, 'done')
      const problems = section(page, 'Change anything').getByRole('combobox', { name: /^Problem/ })
      await problems.locator('option[value=heat1d]').waitFor({ state: 'attached' })
      await problems.selectOption('heat1d')
      await isInAddress(page, 'problem=heat1d')
      await isStatus(page, 'done')
      expect(await page.getByTestId('equation').textContent()).toContain('a step takes the residual at 200 points')
      expect(await page.getByRole('button', { name: 'Your own curve' }).count()).toBe(0)
      const { settings, contenders } = await recordOf(page)
      const { firstLosses, relativeL2 } = contenders[0]!
      expect(settings).toMatchObject({ problem: 'heat1d', batch: 200 })
      expect(firstLosses.at(-1)! / firstLosses[0]!).toBeLessThan(0.1)
      expect(relativeL2).toBeLessThan(0.1)
      for (const map of ['solution', 'prediction']) {
        const png = await page.getByRole('img', { name: `${map} as a map`, exact: true }).screenshot()
        expect(survey(decodePng(png)).colours, map).toBeGreaterThan(40)
      }
      await picture(page.locator('.hero'), 'equation', 100)
      await page.locator('.hero').getByLabel('loss', { exact: true }).check()
      await page.getByRole('heading', { name: 'Loss of the residual' }).waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.reload()
      await isStatus(page, 'done')
      expect((await recordOf(page)).contenders[0]!.firstLosses).toEqual(firstLosses)
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )

  inBrowser(
    'are functions that the page draws and solves for an operator: its error falls, and a link gives the same run',
    async () => {
      const { page, wrong } = await visit(stage.browser, stage.url, idle)
      const problems = section(page, 'Change anything').getByRole('combobox', { name: /^Problem/ })
      await problems.locator('option[value=poisson1d]').waitFor({ state: 'attached' })
      await problems.selectOption('poisson1d')
      await isInAddress(page, 'problem=poisson1d')
      // The tuned 1,000 steps would only take longer.
      await page.evaluate((steps) => {
        location.hash = location.hash.includes('steps=')
          ? location.hash.replace(/steps=\d+/, steps)
          : `${location.hash}&${steps}`
      }, 'steps=50')
      await isInAddress(page, 'steps=50')
      await isStatus(page, 'done')
      const told = await page.getByTestId('operator').textContent()
      expect(told).toContain('from 64 functions with')
      expect(told).toContain('a step takes 64 of them, and every 50 steps the readout is solved for exactly')
      expect(await page.getByTestId('taken').textContent()).toContain('network deeponet; trunk 50; 20 features')
      expect(await page.getByRole('button', { name: 'Your own curve' }).count()).toBe(0)
      const { settings, contenders } = await recordOf(page)
      const { firstLosses, relativeL2 } = contenders[0]!
      expect(settings).toMatchObject({ problem: 'poisson1d', problemOptions: { train: '64' }, batch: 64 })
      expect(firstLosses.at(-1)! / firstLosses[0]!).toBeLessThan(0.5)
      // Predicting zero has an error of 1. It is the same for any number of threads, and for 60 steps as in Node, whose
      // Math.exp and Math.cos round otherwise: then a step in which one spike more fires changes all after it.
      expect(relativeL2).toBeLessThan(0.1)
      const curve = page.getByRole('img', { name: /^Solution, dashed, and prediction of eligibility/ })
      const input = page.getByRole('img', { name: 'input function as a curve' })
      for (const drawn of [curve, input])
        expect(survey(decodePng(await drawn.screenshot())).colours).toBeGreaterThan(20)
      const before = await input.screenshot()
      await page.getByLabel('test function').selectOption('3')
      await expect.poll(async () => before.equals(await input.screenshot())).toBe(false)
      await page.getByText('which reads the input function').waitFor()
      // The other worker compiles a step for each T from the functions that this one drew.
      const cost = page.getByTestId('cost-status')
      await cost.evaluate((place) => place.scrollIntoView())
      const costs = section(page, 'What it costs').locator('tbody tr')
      await expect.poll(() => costs.count(), { timeout: 120_000 }).toBe(2)
      await expect.poll(() => cost.getAttribute('data-measuring'), { timeout: 120_000 }).toBe('false')
      expect(await cost.textContent()).toBe('')
      await picture(page.locator('.hero'), 'operator-trained', 60)
      expect(await axeFindings(page)).toEqual([])
      await page.reload()
      await isStatus(page, 'done')
      expect((await recordOf(page)).contenders[0]!.firstLosses).toEqual(firstLosses)
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )

  inBrowser('are points of a surface of one’s own, on a phone too', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, quick, { viewport: { width: 390, height: 844 } })
    await reached(page, 1)
    // On a phone the forms are folded until the user opens them.
    const form = page.getByLabel('Time steps T')
    expect(await form.isVisible()).toBe(false)
    await page.getByText('Problem, neurons, estimators and run').click()
    expect(await form.isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Your own surface' }).click()
    const own = page.getByTestId('own')
    await expect.poll(() => own.getAttribute('data-count')).toBe('9')
    await isStatus(page, 'done')
    const map = page.getByRole('img', { name: /^Prediction of .* as a map, and the 9 points/ })
    await page.getByRole('slider', { name: /^value/ }).fill('-1')
    const box = await boxOf(map)
    await map.click({ position: { x: 0.8 * box.width, y: 0.5 * box.height } })
    await expect.poll(() => own.getAttribute('data-count')).toBe('10')
    await isInAddress(page, 'inputs:2')
    await isTrue(
      page,
      (point) => new RegExp(point).test(decodeURIComponent(location.hash)),
      '0\\.[56]\\d?;-?0[.0-9]*;-1\\]',
    )
    await isStatus(page, 'done')
    expect((await recordOf(page)).contenders[0]!.relativeL2).toBeLessThan(0.9)
    await picture(page.locator('.hero'), 'own-surface-390', 100)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await axeFindings(page)).toEqual([])
    expect(wrong).toEqual([])
    await page.context().close()
  })
})
