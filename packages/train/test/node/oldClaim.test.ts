/** Two takers of a folder with the claim of an earlier version: the slower one removes nothing of the faster one's. */
import type * as Files from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'

/** Called before the file of an earlier version is removed. */
const hook = vi.hoisted(() => ({ beforeUnlink: async (): Promise<void> => {} }))

vi.mock('node:fs/promises', async (original) => {
  const files = await original<typeof Files>()
  return {
    ...files,
    unlink: async (path: string) => {
      const { beforeUnlink } = hook
      hook.beforeUnlink = async () => {}
      await beforeUnlink()
      return files.unlink(path)
    },
  }
})

const { claimFolder } = await import('../../src/node/claim/claimFolder.js')
const folder = await mkdtemp(join(tmpdir(), 'spikeward-old-claim-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a claim that was made while another taker was about to remove the old file stays, and holds', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  await writeFile(join(folder, '.claim'), JSON.stringify({ pid: gone, host: hostname(), started: '' }))
  // The faster taker does all that it has to do between the slower one's look at the file and its removal.
  let faster: Awaited<ReturnType<typeof claimFolder>> | null = null
  hook.beforeUnlink = async () => void (faster = await claimFolder(folder))
  const slower = await claimFolder(folder).catch((error: unknown) => error)
  expect(faster).not.toBeNull()
  expect(slower).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
  expect(await readdir(join(folder, '.claim'))).toEqual(['1'])
  await faster!.check()
  expect(JSON.parse(await readFile(join(folder, '.claim', '1'), 'utf8'))).toMatchObject({ pid: process.pid })
  await faster!.release()
})
