import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { key, treeFlatten, treePaths } from '@spikeward/core'
import { type Snapshot, decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'
import { storedComponents } from '@spikeward/experiment'
import { openFinished } from '@spikeward/experiment/node'
import { run } from '../fakeIo.js'

const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }

let folder = ''
let trained = ''
let trainedResult: Record<string, unknown> = {}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-components-'))
  trained = join(folder, 'run')
  const network = ['--network', 'deeponet', '--components', '3', '--branch', '5', '--trunk', '4', '--features', '3']
  const more = ['--time', '4', '--sizes', '6,4,4', '--steps', '2', '--batch', '4', '--amplitude', 'none', '--no-hard']
  const how = ['--backend', 'reference', '--quiet', '--no-figures', '--json', '--readout-solve', '0']
  const ran = await run('train', 'poisson-1d', ...network, ...more, ...how, '--out', trained)
  expect([ran.code, ran.err]).toEqual([0, ''])
  trainedResult = JSON.parse(ran.out) as Record<string, unknown>
})
afterAll(() => rm(folder, { recursive: true }))

const checkpoint = (): string => join(trained, 'checkpoint.safetensors')

test('a stored state gives the components of its network, and one of a network without components gives none', async () => {
  const snapshot = decodeCheckpoint(await readFile(checkpoint()))
  const found = storedComponents(snapshot)
  expect(found?.components).toBe(3)
  expect(found?.weight).toHaveLength(3 * (found?.mean.length ?? 0))
  const without = [...snapshot.tensors].filter(([name]) => !name.includes('.components.'))
  expect(storedComponents({ tensors: new Map(without) })).toBeNull()
})

test('evaluate gives the result of the training, also of the untrained network', async () => {
  const ran = await run('evaluate', trained, '--last', '--backend', 'reference', '--json', '--quiet')
  expect([ran.code, ran.err]).toEqual([0, ''])
  const { relativeL2, baselines } = JSON.parse(ran.out) as { relativeL2: number; baselines: { untrained: number } }
  expect(baselines.untrained).toBeTypeOf('number')
  expect({ relativeL2, baselines }).toEqual({
    relativeL2: trainedResult['relativeL2'],
    baselines: trainedResult['baselines'],
  })
})

test('an opened run takes its components from the stored state, and computes none', async () => {
  const bytes = await readFile(checkpoint())
  const snapshot = decodeCheckpoint(bytes)
  const doubled = [...snapshot.tensors].map(([name, t]) =>
    name.endsWith('.components.weight')
      ? ([name, { ...t, data: t.data.map((x) => 2 * x) }] as const)
      : ([name, t] as const),
  )
  const altered = { ...snapshot, tensors: new Map(doubled) } as Snapshot
  await writeFile(checkpoint(), encodeCheckpoint(altered))
  try {
    await using opened = await openFinished(trained, { quiet: true, last: true }, io)
    const { fixed } = opened.parts.experiment.task.init(key(0))
    const at = treePaths(fixed).findIndex((path) => path.endsWith('components.weight'))
    const weight = await treeFlatten(fixed).leaves[at]!.data()
    expect(Array.from(weight, Number)).toEqual(Array.from(storedComponents(altered)!.weight))
  } finally {
    await writeFile(checkpoint(), bytes)
  }
})
