/** The JavaScript module of a run gives the numbers of the command. */
import { readFileSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'
import { type Facts, commanded, inRows, queries, runNames, runsFolder, trained } from './runs.js'

const folder = runsFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Module = { readonly default: (input: unknown) => readonly unknown[]; readonly network: Facts }

/** The text without its weights. */
const code = (text: string): string => text.replace(/atob\('[^']*'\)/, "atob('')")

describe.each(runNames)('%s', (name) => {
  test('predicts as the command does, from one file of at most 15 kB besides its weights', async () => {
    const path = await trained(folder, name)
    const file = `${path}.mjs`
    const exported = await run('export', path, file, '--to', 'module')
    expect(exported).toMatchObject({ code: 0, err: '', out: `${file}\n` })
    const text = readFileSync(file, 'utf8')
    expect(text).not.toMatch(/^import|\brequire\(|[^.]\bimport\(/m)
    expect(code(text).length).toBeLessThan(15_000)
    const { default: predict, network } = (await import(pathToFileURL(file).href)) as Module
    const rows = queries(network, network.sensors === undefined ? 300 : 6)
    const { values, coordinates } = await commanded(path, rows)
    const points = inRows(coordinates, network.inputs.length)
    const found: readonly unknown[] = network.sensors === undefined ? predict(rows) : predict({ input: rows, points })
    const scale = Math.max(1, ...values.map(Math.abs))
    const errors = (found.flat(2) as readonly number[]).map((v, i) => Math.abs(v - values[i]!) / scale)
    expect(errors).toHaveLength(values.length)
    expect(Math.max(...errors)).toBeLessThan(1e-6)
    if (network.sensors !== undefined) expect(predict({ input: rows[1], points })).toEqual(found[1])
    expect(() => predict(network.sensors === undefined ? [[1, 2, 3]] : { input: [1], points })).toThrow(/numbers, and/)
    expect(() => predict(network.sensors === undefined ? [] : { input: rows, points: [] })).toThrow(/give at least one/)
  })
})

test('a file is not replaced without --force, and a block is for NIR', async () => {
  const [path, file] = [`${folder}/table`, `${folder}/table.mjs`]
  expect((await run('export', path, file, '--to', 'module')).err).toContain('--force')
  expect((await run('export', path, file, '--to', 'module', '--force', '--json')).out).toBe(
    `${JSON.stringify({ run: path, out: file, format: 'module', files: [file] })}\n`,
  )
  expect((await run('export', path, `${folder}/b.mjs`, '--to', 'module', '--part', 'trunk')).err).toContain(
    '--part is for --to nir',
  )
})
