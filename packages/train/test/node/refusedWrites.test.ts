/**
 * Writes that the operating system refuses: every function that writes gives a code, the place, the reason and a
 * remedy.
 */
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SpikewardError } from '@spikeward/core'
import { type RunFolder, createRun, openTensorboardFile } from '../../src/node.js'
import type { Snapshot } from '../../src/index.js'

const { mkdtemp, rm, symlink, writeFile } = promises

let folder = ''
let run: RunFolder
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-refused-'))
  await writeFile(join(folder, 'file'), '')
  await symlink(join(folder, 'loop'), join(folder, 'loop'))
  run = await createRun(join(folder, 'run'), { key: 0 })
})
afterAll(() => rm(folder, { recursive: true }))

const snapshot: Snapshot = { step: 1, seconds: 0, forwardEquivalents: 2, tensors: new Map() }

/** Functions that write below a folder. */
const makers: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['createRun', (path) => createRun(join(path, 'new'), { key: 0 })],
  ['openTensorboardFile', (path) => openTensorboardFile(join(path, 'log'))],
]

test.each(makers)('%s below a file, a loop of links, too long a name, a system folder', async (_, make) => {
  for (const place of ['file', 'loop', 'x'.repeat(300)])
    await expect(make(join(folder, place))).rejects.toThrow(/cannot be written: .* \(E[A-Z]+\); .*\[FILE_UNWRITABLE\]/)
  if (process.platform === 'linux') await expect(make('/proc')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})

// A test that runs as root may write everywhere, so that the system's answers are planted.
const names = ['link', 'mkdir', 'open', 'rename', 'rm', 'writeFile'] as const
const original = Object.fromEntries(names.map((name) => [name, promises[name]]))
const plant = (code: string, some: readonly string[] = names): void => {
  const refuse = async (path: unknown): Promise<never> => {
    throw Object.assign(new Error('planted'), { code, syscall: 'open', path })
  }
  Object.assign(promises, Object.fromEntries(some.map((name) => [name, refuse])))
  syncBuiltinESMExports()
}
const restore = (): void => {
  Object.assign(promises, original)
  syncBuiltinESMExports()
}
afterEach(restore)

const writers: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['createRun', () => createRun(join(folder, 'new'), { key: 0 })],
  ['claim', () => run.claim()],
  ['saveCheckpoint', () => run.saveCheckpoint(snapshot)],
  ['saveBest', () => run.saveBest(snapshot)],
  ['appendMetrics', () => run.appendMetrics([{ step: 1 }])],
  ['saveConfig', () => run.saveConfig({ key: 1 })],
  ['saveSummary', () => run.saveSummary({ relativeL2: 0.5 })],
  ['rewind', () => run.rewind(0)],
  ['openTensorboardFile', () => openTensorboardFile(join(folder, 'log'))],
]
const answers = [
  ['EACCES', 'FILE_UNWRITABLE'],
  ['EROFS', 'FILE_UNWRITABLE'],
  ['EMFILE', 'FILE_UNWRITABLE'],
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
] as const

test.each(writers)('%s names the reason of the system', async (_, write) => {
  for (const [answer, code] of answers) {
    plant(answer)
    const error = await write().then(
      () => null,
      (e: unknown) => e,
    )
    restore()
    expect(error).toBeInstanceOf(SpikewardError)
    expect(error).toMatchObject({ code, message: expect.stringContaining(`(${answer})`) as string })
  }
})

test('the release of a claim, and a line of an open event file', async () => {
  const claim = await run.claim()
  const file = await openTensorboardFile(join(folder, 'events'))
  // A disk that is read-only can be read.
  plant('EROFS', ['rename', 'rm', 'writeFile'])
  await expect(claim.release()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  restore()
  await file[Symbol.asyncDispose]()
  await expect(file.scalars(1, { loss: 1 })).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})

test('a claim ends on a full disk, in the bytes of its own file', async () => {
  const other = await createRun(join(folder, 'other'), { key: 0 })
  const claim = await other.claim()
  plant('ENOSPC', ['writeFile', 'rename'])
  await claim.release()
  restore()
  await (await other.claim()).release()
})

test('nothing is left of a write that was refused', async () => {
  expect((await promises.readdir(folder)).filter((name) => name.startsWith('.unfinished'))).toEqual([])
  expect((await promises.readdir(run.path)).filter((name) => name.startsWith('.unfinished'))).toEqual([])
})
