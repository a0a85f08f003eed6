/** The trained network of the page in files that need no Spikeward. */
import { readFile } from 'node:fs/promises'
import { referenceBackend } from '@spikeward/core'
import { snapshotOf } from '@spikeward/train'
import { describe, expect, it } from 'vitest'
import { withSamples } from '../src/settings/own.js'
import { type Settings, contenderFor, settingsFor } from '../src/settings/settings.js'
import { buildShared } from '../src/worker/trainer.js'
import { makeExport } from '../src/worker/later/deploy.js'
import { wholeCatalogue } from '../src/worker/later/later.js'
import { firstVariables } from '../src/worker/runner.js'
import { isStatus, visit } from './support/site.js'
import { smallOperator } from './support/smallOperator.js'
import { inBrowser, useStage } from './support/stage.js'

const part = { hidden: [6], time: 4, batch: 2, contenders: [contenderFor('rfg')] }
const runs: readonly Settings[] = [
  { ...settingsFor('mexicanHat'), ...part },
  { ...settingsFor('heat1d', wholeCatalogue.tuned), hidden: [6], time: 4, batch: 8 },
  smallOperator('poisson1d'),
  withSamples({ ...settingsFor('parabola'), ...part }, 1, [
    [-0.5, 0.5],
    [0.5, -0.5],
  ]),
]

type Rows = readonly (readonly number[])[]
type Predict = (given: Rows | { readonly input: readonly number[]; readonly points: Rows }) => number[][]

describe('the network of a run', () => {
  it.each(runs)('as a module answers as the page does: $problem', async (settings) => {
    const backend = referenceBackend()
    const shared = await buildShared(settings)
    const variables = await firstVariables(shared, settings, backend)
    const { prediction } = await shared.view().measure().evaluate(variables)
    const snapshot = await snapshotOf(variables, { step: 0, seconds: 0, forwardEquivalents: 0 })
    const write = makeExport(backend, () => Promise.resolve(shared))
    const { files } = await write({ settings, contender: 0, snapshot, format: 'module' })
    expect(files.map(({ name }) => name)).toEqual([expect.stringMatching(/^[a-z0-9-]+\.js$/)])
    const { predict, network } = (await import(
      `data:text/javascript,${encodeURIComponent(String(files[0]!.content))}`
    )) as { predict: Predict; network: { inputs: string[] } }
    const { target } = shared.view()
    expect(network.inputs).toHaveLength(target.axes.length)
    // The fourth point: a hard condition may fix the first one.
    const place = [...target.x.subarray(3 * target.inputs, 4 * target.inputs), ...target.rest]
    const input = (target.operator?.input ?? []).flatMap(({ y }) => [...y.filter((_, i) => i % target.outputs === 0)])
    const [[answer] = []] = predict(input.length === 0 ? [place] : { input, points: [place] })
    expect(answer).not.toBe(0)
    expect(answer).toBeCloseTo(prediction[3]!, 4)
  })

  it('has every format that the package writes', () => {
    expect(wholeCatalogue.formats).toEqual(['module', 'html', 'onnx', 'python'])
  })
})

const stage = useStage(false)
const quick = 'backend=cpu&problem=parabola&hidden=6&time=4&steps=20&contender=eligibility,learningRate:0.03'

describe('the page', () => {
  inBrowser('saves its network as a page and as Python with its weights', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, quick)
    await isStatus(page, 'done')
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Network: html' }).click()
    const file = await saved
    expect(file.suggestedFilename()).toBe('parabola.html')
    expect(await readFile(await file.path(), 'utf8')).toMatch(/^<!doctype html>/i)
    await page.getByRole('button', { name: 'Network: python' }).click()
    await page.getByText('Saved parabola.py and parabola.safetensors.').waitFor()
    expect(wrong).toEqual([])
    await page.context().close()
  })
})
