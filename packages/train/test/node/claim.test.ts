import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunFolder, createRun, openRun } from '../../src/node.js'
import { thisHolder } from '../../src/node/claim/holder.js'
import { codeOf } from '../fixtures.js'

let root = ''
let made = 0
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'spikeward-claim-'))))
afterAll(() => rm(root, { recursive: true, force: true }))
const fresh = (): Promise<RunFolder> => createRun(join(root, `run-${made++}`), { key: 0 })
const claimOf = (run: RunFolder, generation: number): string => join(run.path, '.claim', String(generation))
const releasedIn = async (run: RunFolder, generation: number): Promise<unknown> =>
  (JSON.parse(await readFile(claimOf(run, generation), 'utf8')) as { released?: unknown }).released

/**
 * Puts a claim into a folder, last renewed `age` seconds ago: a text unchanged, or a record that changes this process's
 * own.
 */
async function putClaim(run: RunFolder, claim: string | object, age = 0): Promise<void> {
  await mkdir(join(run.path, '.claim'))
  const text = typeof claim === 'string' ? claim : JSON.stringify({ ...(await thisHolder()), ...claim })
  await writeFile(claimOf(run, 7), text)
  const then = Date.now() / 1000 - age
  await utimes(claimOf(run, 7), then, then)
}
const gonePid = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('the claim on a run folder', () => {
  it('is held by one until it is released', async () => {
    const run = await fresh()
    const claim = await run.claim()
    const again = await openRun(run.path)
    const error = await again.claim().catch((e: unknown) => e as Error)
    expect(error).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
    expect((error as Error).message).toContain(`process ${process.pid} on ${hostname()}`)
    await claim.release()
    expect(await releasedIn(run, 1)).toBe(true)
    await (await again.claim()).release()
    expect(await releasedIn(run, 2)).toBe(true)
    expect((await readdir(run.path)).sort()).toEqual(['.claim', 'config.json'])
  })

  it('is free when its process has ended, though its parent has not noticed', async (context) => {
    context.skip(process.platform !== 'linux', 'it reads /proc, which only Linux has')
    const patient = { timeout: 300_000 }
    // The shell becomes a program that never asks about its child: after that the child, once ended, is a zombie.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer]
      const pid = Number(text.toString())
      const status = (): Promise<string> => readFile(`/proc/${pid}/stat`, 'utf8')
      await vi.waitUntil(async () => (await readFile(`/proc/${parent.pid}/comm`, 'utf8')).trim() === 'sleep', patient)
      process.kill(pid, 'SIGKILL')
      await vi.waitUntil(async () => / Z /.test(await status()), patient)
      expect(process.kill(pid, 0)).toBe(true)
      const run = await fresh()
      await putClaim(run, { pid, started: (await status()).split(' ')[21] })
      await (await run.claim()).release()
    } finally {
      parent.kill()
    }
  })

  it('goes to exactly one of many processes that claim it at once', async () => {
    for (const stale of [false, true]) {
      const run = await fresh()
      if (stale) await putClaim(run, { pid: gonePid() })
      const asked = await Promise.allSettled(Array.from({ length: 12 }, () => run.claim()))
      expect(asked.filter((a) => a.status === 'fulfilled')).toHaveLength(1)
      for (const a of asked) if (a.status === 'rejected') expect(a.reason).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
      expect((await readdir(join(run.path, '.claim'))).sort()).toEqual(stale ? ['7', '8'] : ['1'])
    }
  })

  it.each([
    ['whose process has ended', () => ({ pid: gonePid() })],
    ['of an earlier process of the same number', () => ({ started: '1' })],
    ['that was released', () => ({ released: true })],
  ])('%s is taken over', async (_, claim) => {
    const run = await fresh()
    await putClaim(run, claim())
    await using _claim = await run.claim()
    expect(JSON.parse(await readFile(claimOf(run, 8), 'utf8'))).toMatchObject({ pid: process.pid })
  })

  it.each([
    ['of another machine', { machine: 'elsewhere', host: 'elsewhere' }],
    ['of another container with the same host name', { machine: `${hostname()} other` }],
    ['that is truncated', '{"pid"'],
  ])('%s is valid while its lease lasts, and no longer', async (_, claim) => {
    const run = await fresh()
    await putClaim(run, claim, 50)
    await expect(run.claim()).rejects.toThrow(/if it is gone, the folder is free in \d+ s \[RUN_FOLDER_BUSY\]/)
    await (await run.claim({ lease: 40 })).release()
    expect(await releasedIn(run, 8)).toBe(true)
  })

  it('of a process that runs on this machine is valid however long it sleeps', async () => {
    const run = await fresh()
    await putClaim(run, {}, 1e6)
    expect(await codeOf(() => run.claim())).toBe('RUN_FOLDER_BUSY')
  })

  it('is renewed while it is held', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const run = await fresh()
      await using _claim = await run.claim()
      await utimes(claimOf(run, 1), 1, 1)
      await vi.advanceTimersByTimeAsync(10_000)
      await vi.waitFor(async () => expect((await stat(claimOf(run, 1))).mtimeMs).toBeGreaterThan(1e6))
      expect(JSON.parse(await readFile(claimOf(run, 1), 'utf8'))).toMatchObject({ pid: process.pid })
    } finally {
      vi.useRealTimers()
    }
  })

  it('that was lost writes nothing more, and leaves the newer one alone', async () => {
    const run = await fresh()
    const claim = await run.claim()
    await run.saveSummary({ before: true })
    await writeFile(
      claimOf(run, 2),
      JSON.stringify({ ...(await thisHolder()), host: 'elsewhere', machine: 'elsewhere' }),
    )
    for (const write of [
      () => run.saveSummary({ before: false }),
      () => run.appendMetrics([{ step: 1 }]),
      () => run.saveConfig({ key: 1 }),
      () => run.rewind(0),
    ])
      expect(await codeOf(write)).toBe('RUN_FOLDER_LOST')
    await claim.release()
    expect(await releasedIn(run, 2)).toBeUndefined()
    expect(await run.summary()).toEqual({ before: true })
    expect((await readdir(run.path)).sort()).toEqual(['.claim', 'config.json', 'summary.json'])
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
