/** Fronts that one network moves twice, event by event and dense: the worker, and the section of the page. */
import { cpu } from '@spikeward/backend-cpu'
import { relativeL2 } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import { type FrontsFrame, makeFronts } from '../../src/worker/later/makeFronts.js'
import { isTrue, small, visit } from '../support/site.js'
import { inBrowser, picture, section, useStage } from '../support/stage.js'

describe('the worker', () => {
  it('moves a field it has never seen, with fewer operations and more error the higher the threshold', async () => {
    await using backend = await cpu({ threads: 1 })
    const fronts = makeFronts(backend)
    const film = async (threshold: number): Promise<FrontsFrame[]> => {
      const frames: FrontsFrame[] = []
      for (let i = 0; i < 20; i++) frames.push(await fronts({ threshold, begin: i === 0 }))
      return frames
    }
    const shareOf = (frames: readonly FrontsFrame[]): number =>
      frames.reduce((n, { events, dense }) => n + events.operations / dense.operations, 0) / frames.length
    const [none, some, many] = [await film(0), await film(0.003), await film(0.1)]
    expect(none.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    // A threshold of 0 is the dense network, in which every unit sends.
    expect(none.at(-1)!.events.error).toBeCloseTo(none.at(-1)!.dense.error, 5)
    for (const frames of [none, some, many]) expect(frames.at(-1)!.dense.error).toBeLessThan(0.02)
    expect(some.at(-1)!.events.error).toBeLessThan(0.02)
    expect(shareOf(some)).toBeLessThan(0.6)
    expect(shareOf(many)).toBeLessThan(0.7 * shareOf(some))
    expect(many.at(-1)!.events.error).toBeGreaterThan(some.at(-1)!.events.error)
    // Each frame has the truth of its step, from which its error follows.
    for (const { truth, dense } of none) expect(relativeL2(dense.field, truth)).toBe(dense.error)
    expect(none[0]!.truth).not.toEqual(none[1]!.truth)
    // Messages of a cell: the field itself and twelve channels.
    expect(Math.max(...some[0]!.messages)).toBeLessThanOrEqual(13)
    // The next question begins another field.
    const next = await fronts({ threshold: 0.1, begin: false })
    expect([next.step, next.time]).toEqual([1, 0.1])
  })
})

describe('the page', () => {
  const stage = useStage(false)

  inBrowser('loads the fronts when they come into view, moves them, and follows the threshold', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(1), { reducedMotion: 'no-preference' })
    const fronts = section(page, 'When spikes pay')
    const stepOf = async (): Promise<number> => {
      // Sections above it grow while they load.
      await fronts.scrollIntoViewIfNeeded()
      const output = page.getByTestId('fronts')
      return (await output.count()) === 0 ? 0 : Number(await output.getAttribute('data-step'))
    }
    await expect.poll(stepOf, { timeout: 120_000 }).toBeGreaterThan(0)
    const share = async (): Promise<number> => {
      await fronts.getByRole('button', { name: 'Another field' }).click()
      await isTrue(
        page,
        () => document.querySelector<HTMLElement>('[data-testid=fronts]')?.dataset['step'] === '1',
        null,
      )
      await isTrue(
        page,
        () => Number(document.querySelector<HTMLElement>('[data-testid=fronts]')?.dataset['step']) > 5,
        null,
      )
      return Number(await page.getByTestId('fronts').getAttribute('data-share'))
    }
    const usual = await share()
    expect(Number(await page.getByTestId('fronts').getAttribute('data-error'))).toBeLessThan(0.1)
    await fronts.getByRole('slider').fill('-1')
    expect(await share()).toBeLessThan(usual)
    await fronts.getByRole('button', { name: 'Pause' }).click()
    for (const name of ['truth', 'event by event', 'dense', 'messages'])
      expect(await fronts.getByRole('img', { name: `${name} as a map` }).isVisible()).toBe(true)
    expect(await fronts.getByLabel('Error of each step beside the truth').count()).toBe(1)
    await picture(fronts, 'fronts', 60)
    expect(wrong).toEqual([])
    await page.context().close()
  })
})
