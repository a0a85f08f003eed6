import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

let folder = ''
let trained = ''
const sizes = '--sizes 60,8,8 --sensors 9 --branch 12 --trunk 12 --features 4 --time 8 --batch 16'.split(' ')
const how = ['--backend', 'cpu', '--threads', '1', '--quiet', '--json']
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-chip-operator-'))
  trained = join(folder, 'run')
  const training = [
    '--estimator',
    'eligibility',
    '--steps',
    '30',
    '--readout-solve',
    '10',
    '--no-figures',
    '--key',
    '1',
  ]
  const { code, err } = await run('train', 'poisson-1d', ...sizes, ...training, ...how, '--out', trained)
  expect([code, err]).toEqual([0, expect.not.stringContaining('error')])
})
afterAll(() => rm(folder, { recursive: true }))

type Summary = {
  readonly relativeL2: Readonly<Record<'float' | 'before' | 'after' | 'solved', number>>
  readonly taken: number
  readonly files: readonly string[]
}

const chipTrain = async (name: string, out: string, ...flags: readonly string[]) => {
  const { code, out: shown, err } = await run('chip', 'train', name, ...how, ...flags, '--out', join(folder, out))
  expect([code, err]).toEqual([0, expect.not.stringContaining('error')])
  return JSON.parse(shown) as Summary
}

test('without steps and imperfections, the errors are those of the network and of its 8 bits', async () => {
  const { relativeL2, taken } = await chipTrain(trained, 'nothing', '--steps', '1', '--rate', '-24', '--batch', '2')
  expect(taken).toBe(2)
  // The conditions and the amplitude are around the product of the two parts on the chip.
  expect(relativeL2.before).toBeLessThan(1.5 * relativeL2.float)
  expect(relativeL2.after).toBeCloseTo(relativeL2.before, 6)
})

test('branch and trunk of a run are tuned on an imperfect chip, one after the other', async () => {
  const flags = ['--spread', '0.2', '--steps', '60', '--batch', '32', '--rate', '-1', '--key', '3']
  const both = await chipTrain(trained, 'both', ...flags, '--nir', '--allow-lossy')
  const { before, after, solved } = both.relativeL2
  expect(after).toBeLessThan(before)
  expect(solved).toBeLessThan(before)
  expect(both.taken).toBe(120)
  expect((await readdir(join(folder, 'both'), { recursive: true })).filter((f) => f.includes('.')).sort()).toEqual(
    [...both.files].sort(),
  )
  const metrics = await readFile(join(folder, 'both', 'metrics.jsonl'), 'utf8')
  expect(
    new Set(
      metrics
        .trim()
        .split('\n')
        .map((l) => (JSON.parse(l) as { part: string }).part),
    ),
  ).toEqual(new Set(['branch', 'trunk']))
  expect((await run('nir', 'check', join(folder, 'both', 'branch', 'network.nir'))).code).toBe(0)
  // A part alone: the other keeps the integers with which it was put on the chip, and both parts have the same chip.
  const branch = await chipTrain(trained, 'branch', ...flags, '--part', 'branch')
  expect(branch.relativeL2.before).toBe(before)
  const learned = async (out: string, part: string): Promise<string> =>
    readFile(join(folder, out, part, 'learned.json'), 'utf8')
  expect(await learned('branch', 'branch')).toBe(await learned('both', 'branch'))
  expect(await learned('branch', 'trunk')).not.toBe(await learned('both', 'trunk'))
})

test.each(['learned', 'solved'])('an operator is learned from scratch, with a %s readout', async (readout) => {
  const flags = [...sizes, '--readout', readout, '--steps', '60', '--rate', '1', '--solve-every', '30']
  const used = readout === 'solved' ? flags : flags.slice(0, -2)
  const { relativeL2 } = await chipTrain('poisson-1d', `scratch-${readout}`, ...used)
  expect(relativeL2.after).toBeLessThan(0.6 * relativeL2.before)
})

test('losses on the chip are refused, since the host multiplies branch and trunk in floats', async () => {
  const refused = await run('chip', 'train', trained, ...how, '--losses', 'errorNeuron', '--out', join(folder, 'none'))
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('CLI_USAGE')])
})
