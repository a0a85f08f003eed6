import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ledger, ModelledEnergy } from '@spikeward/energy'
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
