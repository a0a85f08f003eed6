/** The chip panel: the shown network on a simulated chip, its errors, its ledger and its NIR file. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { describe, expect } from 'vitest'
import { axeFindings } from '../support/axeFindings.js'
import { isStatus, ofChip, visit } from '../support/site.js'
import { inBrowser, section, useStage } from '../support/stage.js'

const stage = useStage(false)
const quick = 'backend=cpu&problem=parabola&hidden=16,12&time=4&steps=60&contender=eligibility,learningRate:0.03'

/** The first bytes of every HDF5 file. */
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

describe('the chip panel', () => {
  inBrowser(
    'loads the HDF5 library when its button is pressed, and shows errors, a ledger and a NIR file',
    async () => {
      const requested: string[] = []
      const { page, wrong } = await visit(stage.browser, stage.url, quick, {}, (opened) =>
        Promise.resolve(opened.context().on('request', (r) => requested.push(basename(new URL(r.url()).pathname)))),
      )
      const late = (): number => new Set(requested.filter((name) => ofChip.test(name))).size
      await isStatus(page, 'done')
      const chip = section(page, 'Put it on a chip')
      await chip.scrollIntoViewIfNeeded()
      await chip.getByLabel('Steps on the chip').selectOption('50')
      expect(late(), requested.join(', ')).toBe(0)
      await chip.getByRole('button', { name: 'Move it to the chip' }).click()
      for (const name of ['float', 'quantised', 'tuned']) {
        const error = Number(await chip.getByTestId(`chip-${name}`).textContent())
        expect(error, name).toBeGreaterThan(0)
        expect(error, name).toBeLessThan(10)
      }
      expect(late(), requested.join(', ')).toBe(1)
      expect(await chip.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
        'Trained in this page',
        'Rounded for the chip',
        'Learned on the chip',
        'What a step costs',
        'Taken elsewhere',
      ])
      expect(await chip.getByTestId('chip-ledger').textContent()).toMatch(/[1-9][\d,]* accumulates.* bytes moved.* µJ/s)
      const saved = page.waitForEvent('download')
      await chip.getByRole('button', { name: 'Save as NIR' }).click()
      const file = await saved
      expect(file.suggestedFilename()).toBe('parabola.nir')
      expect([...(await readFile(await file.path())).subarray(0, 8)]).toEqual(HDF5)
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 844 })
        expect(await axeFindings(page), String(width)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      }
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )
})
