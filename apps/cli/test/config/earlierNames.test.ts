/** Options of runs of this format whose names have changed since. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig, toFolder } from '@spikeward/experiment'
import type { TrainConfig } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const folder = join(mkdtempSync(join(tmpdir(), 'spikeward-earlier-')), 'run')
const path = join(folder, 'config.json')
const mirror = ['--estimator', 'rateBackpropagation', '--transport', 'weightMirror', '--vectors', '3']
const read = (): TrainConfig => readConfig(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>, path)

test('the vectors of a weight mirror', async () => {
  const { code } = await run('train', 'parabola', ...tiny, ...mirror, '--out', folder)
  expect(code).toBe(0)
  const config = read()
  expect(config.estimatorOptions).toMatchObject({ vectors: 3 })
  const { vectors, ...others } = config.estimatorOptions
  const earlier = (change: Partial<TrainConfig>): TrainConfig => readConfig(toFolder({ ...config, ...change }), path)
  expect(earlier({ estimatorOptions: { ...others, probes: vectors! } })).toEqual(config)
  expect(earlier({ estimator: 'average(rateBackpropagation(probes=4), 2)' }).estimator).toBe(
    'average(rateBackpropagation(vectors=4), 2)',
  )
  // A package has options of its own.
  const own = { estimator: './own.ts#mine(probes=4)', estimatorOptions: { probes: 2 } }
  expect(earlier(own)).toMatchObject(own)
  const mixed = (mine: string, mirrored: string): string =>
    `perBlock(layers=./own.ts#mine(${mine}=2), readout=localLoss(transport=weightMirror, ${mirrored} = 4))`
  expect(earlier({ estimator: mixed('probes', 'probes') }).estimator).toBe(mixed('probes', 'vectors'))
  // A flag is given to all that accept it.
  const both = 'average(./own.ts#mine, 2)'
  expect(earlier({ estimator: both, estimatorOptions: { probes: 2 } }).estimatorOptions).toEqual({ probes: 2 })
  const beside = 'beside(rateBackpropagation, ./own.ts#mine)'
  expect(earlier({ estimator: beside, estimatorOptions: { probes: 2 } }).estimatorOptions).toEqual({
    probes: 2,
    vectors: 2,
  })
})
