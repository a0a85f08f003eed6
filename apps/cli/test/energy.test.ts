import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ledger, type ModelledEnergy, energyModels } from '@spikeward/energy'
import { type CompareRow, energyCosts } from '@spikeward/experiment'
import { run, tiny } from './fakeIo.js'

let folder = ''
let trained = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-energy-'))
  trained = join(folder, 'run')
  const done = await run('train', 'parabola', ...tiny, '--hidden', '3,2', '--time', '3', '--out', trained)
  expect(done.err).not.toContain('error')
})
afterAll(() => rm(folder, { recursive: true }))

test('energy prints counts that add up, and a range with the name of its model', async () => {
  const { code, out } = await run('energy', trained, '--json')
  expect(code).toBe(0)
  const { ledger, perStep, training, steps } = JSON.parse(out) as {
    ledger: Ledger
    perStep: ModelledEnergy
    training: ModelledEnergy
    steps: number
  }
  expect(ledger.total.acs).toBe(ledger.draws.acs + ledger.estimate.acs + ledger.update.acs)
  expect(ledger.firingRate).toBeGreaterThanOrEqual(0)
  expect(perStep).toMatchObject({ model: 'horowitz45' })
  expect(perStep.high).toBeGreaterThan(perStep.low)
  expect(training.high).toBeCloseTo(steps * perStep.high, 3)
})

test('energy takes prices from a file, and refuses what is not one', async () => {
  const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')]
  await writeFile(good, JSON.stringify({ name: 'mine', summary: 's', source: 'x', picojoules: { acs: [1, 2] } }))
  await writeFile(bad, '{"name": "mine"}')
  expect((await run('energy', trained, '--model', good)).out).toContain('(mine)')
  const refused = await run('energy', trained, '--model', bad)
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('ENERGY_MODEL_INVALID')
  expect((await run('energy', trained, '--model', 'loihi9')).code).toBe(2)
})

test('compare --cost energy counts a step of each estimator, and prices the steps of its runs', async () => {
  const out = join(folder, 'compared')
  const some = ['--hidden', '4', '--time', '3', '--batch', '8', '--backend', 'reference', '--quiet', '--no-figures']
  const budget = ['--steps', '20', '--keys', '1', '--rates', '1']
  const cost = ['--cost', 'energy', '--model', 'horowitz45-int8']
  const ran = await run(
    'compare',
    'parabola',
    '--estimators',
    'bp,spsa',
    ...some,
    ...budget,
    ...cost,
    '--out',
    out,
    '--json',
  )
  expect(ran.code).toBe(0)
  const { rows, energy } = JSON.parse(ran.out.trimEnd().split('\n').at(-1)!) as {
    rows: CompareRow[]
    energy: { label: string; ledger: Ledger; perStep: ModelledEnergy; run: { model: string; low: number } }[]
  }
  expect(energy.map((e) => e.label)).toEqual(['bp', 'spsa'])
  const [bp, spsa] = energy
  expect(spsa!.run.low).toBeCloseTo(rows[1]!.steps! * spsa!.perStep.low, 3)
  expect(spsa!.run.model).toBe('horowitz45-int8')
  const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
  const cut = rows.map((row) => ({ ...row, config: { ...row.config, steps: 0 }, steps: 0 }))
  const [, none] = await energyCosts(cut, energyModels['horowitz45-int8'], io)
  expect(none!.perStep.low / spsa!.perStep.low).toBeCloseTo(1, 2)
  expect(none!.run!.low).toBe(0)
  // Back-propagation stores the states of every step; two evaluations do not.
  expect(bp!.ledger.total.sequenceWrites).toBeGreaterThan(spsa!.ledger.total.sequenceWrites)
  expect(await readFile(join(out, 'table.md'), 'utf8')).toContain('## Work and modelled energy')
  expect((await run('compare', 'parabola', '--estimators', 'bp', '--cost', 'time')).code).toBe(2)
  expect((await run('compare', 'parabola', '--estimators', 'bp', '--cost', 'energy', '--model', 'sun')).code).toBe(2)
})
