/** Files that the operating system refuses: every reader gives a code, the reason and a remedy. */
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { loadShards, loadTable, openDataFile, openShards, readMesh } from '../../src/node.js'

const { mkdir, mkdtemp, rm, symlink, writeFile } = promises

let folder = ''
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-unreadable-'))
  await mkdir(at('folder'))
  await symlink(at('loop'), at('loop'))
  await writeFile(at('file.csv'), 'x,y\n0,1\n1,2\n')
})
afterAll(() => rm(folder, { recursive: true }))

/** Readers of a file, and readers of a folder. */
const ofFiles: readonly (readonly [string, (path: string) => unknown])[] = [
  ['openDataFile', (path) => openDataFile(path)],
  ['loadTable', (path) => loadTable(path, { inputs: 'x', outputs: 'y' })],
  ['readMesh', async (path) => readMesh(path)],
]
const ofFolders: readonly (readonly [string, (path: string) => unknown])[] = [
  ['openShards', (path) => openShards(path)],
  ['loadShards', (path) => loadShards(path)],
]
const refusal = (why: string): RegExp => new RegExp(`cannot be read: ${why}.*; .*\\[FILE_UNREADABLE\\]`)

test.each(ofFiles)('%s of a folder, of a loop of links, below a file, of too long a name', async (_, read) => {
  await expect(read(at('folder'))).rejects.toThrow(/cannot be read: it is (a folder|not a file).*\[FILE_UNREADABLE\]/)
  await expect(read(at('loop'))).rejects.toThrow(refusal('its symbolic links lead to one another \\(ELOOP\\)'))
  await expect(read(join(at('file.csv'), 'x'))).rejects.toThrow(refusal('a part of the path is a file \\(ENOTDIR\\)'))
  await expect(read(at('x'.repeat(5000)))).rejects.toThrow(refusal('the name is too long \\(ENAMETOOLONG\\)'))
})

test.each(ofFolders)('%s of a file, of a loop of links', async (_, read) => {
  await expect(read(at('file.csv'))).rejects.toThrow(refusal('a part of the path is a file \\(ENOTDIR\\)'))
  await expect(read(at('loop'))).rejects.toThrow(refusal('its symbolic links lead to one another \\(ELOOP\\)'))
})

test.each(ofFiles)('%s refuses a device', async (_, read) => {
  await expect(read(devNull)).rejects.toThrow(refusal('it is not a file'))
})

// A test that runs as root may read everything, so that the system's answers are planted.
const original = { open: promises.open, readdir: promises.readdir, readFile: promises.readFile }
const { readFileSync } = fs
afterEach(() => {
  Object.assign(promises, original)
  Object.assign(fs, { readFileSync })
  syncBuiltinESMExports()
})

test.each([
  ['EACCES', 'permission denied \\(EACCES\\)'],
  ['EMFILE', 'this process has too many files open \\(EMFILE\\)'],
  ['EIO', 'the disk or the network failed \\(EIO\\)'],
  ['ESTALE', 'planted \\(ESTALE\\)'],
])('%s at the first access', async (code, why) => {
  const refuse = (): never => {
    throw Object.assign(new Error('planted'), { code, syscall: 'open', errno: -1 })
  }
  const later = async (): Promise<never> => refuse()
  Object.assign(promises, { open: later, readdir: later, readFile: later })
  Object.assign(fs, { readFileSync: refuse })
  syncBuiltinESMExports()
  for (const [, read] of ofFiles) await expect(read(at('file.csv'))).rejects.toThrow(refusal(why))
  for (const [, read] of ofFolders) await expect(read(folder)).rejects.toThrow(refusal(why))
})
