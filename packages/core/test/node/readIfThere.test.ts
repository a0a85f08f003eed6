import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readIfThere } from '../../src/node.js'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spikeward-read-'))))
afterAll(() => rm(folder, { recursive: true }))

it('returns the content of a file, null if there is none, and fails with a code if the path is not a file', async () => {
  await writeFile(join(folder, 'file'), 'abc')
  await mkdir(join(folder, 'checkpoint.safetensors'))
  expect(new TextDecoder().decode((await readIfThere(join(folder, 'file')))!)).toBe('abc')
  expect(await readIfThere(join(folder, 'none'))).toBeNull()
  await expect(readIfThere(join(folder, 'checkpoint.safetensors'))).rejects.toThrow(
    /checkpoint.safetensors cannot be read: it is a folder \(EISDIR\).*\[FILE_UNREADABLE\]/,
  )
})

it('refuses a pipe and a device, which have no end', async () => {
  spawnSync('mkfifo', [join(folder, 'pipe')])
  await symlink(devNull, join(folder, 'device'))
  for (const name of ['pipe', 'device'])
    await expect(readIfThere(join(folder, name))).rejects.toThrow(
      /cannot be read: it is not a file.*\[FILE_UNREADABLE\]/,
    )
})
