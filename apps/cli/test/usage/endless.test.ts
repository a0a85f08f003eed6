/**
 * A pipe is waited for without end, and a device may have no end: every path of a user leads to a file, or is refused.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEnergyModel } from '@spikeward/experiment/node'
import { run, tiny } from '../fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-endless-'))
  for (const ending of ['json', 'csv', 'npy', 'nir', 'ts', 'h5']) {
    spawnSync('mkfifo', [join(folder, `pipe.${ending}`)])
    await symlink('/dev/zero', join(folder, `device.${ending}`))
  }
})
afterAll(() => rm(folder, { recursive: true }))

describe.each(['pipe', 'device'])('%s', (kind) => {
  const named = (ending: string): string => join(folder, `${kind}.${ending}`)

  test.each<[string, () => string[]]>([
    ['chip check', () => ['chip', 'check', named('json')]],
    ['nir check', () => ['nir', 'check', named('nir')]],
    ['import', () => ['import', named('nir'), '--out', join(folder, 'imported')]],
    ['train with an equation', () => ['train', named('json'), ...tiny]],
    ['train with a table', () => ['train', '--data', named('csv'), '--inputs', 'a', '--outputs', 'b', ...tiny]],
    ['train with HDF5', () => ['train', '--data', named('h5'), '--inputs', 'a', '--outputs', 'b', ...tiny]],
    ['train with a plug-in', () => ['train', 'parabola', '--estimator', `${named('ts')}#mine`, ...tiny]],
    ['train with a NIR network', () => ['train', 'parabola', '--network', `nir:${named('nir')}`, ...tiny]],
    ['resume', () => ['resume', named('json')]],
    ['evaluate', () => ['evaluate', named('json')]],
    ['deploy --check', () => ['deploy', named('json'), '--check']],
  ])('%s refuses it with a code', async (_, args) => {
    const { code, err } = await run(...args(), '--json')
    expect([code, err]).toEqual([expect.toBeOneOf([1, 2]), expect.stringMatching(/^error: .* \[[A-Z_]+\]$/ms)])
  })

  test('energy --model refuses it with a code', async () => {
    await expect(loadEnergyModel(named('json'))).rejects.toMatchObject({ code: 'CLI_FILE' })
  })
})
