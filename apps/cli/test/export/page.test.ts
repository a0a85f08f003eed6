/** The page of a run opens from a file in a real Chromium and shows the numbers of its module. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Page, chromium } from 'playwright'
import { afterAll, describe, expect, test } from 'vitest'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../../../scripts/lib/chromium.js'
import { run } from '../fakeIo.js'
import { runsFolder, trained } from './runs.js'

const folder = runsFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The caption, and the picture as an address of its pixels. */
async function shown(page: Page): Promise<{ readonly caption: string; readonly picture: string }> {
  const canvas = page.locator('canvas[data-points]')
  await canvas.waitFor()
  const picture = await canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL())
  return { caption: (await page.locator('figcaption').textContent())!, picture }
}

/** The number after `= ` at the end of the first part of a caption. */
const valueIn = (caption: string): number => Number(/\) = (\S+);/.exec(caption)![1])

async function move(page: Page, slider: string, to: number): Promise<void> {
  await page.locator(`input[name="${slider}"]`).evaluate((element, value) => {
    ;(element as HTMLInputElement).value = String(value)
    element.dispatchEvent(new Event('input'))
  }, to)
}

describe.each([
  ['mexican-hat', { x1: 0.25 }, /^y\(x1 = 0\.25, x2 = 0\) = .*; y over x1 and x2, from/],
  ['poisson-1d', { x: -0.5, amplitude: 1.5 }, /^u\(x = -0\.5\) = .*; u over x, from/],
  ['equation', { y: 0.5 }, /^u\(x = 1, y = 0\.5\) = .*; u over x and y, from/],
] as const)('%s', (name, moved, caption) => {
  test('shows the picture, and follows its sliders', async (context) => {
    if (!existsSync(chromiumPath)) return context.skip(`no Chromium at ${chromiumPath}`)
    const path = await trained(folder, name)
    for (const [format, file] of [
      ['html', `${path}.html`],
      ['module', `${path}.mjs`],
    ] as const)
      expect(await run('export', path, file, '--to', format)).toMatchObject({ code: 0, err: '' })
    expect(gzipSync(readFileSync(`${path}.html`)).length).toBeLessThan(150_000)
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [...chromiumFlags(), withoutOptimiser],
    })
    try {
      const page = await browser.newPage()
      const wrong: string[] = []
      const requests: string[] = []
      page.on('pageerror', (error) => wrong.push(error.message))
      page.on('console', (message) => wrong.push(message.text()))
      page.on('request', (request) => requests.push(request.url()))
      await page.goto(pathToFileURL(`${path}.html`).href)
      const before = await shown(page)
      for (const [slider, to] of Object.entries(moved)) await move(page, slider, to)
      const after = await shown(page)
      expect(after.caption).toMatch(caption)
      expect(after.picture).not.toBe(before.picture)
      if (name !== 'poisson-1d') {
        const { default: predict, network } = (await import(pathToFileURL(`${path}.mjs`).href)) as {
          default: (rows: number[][]) => number[][]
          network: { inputs: string[]; domain: [number, number][] }
        }
        const at = network.inputs.map(
          (input, a) => (moved as Record<string, number>)[input] ?? (network.domain[a]![0] + network.domain[a]![1]) / 2,
        )
        expect(valueIn(after.caption)).toBeCloseTo(predict([at])[0]![0]!, 4)
      } else {
        await page.locator('select[name="input function"]').selectOption('step')
        expect(valueIn((await shown(page)).caption)).not.toBe(valueIn(after.caption))
      }
      expect(wrong).toEqual([])
      expect(requests).toEqual([pathToFileURL(`${path}.html`).href])
    } finally {
      await browser.close()
    }
  })
})
