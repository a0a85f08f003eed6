import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeNpy } from '@spikeward/problems/node'
import { drawFigures } from '../../src/node/figures/drawFigures.js'
import { loadNetwork } from '../../src/assembly/loadNetwork.js'
import { load, train } from '../../src/train/train.js'
import { valuesAtSensors } from '../../src/train/trainedRun.js'

const tiny = {
  problem: 'kuramoto-sivashinsky',
  task: 'rollout',
  network: 'fno',
  options: { train: 4, validation: 2, test: 3, frames: 6, channels: 4, modes: 3, layers: 2, projection: 5 },
  time: 4,
  steps: 4,
  batch: 2,
  backend: 'native',
} as const

test('trains a time-stepper, shows it beside others, and keeps it in a folder', async () => {
  await using run = await train({ ...tiny, task: 'rollout(unroll=2,pushForward=1,noise=0.01)', baselines: 'all' })
  expect(run.config.task).toBe('rollout(unroll=2,pushForward=1,noise=0.01)')
  const { rollout } = run.result
  expect(rollout?.errors.length).toBe(5)
  expect(rollout?.relativeL2).toBeCloseTo(run.relativeL2, 12)
  expect(rollout?.stable).toBeGreaterThan(0)
  const { untrained, dense, linear, kernel, persistence } = run.baselines
  for (const error of [untrained, dense, linear, kernel, persistence]) expect(error).toBeGreaterThan(0)
  const facts = run.result.baselineFacts
  expect(facts.rollout?.persistence.errors[0]).toBeGreaterThan(facts.rollout!.kernel.errors[0]!)
  expect(facts.dense?.rollout?.errors.length).toBe(5)
  const input = (x: number): number => Math.sin((2 * Math.PI * x) / 22)
  const { values, shape, axes, coordinates } = await run.predict({ input })
  expect([shape, axes]).toEqual([
    [64, 5],
    ['x', 't'],
  ])
  const folder = join(mkdtempSync(join(tmpdir(), 'spikeward-')), 'run')
  await run.save(folder)
  await using again = await load(folder)
  expect((await again.predict({ input })).values).toEqual(values)
  using loaded = await loadNetwork(readFileSync(join(folder, 'checkpoint.safetensors')))
  const found = await loaded.predict(coordinates, valuesAtSensors(input, run.experiment.sensors!))
  expect(found).toHaveLength(values.length)
  values.forEach((v, i) => expect(Math.abs(found[i]! - v)).toBeLessThan(1e-6))
}, 120_000)

test.each([
  ['rateBackpropagation', {}],
  ['rfg(directions=2)', { task: 'rollout(unroll=3)' }],
  ['eligibility', {}],
  ['bp', { spiking: 'none', task: 'rollout(unroll=3)' }],
] as const)('trains by %s with %o', async (estimator, more) => {
  await using run = await train({ ...tiny, estimator, ...more, baselines: 'none' })
  expect(run.relativeL2).toBeGreaterThan(0)
})

test('two channels are stepped together, and what has no trajectories is refused', async () => {
  await using run = await train({
    ...tiny,
    problem: 'gray-scott',
    options: { ...tiny.options, frames: 3, modes: 2 },
    baselines: 'classical',
  })
  const { experiment, variables } = run
  expect(experiment.kind === 'operator' && experiment.problem.outputs).toBe(2)
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-'))
  const labels = { title: 'Gray–Scott', names: { inputs: ['x', 'y', 't'], outputs: ['u', 'v'] } }
  const files = await drawFigures(folder, labels, experiment, await experiment.measure(variables, 'test'), null, [])
  expect(files).toContain('rollout.png')
  const film = readFileSync(join(folder, 'rollout.png'))
  // Reference, rollout and difference of 64 points each, two frames.
  expect([film.readUInt32BE(16), film.readUInt32BE(20)]).toEqual([3 * 64 + 4, 64])
  expect(film.readUInt32BE(film.indexOf('acTL') + 4)).toBe(2)
  expect(run.result.baselineFacts?.rollout?.linear.errors.length).toBe(2)
  await expect(train({ ...tiny, problem: 'burgers-sharp', options: {} })).rejects.toThrow('has no trajectories')
  await expect(train({ ...tiny, problem: 'mexican-hat', options: {} })).rejects.toThrow(
    'needs a problem with trajectories',
  )
  await expect(train({ ...tiny, task: 'rolout' })).rejects.toThrow('rollout')
  await expect(train({ ...tiny, task: 'rollout(unroll=0)' })).rejects.toThrow('unroll')
  await expect(train({ ...tiny, loss: 'physics' })).rejects.toThrow('a rollout learns from trajectories')
})

test('trajectories of your own, in memory and in a file', async () => {
  const shape = [10, 5, 16, 2]
  const data = Float64Array.from({ length: 10 * 5 * 32 }, (_, i) => {
    const [n, t, p, c] = [Math.floor(i / 160), Math.floor(i / 32) % 5, Math.floor(i / 2) % 16, i % 2]
    return Math.sin((2 * Math.PI * (p - t + n)) / 16 + c)
  })
  const { problem: _, options: __, ...common } = tiny
  const settings = {
    ...common,
    options: { channels: 4, modes: 3, layers: 2, projection: 5 },
    baselines: 'none',
  } as const
  await using run = await train({ ...settings, data: { trajectories: { shape, data }, interval: 0.5 } })
  expect(run.config).toMatchObject({ problem: 'own', network: 'fno', estimator: 'rateBackpropagation' })
  const path = join(mkdtempSync(join(tmpdir(), 'spikeward-')), 'u.npy')
  writeFileSync(path, encodeNpy({ shape, data }))
  await using same = await train({ ...settings, problem: 'own', data: path, inputs: 'u' })
  expect(same.relativeL2).toBe(run.relativeL2)
  await expect(train({ ...settings, problem: 'own', data: path, inputs: 'u', outputs: 'u' })).rejects.toThrow(
    'with --inputs alone',
  )
})
