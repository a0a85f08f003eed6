import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pluginFiles } from '../../src/node/inputs/digests.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spikeward-plugin-files-')))
const home = process.cwd()
afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

test('a file, and all that it imports by a path: below it, beside it and above it', async () => {
  for (const name of ['plugins/lib', 'shared']) mkdirSync(join(folder, name), { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write(
    'plugins/parts.ts',
    "import { zeros } from '@spikeward/core'\nimport data from './lib/data.json' with { type: 'json' }\nimport { k } from '../shared/k.mjs'\nexport const f = (n: number) => [zeros([n]), data, k, import('./late.js')]\n",
  )
  write('plugins/lib/data.json', '[1]')
  write('plugins/late.ts', "import bytes from './lib/table.bin'\nexport default bytes\n")
  write('plugins/lib/table.bin', 'any bytes')
  write('shared/k.mjs', 'export const k = 1\n')
  process.chdir(folder)
  const files = await pluginFiles('./plugins/parts.ts')
  const names = [
    'plugins/parts.ts',
    'plugins/lib/data.json',
    'shared/k.mjs',
    'plugins/late.ts',
    'plugins/lib/table.bin',
  ]
  expect(files.map(({ name }) => name).sort()).toEqual([...names].sort())
  for (const { name, path } of files) expect(path).toBe(join(folder, name))
})

test('a file that cannot be bundled is there by itself, and one that does not exist is not', async () => {
  writeFileSync(join(folder, 'broken.mjs'), "import './absent.mjs'\nexport const = 1\n")
  process.chdir(folder)
  expect(await pluginFiles('./broken.mjs')).toEqual([{ name: 'broken.mjs', path: join(folder, 'broken.mjs') }])
  expect(await pluginFiles('./absent.mjs')).toEqual([])
  expect(await pluginFiles('no-such-package')).toEqual([])
})
