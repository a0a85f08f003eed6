import { cpu } from '@spikeward/backend-cpu'
import type { Backend } from '@spikeward/core'
import { activity, bp, eligibility, rateBackpropagation, rfg } from '@spikeward/estimators'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { byEstimator, byOnline, compared, memoryOf } from './measure.js'
import type { Method } from './measure.js'
import { rows } from './rows.js'
import type { Row } from './rows.js'

/**
 * A method's name in the README, the least cosine in each layer, and the distance of its part along the gradient from
 * 1.
 */
type Case = readonly [name: string, method: Method, cosine: number, bias: number]

const exact = byEstimator(bp())
const always: readonly Case[] = [
  ['bp', exact, 0.9999, 1e-5],
  ['rfg', byEstimator(rfg({ directions: 256 })), -1, 0.25],
]
/** Rates of a recurrent network leave out the error that its weights pass from step to step. */
const ofRates = ({ recurrent }: Row, [cosine, bias] = recurrent ? [0.75, 0.25] : [0.95, 0.15]): readonly Case[] => [
  ['eligibility', byEstimator(eligibility({ directions: 256 })), -1, 0.15],
  ['rateBackpropagation', byEstimator(rateBackpropagation()), cosine, bias],
  ['rateBackpropagation, weight mirror', byEstimator(rateBackpropagation({ transport: 'weightMirror' })), cosine, bias],
  ['activity', byEstimator(activity({ directions: 256 })), -1, 0.15],
]
const ofSteps: readonly Case[] = [
  ['online, dRtrl', byOnline('dRtrl'), -1, 0.25],
  ['online, meanField', byOnline('meanField'), -1, 0.25],
]
const cases = (row: Row): readonly Case[] => [...always, ...(row.everyStep ? ofSteps : ofRates(row))]

let backend: Backend
const lines: string[] = []
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend[Symbol.asyncDispose]())

it.each(rows.flatMap((row) => cases(row).map((c) => [row.name, c[0], row, c] as const)))(
  '%s, %s: cosine to bp in each layer, bias, and memory over time',
  async (_row, _name, row, [name, method, least, bias]) => {
    const { cosines, part } = await compared(row, method, exact)
    const growth = memoryOf(row, method, 256, backend) / memoryOf(row, method, 16, backend)
    const layers = Object.values(cosines)
    for (const [layer, cosine] of Object.entries(cosines)) expect(cosine, layer).toBeGreaterThan(least)
    expect(Math.abs(part - 1)).toBeLessThan(bias)
    if (name === 'bp') expect(growth).toBeGreaterThan(10)
    // The sequences of the recurrent task are data that grow with time.
    else expect(growth).toBeLessThan(row.everyStep ? 1.7 : 1.01)
    const numbers = [layers.map((c) => c.toFixed(2)).join(' '), part.toFixed(2), growth.toFixed(2)]
    lines.push(`| ${row.name} | ${name} | ${numbers.join(' | ')} |`)
  },
)

it('are the table of measures.md', async () => {
  const head = [
    '# Gradients of the six networks',
    '',
    'Before training, over the weights of each layer in the order of the forward pass. Estimators with noise draw 256 directions.',
    '`part` is the part of an estimate along the gradient, ⟨ĝ, g⟩/⟨g, g⟩ over all parameters: 1 without bias, within about 0.1 for `rfg`.',
    '`memory` is the workspace for 256 time steps over that for 16. `npx vitest run examples/networks` compares this page with the',
    'measurement, and writes it with `-u`.',
    '',
    '| network | estimator | cosine to `bp`, layer by layer | part | memory |',
    '|---|---|---|---|---|',
  ]
  await expect(`${[...head, ...lines].join('\n')}\n`).toMatchFileSnapshot('../measures.md')
})
