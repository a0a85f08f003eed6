/** Sequences: the worker that learns them, and their section of the page. */
import { readFileSync } from 'node:fs'
import { encodeNpy, openDataFile } from '@spikeward/problems/node'
import { describe, expect, it } from 'vitest'
import { encodeZip } from '../../../../packages/problems/src/node/files/zip.js'
import { type SequenceFrame, type SequenceRun, makeSequences } from '../../src/worker/later/makeSequences.js'
import { npzArrays } from '../../src/worker/later/npzArrays.js'
import type { OwnSequences } from '../../src/worker/later/ownSequences.js'
import { axeFindings } from '../support/axeFindings.js'
import { small, visit } from '../support/site.js'
import { gallery, inBrowser, picture, section, useStage } from '../support/stage.js'

const table = new URL('../../../../examples/sensors.csv', import.meta.url)
const usual: SequenceRun = {
  ...{
    task: 'classes',
    own: null,
    windowing: {},
    network: 'recurrent',
    estimator: 'realTimeRecurrent',
    steps: 20,
    compare: false,
  },
}
async function trained(run: Partial<SequenceRun>): Promise<SequenceFrame> {
  const follow = makeSequences()
  let frame = await follow({ begin: { ...usual, ...run } })
  while (frame.result === null) frame = await follow({ begin: null })
  return frame
}

describe('the worker', () => {
  it.each(['recurrent', 'gru', 'lstm'] as const)('trains %s on classes, and counts what it finds', async (network) => {
    const { step, loss, result } = await trained({ network, steps: 100, compare: network === 'recurrent' })
    expect(step).toBe(100)
    expect(loss).toBeLessThan(1)
    const { names, counts } = result!.classes!
    expect(names).toEqual(['sawtooth', 'sine', 'square'])
    const right = counts.reduce((sum, row, i) => sum + row[i]!, 0)
    const all = counts.flat().reduce((a, b) => a + b, 0)
    expect(result!.scores[0]![1]).toBeCloseTo(right / all)
    const others = Object.fromEntries(result!.scores)
    if (network === 'recurrent') expect(others['the most frequent class']).toBeCloseTo(1 / 3)
    else expect(Object.keys(others)).toEqual(['this network'])
  })

  it.each([
    ['tanks', 1, 0],
    ['forecast', 1, 32],
    ['filter', 1, 0],
  ] as const)('learns %s, and shows the targets beside its predictions', async (task, most, ahead) => {
    const { result } = await trained({ task, steps: 30 })
    expect(result!.scores[0]![1]).toBeLessThan(most)
    expect(result!.truth.length).toBe(result!.prediction.length)
    expect(result!.horizon).toHaveLength(ahead)
  })

  const rows = (of: (t: number, run: number) => readonly (string | number)[]): string =>
    Array.from({ length: 12 * 30 }, (_, i) => of(i % 30, Math.floor(i / 30)).join(';')).join('\n')
  const columns = { inputs: 'u', outputs: 'y', time: 't', run: '', horizon: 0, elapsed: false }
  const windowing = { window: 8, warmUp: 8, delays: 2 }
  it.each<[string, Partial<OwnSequences>]>([
    [
      'runs, dates and gaps',
      {
        content: `t;run;u;y\n${rows((t, r) => [`2026-12-03T05:${10 + t}:00Z`, r, t === 5 ? '' : t % 7, t % 5])}`,
        run: 'run',
      },
    ],
    [
      'a class of each run',
      {
        content: `# a note\nt;run;u;y\n${rows((t, r) => [t, r, (r % 2) * t, r % 2 === 0 ? 'on' : 'off'])}`,
        run: 'run',
      },
    ],
    [
      'rows that are not equally spaced',
      { content: `t;u;y\n${rows((t, r) => [30 * r + t + 0.4 * (t % 2), t % 7, t % 5])}`, elapsed: true },
    ],
  ])('learns a table of %s', async (_, own) => {
    const { result } = await trained({ own: { ...columns, content: '', ...own }, windowing, steps: 2 })
    expect(result!.scores[0]![1]).toBeGreaterThanOrEqual(0)
  })

  it.each(['plain.npz', 'packed.npz'])(
    'reads the arrays of %s, which NumPy has written, as Node does',
    async (name) => {
      const file = new URL(`../../../../packages/problems/test/fixtures/${name}`, import.meta.url)
      const arrays = await npzArrays(new Uint8Array(readFileSync(file)))
      const opened = await openDataFile(file.pathname)
      for (const one of ['f', 'u']) expect(arrays.get(one)).toMatchObject(await opened.read(one))
      await opened.close()
    },
  )

  it('learns classes of arrays, one number for each sequence, and says which array is not there', async () => {
    const entry = (name: string, shape: readonly number[], of: (i: number) => number) => {
      const count = shape.reduce((a, b) => a * b, 1)
      return [`${name}.npy`, encodeNpy({ shape, data: Float64Array.from({ length: count }, (_, i) => of(i)) })] as const
    }
    const x = entry('x', [40, 24, 1], (i) => Math.sin((1 + (Math.floor(i / 24) % 2)) * 0.3 * (i % 24)))
    const content = new Uint8Array(await encodeZip(new Map([x, entry('y', [40], (i) => 4 + 3 * (i % 2))])))
    const own = { ...columns, content, inputs: 'x', time: '' }
    const { result } = await trained({ own, steps: 2 })
    expect(result!.classes!.names).toEqual(['4', '7'])
    await expect(trained({ own: { ...own, outputs: 'z' } })).rejects.toThrow(
      'no array "z"; it has x [40 × 24 × 1], y [40]',
    )
    await expect(trained({ own: { ...own, content: content.subarray(0, 900) } })).rejects.toThrow('is no zip archive')
  })

  it('says which column is not there, and which field is no number', async () => {
    const own = { ...columns, content: 't;u\n0;1\n1;2' }
    await expect(trained({ own })).rejects.toThrow('no column "y"; it has t, u')
    await expect(trained({ own: { ...own, content: 't;u\n0;1\n1;two' } })).rejects.toThrow(
      '"two" in row 2 of "u" is no number',
    )
    await expect(trained({ own: { ...own, content: 't;u\n0;1;2' } })).rejects.toThrow('row 1 has 3 fields')
  })
})

describe('the page', () => {
  const stage = useStage(false)

  inBrowser('trains on classes, forecasts a table of its user, and says what is wrong with it', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, small(1))
    const title = 'Learn sequences'
    await page.getByRole('heading', { name: title }).waitFor()
    const part = section(page, title)
    await part.scrollIntoViewIfNeeded()
    const score = (): Promise<unknown> => page.waitForSelector('[data-testid=sequences]:not([data-score=""])')
    if (gallery === undefined) await part.getByLabel('Steps', { exact: true }).fill('60')
    await part.getByRole('button', { name: 'Train' }).click()
    await part.getByText('Sequences by their class').waitFor()
    expect(await part.getByRole('row').count()).toBeGreaterThan(8)
    await picture(part, 'classes', 40)
    await part.getByLabel('Task').selectOption('own')
    await part.locator('input[type=file]').setInputFiles(table.pathname)
    await part.getByLabel('Inputs').fill('temperature,load')
    await part.getByLabel('Outputs, or the class').fill('temperature')
    await part.getByLabel('Rows ahead').fill('6')
    await part.getByLabel('Steps', { exact: true }).fill(gallery === undefined ? '40' : '1000')
    await part.getByRole('button', { name: 'Train' }).click()
    await score()
    await part.getByText('the last known value').waitFor()
    await picture(part, 'sequences', 40)
    await part.getByLabel('Inputs').fill('pressure')
    await part.getByRole('button', { name: 'Train' }).click()
    await part.getByRole('alert').getByText('no column "pressure"').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(wrong).toEqual([])
    await page.context().close()
  })
})
