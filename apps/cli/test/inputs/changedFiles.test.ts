/** A run is refused where a file that it reads has other content than when it began: the error names the file. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultCacheFolder, encodeNpy } from '@spikeward/problems/node'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli } from '../../src/program.js'
import { readConfig } from '@spikeward/experiment'
import { tasksOf } from '@spikeward/experiment/node'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-changed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const home = process.cwd()
beforeEach(() => process.chdir(folder))
afterEach(() => process.chdir(home))

const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** Options of a small run of an equation. */
const small = tiny.filter((word, i) => word !== '--batch' && tiny[i - 1] !== '--batch')

const compared = [
  '--backend',
  'reference',
  '--hidden',
  '6',
  '--time',
  '4',
  '--directions',
  '1',
  '--quiet',
  '--no-figures',
]

const square = '[[0,0],[1,0],[1,1],[0,1]]'
const heat = (constant: number): string =>
  JSON.stringify({
    name: 'heat',
    shape: { polygon: 'shapes/plate.json' },
    constants: { c: constant },
    coefficients: { k: 1 },
    equations: ['k*(u_xx + u_yy) + c'],
    conditions: [{ dirichlet: { u: 0 } }, { measured: { file: 'probes.csv' } }],
    points: { train: 40, test: 20, validation: 20 },
  })

/** The files, each before and after an edit. */
const files: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'heat.json': [heat(1), heat(2)],
  'probes.csv': ['x,y,u\n0.5,0.5,0.1\n0.2,0.2,0.05\n', 'x,y,u\n0.5,0.5,0.9\n0.2,0.2,0.05\n'],
  'shapes/plate.json': [square, '[[0,0],[2,0],[2,1],[0,1]]'],
  'parts.mjs': [
    "import { slope } from './lib/slope.mjs'\nexport const mine = () => ({ name: 'mine', smoothness: 0, support: 'full', slope })\n",
    "import { slope } from './lib/slope.mjs'\nexport const mine = () => ({ name: 'mine', smoothness: 1, support: 'full', slope })\n",
  ],
  'lib/slope.mjs': ['export const slope = (u) => u\n', 'export const slope = (u) => u // edited\n'],
  'table.csv': [tableOf(1), tableOf(2)],
}

function tableOf(scale: number): string {
  return `a,b,y\n${Array.from({ length: 30 }, (_, i) => `${i},${(i * 7) % 11},${Math.sin(i * scale)}`).join('\n')}\n`
}

const restore = (): void => {
  for (const [name, [before]] of Object.entries(files)) write(name, before)
}

describe.each([
  ['an equation', ['./heat.json', ...small], ['heat.json', 'shapes/plate.json', 'probes.csv']],
  ['a table', ['table', '--data', 'table.csv', '--inputs', 'a:b', '--outputs', 'y', ...tiny], ['table.csv']],
  ['a plug-in', ['parabola', '--surrogate', './parts.mjs#mine', ...tiny], ['parts.mjs', 'lib/slope.mjs']],
])('%s', (what, words, names) => {
  const place = join(folder, what.replaceAll(' ', '-'))

  test('trains, and is refused after each edit by every command that opens it', async () => {
    restore()
    const trained = await run('train', ...words, '--out', place)
    expect([trained.code, trained.err]).toEqual([0, ''])
    // As a run that was killed before its last step leaves it.
    const unfinished = `${place}-unfinished`
    cpSync(place, unfinished, { recursive: true })
    for (const file of ['summary.json', 'checkpoint.safetensors', 'best.safetensors'])
      rmSync(join(unfinished, file), { force: true })
    const stored = JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')) as { files: Record<string, string> }
    expect(Object.keys(stored.files).map((name) => name.replace(`${folder}/`, ''))).toEqual(names)
    write('points.csv', 'a,b,x,y\n0.1,0.2,0.3,0.4\n')
    for (const name of names) {
      restore()
      write(name, files[name]![1])
      for (const command of [
        ['evaluate', place],
        ['resume', unfinished],
        ['predict', place, '--data', 'points.csv', '--out', join(folder, 'out.csv')],
        ['export', place, join(folder, 'out.nir')],
      ]) {
        const { code, err } = await run(...command)
        expect([command[0], code, err]).toEqual([
          command[0],
          expect.any(Number),
          expect.stringMatching(new RegExp(`${name} was changed since the run began.*\\[CLI_FILE_CHANGED\\]`)),
        ])
        expect(code).not.toBe(0)
      }
    }
    restore()
    expect((await run('evaluate', place, '--quiet')).code).toBe(0)
    expect((await run('resume', unfinished, '--quiet')).code).toBe(0)
  })
})

test('a comparison is refused where its stored trials read other content', async () => {
  restore()
  const words = ['compare', './heat.json', '--estimators', 'rfg', '--steps', '3', '--keys', '1', '--rates', '1']
  const all = [...words, ...compared, '--out', join(folder, 'comparison')]
  const first = await run(...all)
  expect([first.code, first.err]).toEqual([0, ''])
  write('probes.csv', files['probes.csv']![1])
  const { code, err } = await run(...all)
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^error: probes.csv was changed since the trials in .* ran .*--out \[CLI_FILE_CHANGED\]/),
  ])
  restore()
  expect((await run(...all)).code).toBe(0)
})

test('a job of a queue is refused on a machine that has other content', async () => {
  restore()
  const place = join(folder, 'for-the-queue')
  await run('train', './heat.json', ...small, '--out', place)
  const stored = JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
  const config = readConfig(stored, place)
  const tasks = tasksOf(
    { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined },
    runCli,
  )
  const trial = (): Promise<unknown> => tasks['trial']!({ config, measure: 'validation', clock: null } as never)
  expect(await trial()).toMatchObject({ value: { failure: null } })
  write('heat.json', files['heat.json']![1])
  await expect(trial()).rejects.toMatchObject({ code: 'CLI_FILE_CHANGED' })
})

test('arrays in files beside the data, and the network of a run folder', async () => {
  const npy = (values: readonly number[]): Uint8Array =>
    encodeNpy({ shape: [values.length], data: Float64Array.from(values) })
  const numbers = Array.from({ length: 30 }, (_, i) => i / 30)
  writeFileSync('x.npy', npy(numbers))
  writeFileSync('y.npy', npy(numbers.map(Math.sin)))
  const place = join(folder, 'arrays')
  const words = ['table', '--data', 'x.npy', '--inputs', 'x', '--outputs', 'y.npy#y', ...tiny]
  expect(await run('train', ...words, '--out', place)).toMatchObject({ code: 0, err: '' })
  writeFileSync('y.npy', npy(numbers.map(Math.cos)))
  expect((await run('evaluate', place)).err).toMatch(/y\.npy was changed since the run began/)

  const first = join(folder, 'first')
  await run('train', 'parabola', ...tiny, '--out', first)
  expect((await run('export', first, join(folder, 'first.nir'), '--allow-lossy')).code).toBe(0)
  const read = join(folder, 'read')
  await run(
    'train',
    'parabola',
    ...tiny.filter((word, i) => !/hidden/.test(word + tiny[i - 1])),
    '--network',
    `nir:${folder}/first.nir`,
    '--out',
    read,
  )
  rmSync(join(folder, 'first.nir'))
  expect((await run('evaluate', read, '--quiet')).err).toBe('')
  writeFileSync(join(read, 'network.nir'), 'edited')
  expect((await run('evaluate', read, '--quiet')).err).toMatch(/network\.nir was changed since the run began/)
})

test('the functions of a package are generated again when its source was edited', async () => {
  const problems = fileURLToPath(new URL('../../../../packages/problems/dist/index.js', import.meta.url))
  const source = `import { poisson1d } from '${problems}'
export const scaled = () => ({ ...poisson1d({ train: 8, validation: 4, test: 4, sensors: 8, points: 16 }), name: 'edited' })
`
  const stored = (): number =>
    readdirSync(defaultCacheFolder()).filter((name) => name.startsWith('edited-train-')).length
  for (const [i, edit] of ['', '// edited', ''].entries()) {
    // A process loads a module once, so each version has a folder of its own; its name in the settings is the same.
    write(`version-${i}/scaled.mjs`, source + edit)
    process.chdir(join(folder, `version-${i}`))
    const sizes = ['--branch', '4', '--trunk', '4', '--features', '4', '--batch', '4']
    const words = ['./scaled.mjs#scaled', ...small.filter((word, n) => !/hidden/.test(word + small[n - 1])), ...sizes]
    const { code, err } = await run('train', ...words, '--out', join(folder, `version-${i}`, 'run'))
    expect([code, err]).toEqual([0, ''])
    expect(stored()).toBe(i === 0 ? 1 : 2)
  }
})
