/** The settings of a run from the command line and the defaults of its problem. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import type { TrainOptions } from '../../src/config/trainConfig.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-config-'))
const own = join(folder, 'line.mjs')

beforeAll(() =>
  writeFileSync(
    own,
    `import { full } from '${import.meta.resolve('@spikeward/core')}'
    const points = () => ({ count: 200, x: new Float64Array(200), y: new Float64Array(200) })
    export const line = () => ({ kind: 'regression', name: 'line', inputs: 1, outputs: 1, domain: [[0, 1]], points })
    export const tuned = line
    export const soft = () => ({ name: 'soft', init: (_, n) => ({ leak: full([n], 0.8) }), rest: () => ({}), step: () => ({}) })
    export const tunedDefaults = { byEstimator: { 'rfg layerwise': { learningRate: 0.5, steps: 7 }, other: { learningRate: 1, steps: 1 } } }`,
  ),
)
afterAll(() => rmSync(folder, { recursive: true }))

const config = (problem: string, options: Partial<TrainOptions> = {}) =>
  configOf(problem, { key: 0, backend: 'reference', json: false, quiet: true, ...options } as TrainOptions, {
    err: () => undefined,
  })

test('a function of the user’s own is trained by eligibility, and by rfg where that does not reach', async () => {
  expect((await config(`${own}#line`)).estimator).toBe('beside(eligibility, rfg)')
})

test('eligibility trains parameters of neurons of several hidden layers as the default does', async () => {
  const deep = { hidden: [4, 4], estimator: 'eligibility' } as const
  const learned = { ...deep, neuron: `${own}#soft` }
  for (const problem of ['mexican-hat', `${own}#line`, 'table'])
    expect((await config(problem, learned)).estimator).toBe('beside(eligibility, rfg)')
  expect((await config('mexican-hat', { ...deep, declared: { learn: 'beta' } })).estimator).toMatch(/^beside/)
  expect((await config('mexican-hat', deep)).estimator).toBe('eligibility')
  expect((await config('mexican-hat', { ...learned, hidden: [4] })).estimator).toBe('eligibility')
  expect((await config('mexican-hat', { ...learned, estimator: 'bp' })).estimator).toBe('bp')
})

test('a problem whose package tunes estimators without naming one is trained by the first of them', async () => {
  const { estimator } = await config(`${own}#tuned`)
  expect(estimator).toBe('rfg')
  const { learningRate, steps } = await config(`${own}#tuned`, { declared: { scope: 'layerwise' } })
  expect([learningRate, steps]).toEqual([0.5, 7])
})

test('a tuned option can be turned off: components of a branch', async () => {
  const smooth = { spiking: 'none' } as const
  expect((await config('darcy-2d', smooth)).networkOptions['components']).toBe(80)
  const without = await config('darcy-2d', { ...smooth, declared: { components: 'none' } })
  expect(without.networkOptions['components']).toBe('none')
})

test('an equation with a separable network is trained by bp, since its residual has no parts', async () => {
  expect((await config('heat-1d', { network: 'separable-pinn' })).estimator).toBe('bp')
  expect((await config('heat-1d')).estimator).toBe('gaussNewton')
})

test('a choice of spiking parts by which nothing spikes is refused', async () => {
  const parts = { network: 'pod-deeponet', spiking: 'trunk' } as const
  await expect(config('poisson-1d', parts)).rejects.toThrow('so nothing would spike; give --spiking branch, or none')
})
