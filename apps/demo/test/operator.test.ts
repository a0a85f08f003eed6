import { describe, expect } from 'vitest'
import { isStatus, isTrue, small, visit } from './support/site.js'
import { inBrowser, picture, section, useStage } from './support/stage.js'

const stage = useStage(false)

describe('the operators', () => {
  inBrowser('answer five sources of each problem from outside of their training set, with a small error', async () => {
    const { page } = await visit(stage.browser, stage.url, small(20))
    await isStatus(page, 'done')
    for (const [title, bound] of [
      ['Poisson', 0.04],
      ['Reaction–diffusion', 0.05],
    ] as const) {
      await page.getByLabel(title).check()
      const error = page.getByTestId('operator-error')
      const errors: number[] = []
      for (let i = 0; i < 5; i++) {
        const before = await error.getAttribute('data-error')
        await page.getByRole('button', { name: 'A source it has never seen' }).click()
        await isTrue(
          page,
          (b) =>
            ![b, ''].includes(document.querySelector('[data-testid=operator-error]')?.getAttribute('data-error') ?? ''),
          before,
        )
        errors.push(Number(await error.getAttribute('data-error')))
      }
      expect(new Set(errors).size).toBe(5)
      expect(errors.reduce((a, b) => a + b, 0) / 5, errors.join(', ')).toBeLessThan(bound)
    }
    // A line drawn by pointer, then a bump raised by keys: each is a separate source.
    const sketch = page.getByRole('application', { name: /Source term/ })
    const error = page.getByTestId('operator-error')
    const changes = async (act: () => Promise<void>): Promise<void> => {
      const before = await error.getAttribute('data-error')
      await act()
      await isTrue(
        page,
        (b) => document.querySelector('[data-testid=operator-error]')?.getAttribute('data-error') !== b,
        before,
      )
      // The answer to an unfinished stroke may come first.
      await expect.poll(async () => Number((await error.getAttribute('data-error')) || Number.NaN)).toBeLessThan(0.3)
    }
    await page.getByRole('button', { name: 'Clear' }).click()
    const box = (await sketch.boundingBox())!
    await changes(async () => {
      await page.mouse.move(box.x + 20, box.y + 100)
      await page.mouse.down()
      for (const x of [0.2, 0.5, 0.8]) await page.mouse.move(box.x + x * box.width, box.y + 40, { steps: 4 })
      await page.mouse.up()
    })
    await sketch.focus()
    await changes(() => page.keyboard.press('ArrowUp'))
    // A step is unlike everything it was trained on, which the page reports.
    expect(await page.getByTestId('unlike').count()).toBe(0)
    await page.mouse.move(box.x + 2, box.y + 195)
    await page.mouse.down()
    for (const [x, y] of [
      [0.5, 195],
      [0.505, 5],
      [0.99, 5],
    ] as const)
      await page.mouse.move(box.x + x * box.width, box.y + y, { steps: 4 })
    await page.mouse.up()
    await page.getByTestId('unlike').getByText('steeper than every source').waitFor()
    await picture(section(page, 'Draw a source'), 'reaction-diffusion', 100)
    await page.context().close()
  })
})
