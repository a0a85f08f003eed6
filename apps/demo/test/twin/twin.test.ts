/** The twin of a heated rod: its worker, and its section of the page. */
import { cpu } from '@spikeward/backend-cpu'
import { describe, expect, it } from 'vitest'
import { makeTwin } from '../../src/worker/later/makeTwin.js'
import { isTrue, small, visit } from '../support/site.js'
import { gallery, inBrowser, picture, section, useStage } from '../support/stage.js'

describe('the worker', () => {
  it.each([
    ['rod', 0.6],
    ['plate', 0.7],
  ] as const)(
    'forecasts the field of a %s, follows a drift that a copy does not follow, and forecasts without a sensor',
    async (body, share) => {
      await using backend = await cpu({ threads: 1 })
      const twin = await makeTwin(backend, 0, body)
      const rest = { body, factor: 1, failed: [], freeze: false }
      const first = await twin({ ...rest, samples: 5 })
      expect([first.learning, first.frozen]).toEqual([null, null])
      for (let i = 0; i < 30; i++) await twin({ ...rest, samples: 100 })
      const before = await twin({ ...rest, samples: 100, freeze: true })
      // The copy has the weights of the network that learns, 100 samples ago.
      expect(before.frozen!.error).toBeLessThan(2 * before.learning!.error)
      expect(before.learning!.error).toBeLessThan(0.06)
      for (let i = 0; i < 40; i++) await twin({ ...rest, samples: 100, factor: 3 ** (i / 40) })
      const after = await twin({ ...rest, samples: 200, factor: 3 })
      expect(after.count).toBe(5 + 3000 + 100 + 4000 + 200)
      expect(after.learning!.error).toBeLessThan(share * after.frozen!.error)
      const failed = await twin({ ...rest, samples: 20, factor: 3, failed: [1] })
      expect(failed.readings.findIndex(Number.isNaN)).toBe(1)
      expect(failed.learning!.error).toBeLessThan(0.5)
      expect(failed.learning!.field.every(Number.isFinite)).toBe(true)
    },
  )
})

describe('the page', () => {
  const stage = useStage(false)

  inBrowser(
    'loads the twin when it comes into view, moves its picture, fails a sensor, and changes to the plate',
    async () => {
      const requested: string[] = []
      const { page, wrong } = await visit(
        stage.browser,
        stage.url,
        small(1),
        { reducedMotion: 'no-preference' },
        async (opened) => opened.context().on('request', (r) => requested.push(r.url())),
      )
      await page.getByRole('heading', { name: 'A twin that keeps learning' }).waitFor()
      expect(requested.filter((url) => /twin/i.test(url))).toEqual([])
      const twin = section(page, 'A twin that keeps learning')
      await twin.scrollIntoViewIfNeeded()
      const reached = (count: number): Promise<unknown> =>
        isTrue(
          page,
          (n) => Number(document.querySelector<HTMLElement>('[data-testid=twin]')?.dataset['count']) > n,
          count,
        )
      await reached(200)
      await twin.getByRole('button', { name: 'Stop a new copy here' }).click()
      await page.waitForSelector('[data-testid=twin]:not([data-frozen=""])')
      await twin.getByRole('button', { name: '3', exact: true }).click()
      await twin.getByRole('button', { name: '3', exact: true, pressed: true }).waitFor()
      // The picture of the documentation has a drift.
      await reached(gallery === undefined ? 400 : 8000)
      await twin.getByRole('button', { name: 'Pause' }).click()
      await picture(twin, 'twin', 60)
      await twin.getByRole('radio', { name: 'A plate' }).check()
      await twin.getByRole('button', { name: 'Run' }).click()
      // The ninth sensor is one of the plate.
      await twin.getByRole('button', { name: '9', exact: true }).waitFor()
      await reached(gallery === undefined ? 100 : 8000)
      await picture(twin, 'plate', 60)
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )
})
