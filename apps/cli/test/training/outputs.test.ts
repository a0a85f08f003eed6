import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resultSpecs } from '@spikeward/experiment/node'
import { drawn, run, tiny } from '../fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-outputs-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The labels of panels in a figure. */
const labelsOf = (svg: string): string[] => [...svg.matchAll(/>(output [^<]*)</g)].map(([, label = '']) => label)

test('of a table of two outputs each is drawn, by the name of its column', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [i / 60, Math.sin(i / 9), Math.cos(i / 9)].join(','))
  const table = join(folder, 'table.csv')
  await writeFile(table, ['speed,lift,drag', ...rows].join('\n'))
  const out = join(folder, 'table')
  const own = ['--data', table, '--inputs', 'speed', '--outputs', 'lift:drag']
  const ran = await run('train', ...own, ...drawn(tiny), '--out', out)
  expect([ran.code, ran.err]).toEqual([0, ''])
  const svg = await readFile(join(out, 'result.svg'), 'utf8')
  expect(labelsOf(svg)).toEqual(['output lift', 'output drag'])
  for (const axis of ['speed', 'lift', 'drag']) expect(svg).toContain(`>${axis}</text>`)
  const measured = await run('evaluate', out, '--figure', '--backend', 'reference', '--quiet')
  expect(measured.code).toBe(0)
  expect(labelsOf(await readFile(join(out, 'evaluation.svg'), 'utf8'))).toEqual(['output lift', 'output drag'])
})

/** A function of points as {@link resultSpecs} reads it. */
const pointsOf = (inputs: number, outputs: number) => {
  const count = 5
  const x = Float64Array.from({ length: count * inputs }, (_, i) => i)
  const y = Float64Array.from({ length: count * outputs }, (_, i) => 10 * (i % outputs) + Math.floor(i / outputs))
  const problem = { outputs, domain: Array.from({ length: inputs }, () => [0, 1] as const) }
  const names = {
    inputs: ['a', 'b', 'c'].slice(0, inputs),
    outputs: Array.from({ length: outputs }, (_, o) => `u_${o}`),
    named: false,
    columns: null,
  }
  return { experiment: { problem, names }, x, y }
}

const drawnOf = (inputs: number, outputs: number): string => {
  const { experiment, x, y } = pointsOf(inputs, outputs)
  const points = { x, y, count: 5, grid: null }
  const measured = { prediction: y, relativeL2: 0, relativeL2Pooled: 0, perFunction: null }
  const { result } = resultSpecs(experiment, { kind: 'points', points }, measured, null, { title: 'a run' })
  return JSON.stringify(result)
}

test('each output has its own values, whatever the number of inputs', () => {
  for (const inputs of [1, 2, 3]) {
    const text = drawnOf(inputs, 2)
    expect([inputs, text.includes('output u_0'), text.includes('output u_1')]).toEqual([inputs, true, true])
    // The outputs are 0 to 4 and 10 to 14.
    expect([inputs, text.match(/"(y|v|target)":3\b/g) === null, text.match(/"(y|v|target)":13\b/g) === null]).toEqual([
      inputs,
      false,
      false,
    ])
    expect(drawnOf(inputs, 1)).not.toContain('output u_0')
  }
})

test('of very many outputs the first are drawn, which the title states', () => {
  const text = drawnOf(3, 9)
  expect(text.match(/output u_\d/g)).toHaveLength(6)
  expect(text).toContain('the first 6 of 9 outputs')
})
