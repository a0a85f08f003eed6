import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRun, openRun } from '../../src/node.js'
import type { RunFolder } from '../../src/node.js'
import { codeOf } from '../fixtures.js'

let root = ''
let made = 0
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'spikeward-claim-'))))
afterAll(() => rm(root, { recursive: true, force: true }))
const fresh = (): Promise<RunFolder> => createRun(join(root, `run-${made++}`), { key: 0 })
const claimOf = (run: RunFolder): string => join(run.path, '.claim')

describe('the claim on a run folder', () => {
  it('is held by one until it is released', async () => {
    const run = await fresh()
    const claim = await run.claim()
    const again = await openRun(run.path)
    const error = await again.claim().catch((e: unknown) => e as Error)
    expect(error).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
    expect((error as Error).message).toContain(`process ${process.pid} on ${hostname()}`)
    await claim.release()
    await (await again.claim()).release()
    expect(await readdir(run.path)).toEqual(['config.json'])
  })

  it('goes to exactly one of many that ask at once', async () => {
    for (const stale of [false, true]) {
      const run = await fresh()
      const gone = spawnSync(process.execPath, ['-e', '']).pid
      if (stale) await writeFile(claimOf(run), JSON.stringify({ pid: gone, host: hostname(), started: '1' }))
      const asked = await Promise.allSettled(Array.from({ length: 12 }, () => run.claim()))
      expect(asked.filter((a) => a.status === 'fulfilled')).toHaveLength(1)
      for (const a of asked) if (a.status === 'rejected') expect(a.reason).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
      expect((await readdir(run.path)).sort()).toEqual(['.claim', 'config.json'])
    }
  })

  it.each([
    [
      'whose process is gone',
      () => ({ pid: spawnSync(process.execPath, ['-e', '']).pid, host: hostname(), started: '' }),
    ],
    ['of an earlier process of the same number', () => ({ pid: process.pid, host: hostname(), started: '1' })],
  ])('%s is taken over', async (_, holder) => {
    const run = await fresh()
    await writeFile(claimOf(run), JSON.stringify(holder()))
    await using _claim = await run.claim()
    expect(JSON.parse(await readFile(claimOf(run), 'utf8'))).toMatchObject({ pid: process.pid })
  })

  it('that is torn is taken over; that of another machine is not', async () => {
    const run = await fresh()
    await writeFile(claimOf(run), '{"pid"')
    await (await run.claim()).release()
    await writeFile(claimOf(run), JSON.stringify({ pid: 1, host: `not-${hostname()}`, started: '' }))
    expect(await codeOf(() => run.claim())).toBe('RUN_FOLDER_BUSY')
  })
})

describe('what a run folder names', () => {
  it('the file of a checkpoint that cannot be read, and takes other settings', async () => {
    const run = await fresh()
    const path = join(run.path, 'checkpoint.safetensors')
    await writeFile(path, 'no checkpoint')
    const error = await run.checkpoint().catch((e: unknown) => e as Error)
    expect((error as Error).message).toMatch(/^.*checkpoint\.safetensors: .*\[CHECKPOINT_CORRUPT\]$/)
    await run.saveConfig({ key: 1 })
    expect((await openRun(run.path)).config).toEqual({ key: 1 })
  })
})
