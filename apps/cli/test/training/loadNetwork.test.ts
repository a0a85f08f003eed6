/**
 * A checkpoint is complete: it alone rebuilds the network, with the same numbers, and one of another network is
 * refused.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type LoadedNetwork, loadNetwork } from '@spikeward/experiment'
import { decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-load-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const place = (name: string): string => join(folder, name)

/** The checkpoint that the run reported. */
function bytesOf(name: string): Uint8Array {
  for (const file of ['solved', 'best', 'checkpoint'])
    try {
      return readFileSync(join(place(name), `${file}.safetensors`))
    } catch {
      // The run stored none.
    }
  throw new Error(`no checkpoint in ${name}`)
}

/** `tiny` without its widths. */
const base = tiny.filter((word, i) => !/--(hidden|batch)/.test(`${word} ${tiny[i - 1]}`))

/** The same on data of one's own, where trials would choose the estimator. */
const own = [...base, '--no-trial']

const rows = Array.from({ length: 40 }, (_, i) => [5 + i / 7, -3 * ((i * 11) % 17), 100 * Math.sin(i / 3)] as const)

const plate = {
  name: 'plate',
  axes: { x: [0, 2], y: [-1, 1] },
  constants: { c: 3 },
  coefficients: { k: 2 },
  equations: ['k*(u_xx + u_yy) + c'],
  hard: { u: 'x*(2 - x)*u + c' },
  points: { train: 30, test: 20, validation: 20 },
}

type Predicted = { readonly coordinates: readonly number[]; readonly values: readonly number[] }

/** The prediction of the command, and the same of the checkpoint alone. */
async function both(name: string, points: Float64Array, functions?: Float64Array) {
  const { inputs, sensors } = (await loadNetwork(bytesOf(name))).shape
  const data = place(`${name}.json.csv`)
  const table = functions ?? points
  const width = functions === undefined ? inputs : sensors!
  const lines = Array.from({ length: table.length / width }, (_, r) =>
    [...table.subarray(r * width, (r + 1) * width)].join(','),
  )
  writeFileSync(data, `${lines.join('\n')}\n`)
  const out = place(`${name}-found.json`)
  const { code, err } = await run('predict', place(name), '--data', data, '--out', out, '--quiet', '--force')
  expect([code, err.replace(/^note: .* in their order\n/, '')]).toEqual([0, ''])
  const { values } = JSON.parse(readFileSync(out, 'utf8')) as Predicted
  return values
}

/** Loads with neither the folder of the run nor its data in place. */
async function alone(name: string): Promise<LoadedNetwork> {
  const bytes = bytesOf(name)
  return loadNetwork(bytes)
}

test.each(['branch,trunk', 'none'])(
  'a table whose inputs and outputs are far from [−1, 1], with --spiking %s',
  async (spiking) => {
    writeFileSync(place('table.csv'), `a,b,y\n${rows.map((row) => row.join(',')).join('\n')}\n`)
    const words = [
      'table',
      '--data',
      place('table.csv'),
      '--inputs',
      'a,b',
      '--outputs',
      'y',
      '--hidden',
      '6',
      '--batch',
      '8',
      '--spiking',
      spiking,
    ]
    expect(await run('train', ...words, ...own, '--out', place(`table-${spiking}`))).toMatchObject({ code: 0 })
    const points = Float64Array.from([6, -10, 9, -40])
    const expected = await both(`table-${spiking}`, points)
    rmSync(place('table.csv'))
    using loaded = await alone(`table-${spiking}`)
    expect(loaded.shape).toMatchObject({ inputs: 2, outputs: 1, sensors: null })
    expect([...(await loaded.predict(points))]).toEqual(expected)
    await expect(loaded.predict(Float64Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    await expect(loaded.predict(points, points)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
  },
)

test('an equation in JSON with a condition in its output and a coefficient', async () => {
  writeFileSync(place('plate.json'), JSON.stringify(plate))
  const words = [place('plate.json'), '--hidden', '6', '--spiking', 'trunk']
  expect(await run('train', ...words, ...base, '--out', place('plate'))).toMatchObject({ code: 0 })
  const points = Float64Array.from([0, 0.5, 1.25, -0.25, 1.9, 0.9])
  const expected = await both('plate', points)
  rmSync(place('plate.json'))
  using loaded = await alone('plate')
  expect([...(await loaded.predict(points))]).toEqual(expected)
  // The condition holds at x = 0, where u = c.
  expect(expected[0]).toBe(3)
})

describe.each([
  ['deeponet', []],
  ['modified-deeponet', ['--spiking', 'none']],
  ['pod-deeponet', []],
  ['deeponet', ['--components', '3']],
  ['seponet', ['--amplitude', 'divide']],
  ['deeponet', ['--amplitude', 'tell']],
] as const)('%s %s', (network, more) => {
  const name = `${network}${more.join('')}`

  test('the operator of a problem by name', async () => {
    const sizes = [
      '--branch',
      network.startsWith('modified') ? '6' : '5',
      '--trunk',
      network.startsWith('modified') ? '6' : '4',
    ]
    const words = [
      'poisson-1d',
      '--network',
      network,
      ...more,
      '--sizes',
      '12,4,4',
      ...sizes,
      '--features',
      '3',
      '--batch',
      '4',
    ]
    const trained = await run('train', ...words, ...base, '--out', place(name))
    expect([trained.code, trained.err.replaceAll(/^note: .*\n/gm, '')]).toEqual([0, ''])
    using loaded = await alone(name)
    const sensors = loaded.shape.sensors!
    const functions = Float64Array.from({ length: 2 * sensors }, (_, i) => Math.sin(i / 9) + i / 100)
    const expected = await both(name, Float64Array.of(), functions)
    const count = expected.length / 2
    const [low, high] = loaded.shape.domain[0]!
    const points = Float64Array.from({ length: count }, (_, p) => low + ((high - low) * p) / (count - 1))
    // JSON knows no −0.
    expect(Array.from(await loaded.predict(points, functions), (v) => v + 0)).toEqual(expected)
  })
})

test.each([
  ['poisson-pinn', 'pinn', ['--spiking', 'none']],
  ['inverse-poisson', 'modified-pinn', ['--estimator', 'rfg', '--hidden', '6,6']],
  ['helmholtz-2d', 'separable-pinn', ['--estimator', 'rfg']],
] as const)('the solution of %s by %s', async (problem, network, more) => {
  const name = `${problem}-${network}`
  const words = [problem, '--network', network, '--hidden', '6', ...more, ...base]
  const trained = await run('train', ...words, '--out', place(name))
  expect([trained.code, trained.err.replaceAll(/^note: .*\n/gm, '')]).toEqual([0, ''])
  using loaded = await alone(name)
  const { domain } = loaded.shape
  const points = Float64Array.from([0.1, 0.35, 0.8].flatMap((t) => domain.map(([low, high]) => low + t * (high - low))))
  const expected = await both(name, points)
  expect(Array.from(await loaded.predict(points), (v) => v + 0)).toEqual(expected)
})

test('a network from a NIR file', async () => {
  writeFileSync(place('nir.csv'), `a,b,y\n${rows.map((row) => row.join(',')).join('\n')}\n`)
  const data = ['table', '--data', place('nir.csv'), '--inputs', 'a,b', '--outputs', 'y', '--batch', '8', ...own]
  await run('train', ...data, '--hidden', '6', '--out', place('first'))
  expect((await run('export', place('first'), place('first.nir'), '--allow-lossy', '--quiet')).code).toBe(0)
  const trained = await run('train', ...data, '--network', `nir:${place('first.nir')}`, '--out', place('nir'))
  expect([trained.code, trained.err]).toEqual([0, ''])
  const points = Float64Array.from([6, -10, 9, -40])
  const expected = await both('nir', points)
  rmSync(place('first.nir'))
  using loaded = await alone('nir')
  expect(Array.from(await loaded.predict(points), (v) => v + 0)).toEqual(expected)
})

test('several input functions, each with a branch', async () => {
  const words = ['advection-diffusion', '--network', 'mionet', '--sizes', '12,4,4', '--branch', '5', '--trunk', '4']
  const trained = await run('train', ...words, '--features', '3', '--batch', '4', ...base, '--out', place('mionet'))
  expect([trained.code, trained.err.replaceAll(/^note: .*\n/gm, '')]).toEqual([0, ''])
  using loaded = await alone('mionet')
  const sensors = loaded.shape.sensors!
  const functions = Float64Array.from({ length: sensors }, (_, i) => Math.sin(i / 9) + i / 100)
  const expected = await both('mionet', Float64Array.of(), functions)
  const { coordinates } = JSON.parse(readFileSync(place('mionet-found.json'), 'utf8')) as Predicted
  const found = await loaded.predict(Float64Array.from(coordinates), functions)
  expect(Array.from(found, (v) => v + 0)).toEqual(expected)
})

test('a checkpoint of another network is refused where it lies in the folder of a run', async () => {
  writeFileSync(place('near.csv'), `a,b,y\n${rows.map((row) => row.join(',')).join('\n')}\n`)
  writeFileSync(place('far.csv'), `a,b,y\n${rows.map(([a, b, y]) => [10 * a, b, y].join(',')).join('\n')}\n`)
  for (const name of ['near', 'far'])
    await run(
      'train',
      'table',
      '--data',
      place(`${name}.csv`),
      '--inputs',
      'a,b',
      '--outputs',
      'y',
      '--hidden',
      '6',
      '--batch',
      '8',
      ...own,
      '--out',
      place(name),
    )
  for (const file of ['checkpoint', 'best', 'solved'])
    if (existsSync(join(place('far'), `${file}.safetensors`)))
      cpSync(join(place('far'), `${file}.safetensors`), join(place('near'), `${file}.safetensors`))
  const { code, err } = await run('evaluate', place('near'), '--quiet')
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/belongs to another network: data\.domain\.*.* \[CHECKPOINT_MISMATCH\]/),
  ])
})

test('a checkpoint without a record, or with a damaged one, or with packages, is refused', async () => {
  const { model, ...snapshot } = decodeCheckpoint(bytesOf('near'))
  const codeOf = async (changed: typeof model): Promise<string> =>
    loadNetwork(encodeCheckpoint({ ...snapshot, ...(changed === undefined ? {} : { model: changed }) })).then(
      () => 'loaded',
      (error: unknown) => (error as { readonly code: string }).code,
    )
  expect(await codeOf(undefined)).toBe('CHECKPOINT_INCOMPLETE')
  expect(await codeOf({ version: 1 })).toBe('CHECKPOINT_CORRUPT')
  expect(await codeOf(model)).toBe('loaded')
  const settings = model!['settings'] as Readonly<Record<string, string>>
  expect(await codeOf({ ...model, settings: { ...settings, surrogate: './mine.mjs#mine' } })).toBe('CHECKPOINT_PLUGINS')
  // Sizes are compared before memory is taken for them.
  for (const hidden of [[7], [30_000, 30_000], [100_000, 100_000]])
    expect(await codeOf({ ...model, settings: { ...settings, hidden } as never })).toBe('CHECKPOINT_MISMATCH')
  // A long record is read as well as a short one.
  const long = { problem: 'parabola', options: { note: 'x'.repeat(20_000) }, key: 0 }
  expect(await codeOf({ ...model, settings: { ...settings, surrogate: './mine.mjs#mine' }, conditions: long })).toBe(
    'CHECKPOINT_PLUGINS',
  )
  // Nor are files of this machine read.
  expect(await codeOf({ ...model, conditions: { ...long, problem: './mine.json' } })).toBe('CHECKPOINT_CORRUPT')
  expect(await codeOf({ ...model, settings: { ...settings, network: 'nir:mine.nir' } })).toBe('CHECKPOINT_CORRUPT')
})
