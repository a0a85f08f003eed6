/** `--data` without names reads files whose arrays are known by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeNpy } from '@spikeward/problems/node'
import { afterAll, expect, test } from 'vitest'
import { encodeZip } from '../../../../packages/problems/src/node/files/zip.js'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-layout-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function file(names: readonly [string, string]): Promise<string> {
  const data = Float64Array.from({ length: 20 * 4 }, (_, i) => Math.sin(i))
  const entries = names.map((name) => [`${name}.npy`, encodeNpy({ shape: [20, 4], data })] as const)
  const path = join(folder, `${names.join('-')}.npz`)
  writeFileSync(path, await encodeZip(new Map(entries)))
  return path
}

test('an operator trains on a file of a known layout, and a file of no known layout says what it has', async () => {
  const options = [
    '--branch',
    '4',
    '--trunk',
    '4',
    '--features',
    '2',
    '--batch',
    '4',
    '--time',
    '2',
    '--no-trial',
    '--no-figures',
    '--quiet',
  ]
  const train = (path: string, name: string) =>
    run(
      'train',
      '--data',
      path,
      '--backend',
      'reference',
      '--steps',
      '1',
      ...options,
      '--out',
      join(folder, name),
      '--json',
    )
  const known = await train(await file(['a', 'u']), 'known')
  expect([known.code, known.err]).toEqual([0, ''])
  const unknown = await train(await file(['f', 'g']), 'unknown')
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('f [20 × 4], g [20 × 4]')])
})
