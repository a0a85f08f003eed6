import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { provenance } from '@spikeward/experiment/node'
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
  readonly perturbation: number
  readonly commit: string | null
  readonly versions: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
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
  // The file names everything that it depends on: the run, as config.json has it, and the program.
  const stored = JSON.parse(await readFile(join(trained, 'config.json'), 'utf8')) as object
  expect(stored).toMatchObject(summary.config)
  expect(summary.config).toMatchObject({ problem: 'parabola', hidden: [4, 3], dataKey: 0, estimator: 'rfg' })
  expect(summary).toMatchObject({
    perturbation: 8,
    key: 2,
    versions: provenance().versions,
    commit: provenance().commit,
  })
  expect(report).toContain('--perturbation 8 --batch 8 --rate 3 --key 2')
  expect(report).toContain('"neuron": ')
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
  const { relativeL2, perturbation, config } = JSON.parse(shown) as Summary
  expect(relativeL2.solved).toBeLessThan(relativeL2.before)
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('membrane of the error neuron')
  // A new network has no earlier training for the configuration to name.
  expect(perturbation).toBe(1)
  expect(config).toMatchObject({ problem: 'parabola', hidden: [4], time: 4, key: 0, dataKey: 0, backend: 'cpu' })
  expect(Object.keys(config)).not.toContain('learningRate')
})

test.each<readonly [string, readonly string[], number, RegExp]>([
  ['a chip without graded spikes', ['--chip', 'loihi1'], 1, /CHIP_(GRADED|SOFT_RESET)/],
  ['a chip that does not exist', ['--chip', 'loihi3'], 2, /INVALID_OPTION/],
  ['a NIR file that others misread', ['--nir'], 1, /--allow-lossy.*NIR_LOSSY/s],
  ['a network for a run that has one', ['--hidden', '8'], 2, /leave out --hidden/],
  ['one bit', ['--bits', '1'], 2, /--bits 1: a weight of loihi2 has 2 to 8 bits/],
  ['more bits than the chip has', ['--bits', '12'], 2, /--bits 12: a weight of loihi2 has 2 to 8 bits/],
  [
    'solves without a solved readout',
    ['--solve-every', '5'],
    2,
    /--solve-every has no effect without --readout solved/,
  ],
  ['a lossy file without a file', ['--allow-lossy'], 2, /--allow-lossy has no effect without --nir/],
  ['a time step without a file', ['--dt', '0.1'], 2, /--dt has no effect without --nir/],
  ['a batch whose estimates fit no word', ['--batch', '1000000'], 1, /CHIP_WIDTH/],
  ['a rate that is not whole', ['--rate', '0.5'], 2, /whole number/],
])('refuses %s, and writes nothing', async (_what, flags, expected, message) => {
  const out = join(folder, 'refused')
  const { code, err } = await run('chip', 'train', trained, ...short, ...flags, '--out', out)
  expect([code, err]).toEqual([expected, expect.stringMatching(message)])
  expect(await readdir(folder)).not.toContain('refused')
})

test('a slash at the end of the run leaves the new folder beside it', async () => {
  const { code, out } = await run('chip', 'train', `${trained}/`, ...short)
  expect([code, (JSON.parse(out) as { out: string }).out]).toEqual([0, `${trained}-on-loihi2`])
})

test('a folder that is not a run does not hide the problem of its name', async () => {
  const here = process.cwd()
  await mkdir(join(folder, 'parabola'))
  process.chdir(folder)
  try {
    const how = ['--hidden', '4', '--time', '4', ...short, '--out', join(folder, 'beside')]
    const { code, out } = await run('chip', 'train', 'parabola', ...how)
    expect([code, (JSON.parse(out) as { of: string }).of]).toEqual([0, 'parabola'])
  } finally {
    process.chdir(here)
  }
})

test('replaces nothing, and trains no network of an equation', async () => {
  const replaced = await run('chip', 'train', trained, ...short, '--out', trained)
  expect([replaced.code, replaced.err]).toEqual([2, expect.stringContaining('already exists')])
  const equation = await run('chip', 'train', 'heat-1d', ...short, '--out', join(folder, 'equation'))
  expect([equation.code, equation.err]).toEqual([1, expect.stringMatching(/derivatives.*CLI_NOT_DEPLOYABLE/)])
  const part = await run('chip', 'train', trained, ...short, '--part', 'trunk', '--out', join(folder, 'part'))
  expect([part.code, part.err]).toEqual([2, expect.stringContaining('--part has no effect')])
})
