import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRegular, readRegularSync } from '../../src/node.js'

let folder = ''
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-regular-'))
  await writeFile(at('file'), 'abc')
  await mkdir(at('folder'))
  spawnSync('mkfifo', [at('pipe')])
  await symlink('/dev/zero', at('device'))
  await writeFile(at('long'), '')
  await truncate(at('long'), 2 ** 31)
})
afterAll(() => rm(folder, { recursive: true }))

const readers = {
  readRegular,
  readRegularSync: async (...args: Parameters<typeof readRegularSync>) => readRegularSync(...args),
}
describe.each(Object.entries(readers))('%s', (_, read) => {
  it('gives the bytes of a file', async () => {
    expect(new TextDecoder().decode(await read(at('file')))).toBe('abc')
  })

  it.each([
    ['pipe', /pipe cannot be read: it is not a file; name a mesh.*\[FILE_UNREADABLE\]/],
    ['device', /device cannot be read: it is not a file; name a mesh.*\[FILE_UNREADABLE\]/],
    ['folder', /folder cannot be read: it is a folder \(EISDIR\).*\[FILE_UNREADABLE\]/],
    ['none', /none cannot be read: there is no such file \(ENOENT\).*\[FILE_UNREADABLE\]/],
    ['long', /long cannot be read: it has 2147483648 bytes, more than 2147483647.*\[FILE_TOO_LARGE\]/],
  ])('refuses a %s', async (name, message) => {
    await expect(read(at(name), { what: 'a mesh' })).rejects.toThrow(message)
  })

  it('has a lower limit, and a code of its own for no file, on request', async () => {
    await expect(read(at('file'), { most: 2 })).rejects.toThrow(/it has 3 bytes, more than 2.*\[FILE_TOO_LARGE\]/)
    await expect(read(at('none'), { absent: 'DATA_FILE_NOT_FOUND' })).rejects.toThrow(
      /none: there is no such file; check the path \[DATA_FILE_NOT_FOUND\]/,
    )
  })
})
