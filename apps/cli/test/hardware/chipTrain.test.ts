import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, tiny } from '../fakeIo.js'

let folder = ''
let trained = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-chip-train-'))
  trained = join(folder, 'run')
  expect((await run('train', 'parabola', ...tiny, '--hidden', '4,3', '--time', '4', '--out', trained)).code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true }))

type Summary = {
  readonly relativeL2: {
    readonly float: number
    readonly before: number
    readonly after: number
    readonly solved: number
  }
  readonly taken: number
  readonly files: readonly string[]
}

const short = ['--backend', 'cpu', '--steps', '3', '--batch', '8', '--quiet', '--json']

test('a run is tuned on an imperfect chip, by the key, and its file continues the training', async () => {
  const out = join(folder, 'tuned')
  const flags = ['--bits', '6', '--spread', '0.1', '--stuck', '0.05', '--rate', '3', '--key', '2', ...short]
  const first = await run('chip', 'train', trained, ...flags, '--nir', '--allow-lossy', '--out', out)
  expect(first.err).toContain('note: other readers')
  expect(first.code).toBe(0)
  const summary = JSON.parse(first.out) as Summary
  expect((await readdir(out)).sort()).toEqual([...summary.files].sort())
  expect(JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'))).toEqual(summary)
  expect(summary.taken).toBe(3)
  expect(Object.values(summary.relativeL2).every((e) => Number.isFinite(e))).toBe(true)
  const report = await readFile(join(out, 'report.md'), 'utf8')
  expect(report).toContain(summary.relativeL2.after.toFixed(4))
  expect(report).toContain('trace of estimates')
  // The words are those of the chip, and some have changed; the same key gives the same ones.
  const again = join(folder, 'again')
  await run('chip', 'train', trained, ...flags, '--out', again)
  const learned = await readFile(join(out, 'learned.json'), 'utf8')
  expect(await readFile(join(again, 'learned.json'), 'utf8')).toBe(learned)
  const { layers } = JSON.parse(learned) as { layers: { weight: number[]; working: number[] }[] }
  expect(layers.every(({ weight }) => weight.every((w) => w % 8 === 0 && w >= -256 && w <= 248))).toBe(true)
  const imported = await run(
    'import',
    join(out, 'network.nir'),
    '--out',
    join(folder, 'imported'),
    '--steps',
    '1',
    '--backend',
    'cpu',
  )
  expect(imported.err).not.toContain('error')
  expect(imported.code).toBe(0)
})

test('a problem is learned from scratch, with losses from error neurons and a solved readout', async () => {
  const out = join(folder, 'scratch')
  const network = ['--hidden', '4', '--time', '4']
  const how = ['--losses', 'errorNeuron', '--readout', 'solved', '--solve-every', '2', '--estimator', 'spsa']
  const { code, out: shown, err } = await run('chip', 'train', 'parabola', ...network, ...how, ...short, '--out', out)
  expect(err).not.toContain('error')
  expect(code).toBe(0)
  const { relativeL2 } = JSON.parse(shown) as Summary
  expect(relativeL2.solved).toBeLessThan(relativeL2.before)
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('membrane of the error neuron')
})

test.each<readonly [string, readonly string[], number, RegExp]>([
  ['a chip without graded spikes', ['--chip', 'loihi1'], 1, /CHIP_(GRADED|SOFT_RESET)/],
  ['a chip that does not exist', ['--chip', 'loihi3'], 2, /INVALID_OPTION/],
  ['a NIR file that others misread', ['--nir'], 1, /--allow-lossy.*NIR_LOSSY/s],
  ['a network for a run that has one', ['--hidden', '8'], 2, /leave out --hidden/],
  ['one bit', ['--bits', '1'], 1, /CHIP_RANGE/],
  ['a batch whose estimates fit no word', ['--batch', '1000000'], 1, /CHIP_WIDTH/],
  ['a rate that is not whole', ['--rate', '0.5'], 2, /whole number/],
])('refuses %s, and writes nothing', async (_what, flags, expected, message) => {
  const out = join(folder, 'refused')
  const { code, err } = await run('chip', 'train', trained, ...short, ...flags, '--out', out)
  expect([code, err]).toEqual([expected, expect.stringMatching(message)])
  expect(await readdir(folder)).not.toContain('refused')
})

test('replaces nothing, and names an operator network as none of its kind', async () => {
  const replaced = await run('chip', 'train', trained, ...short, '--out', trained)
  expect([replaced.code, replaced.err]).toEqual([2, expect.stringContaining('already exists')])
  const sizes = ['--sizes', '4,2,2', '--branch', '4', '--trunk', '4', '--time', '2']
  const operator = await run('chip', 'train', 'poisson-1d', ...sizes, ...short, '--out', join(folder, 'operator'))
  expect([operator.code, operator.err]).toEqual([1, expect.stringContaining('CLI_NOT_DEPLOYABLE')])
})
