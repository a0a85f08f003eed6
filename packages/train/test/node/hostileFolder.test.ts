/** Run folders of someone else, whose claims and files are not what they seem. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type RunFolder, createRun, openRun } from '../../src/node.js'
import { codeOf } from '../fixtures.js'

let root = ''
let made = 0
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'spikeward-hostile-'))))
afterAll(() => rm(root, { recursive: true, force: true }))
const fresh = (): Promise<RunFolder> => createRun(join(root, `run-${made++}`), { key: 0 })
const pipe = async (path: string): Promise<void> => void spawnSync('mkfifo', [path])

/** A folder whose newest claim is `.claim/7`, made by `make`. */
async function withClaim(make: (path: string) => Promise<unknown>): Promise<RunFolder> {
  const run = await fresh()
  await mkdir(join(run.path, '.claim'))
  await make(join(run.path, '.claim', '7'))
  return run
}

const elsewhere = { pid: 1, host: 'elsewhere', machine: 'elsewhere', started: '1' }
/** Texts in the place of a claim. */
const texts: Readonly<Record<string, string>> = {
  'no text': '',
  'no JSON': '\u0000\u001b[2J',
  'no record': '[1]',
  null: 'null',
  'a megabyte': 'x'.repeat(1 << 20),
  'a deep list': '['.repeat(5000),
  'a key of prototypes': '{"__proto__":{"released":true},"pid":1}',
  'process 0': JSON.stringify({ ...elsewhere, pid: 0 }),
  'process -1': JSON.stringify({ ...elsewhere, pid: -1 }),
  'process 1.5': JSON.stringify({ ...elsewhere, pid: 1.5 }),
  'a process without a number': JSON.stringify({ ...elsewhere, pid: 'x' }),
  'process 1e300': JSON.stringify({ ...elsewhere, pid: 1e300 }),
  'a host that is a record': JSON.stringify({ ...elsewhere, host: {} }),
  'a host of a megabyte': JSON.stringify({ ...elsewhere, host: 'h'.repeat(1 << 20) }),
  'a host with control characters': JSON.stringify({ ...elsewhere, host: '\u001b[31mx\n\u0007' }),
}

describe('a claim that holds', () => {
  test.each(Object.entries(texts))('%s is valid while its lease lasts, and no longer', async (_, text) => {
    const run = await withClaim((path) => writeFile(path, text))
    const error = (await run.claim().catch((e: unknown) => e)) as Error
    expect(error).toMatchObject({ code: 'RUN_FOLDER_BUSY' })
    expect(error.message.length).toBeLessThan(500)
    // oxlint-disable-next-line no-control-regex
    expect(error.message).not.toMatch(/[\u0000-\u001f]/)
    await utimes(join(run.path, '.claim', '7'), 1, 1)
    await (await run.claim()).release()
    expect((await readdir(join(run.path, '.claim'))).sort()).toEqual(['7', '8'])
  })

  test('a time in the future does not expire before it is past, and is named', async () => {
    const run = await withClaim((path) => writeFile(path, JSON.stringify(elsewhere)))
    const path = join(run.path, '.claim', '7')
    await utimes(path, 4e9, 4e9)
    const error = (await run.claim().catch((e: unknown) => e)) as Error
    expect(error.message).toContain(`: if no process writes here, remove ${path}`)
    const [, seconds] = /its time lies in the future, so it does not expire for (\d+) s:/.exec(error.message) ?? []
    const left = 4e9 + 60 - Date.now() / 1000
    expect(Number(seconds)).toBeGreaterThanOrEqual(left)
    expect(Number(seconds)).toBeLessThan(left + 600)
    // Its time and a lease have passed.
    const past = Date.now() / 1000 - 61
    await utimes(path, past, past)
    await (await run.claim()).release()
  })
})

describe('a claim that is held', () => {
  /** Waits for two renewals of a claim with the interval of `brief`. */
  const brief = { renewal: 0.02 }
  async function renewed(control: RunFolder): Promise<void> {
    const path = join(control.path, '.claim', '1')
    for (let i = 0; i < 2; i++) {
      await utimes(path, 1, 1)
      await vi.waitFor(async () => expect((await stat(path)).mtimeMs).toBeGreaterThan(1e6))
    }
  }

  test('is neither renewed nor released through a link in its place', async () => {
    const yours = join(root, 'letter')
    await writeFile(yours, 'mine')
    const [run, control] = [await fresh(), await fresh()]
    const path = join(run.path, '.claim', '1')
    await using _control = await control.claim(brief)
    const claim = await run.claim(brief)
    await rm(path)
    await symlink(yours, path)
    await renewed(control)
    expect(await codeOf(() => claim.check())).toBe('RUN_FOLDER_INVALID')
    expect(await codeOf(() => claim.release())).toBe('RUN_FOLDER_INVALID')
    expect(await readFile(yours, 'utf8')).toBe('mine')
  })

  test('is neither renewed nor released through a link in the place of all claims', async () => {
    const yours = join(root, 'letters')
    await mkdir(yours)
    await writeFile(join(yours, '1'), 'mine')
    const [run, control] = [await fresh(), await fresh()]
    await using _control = await control.claim(brief)
    const claim = await run.claim(brief)
    await rm(join(run.path, '.claim'), { recursive: true })
    await symlink(yours, join(run.path, '.claim'))
    await renewed(control)
    expect(await codeOf(() => run.saveSummary({ relativeL2: 1 }))).toBe('RUN_FOLDER_INVALID')
    expect(await codeOf(() => claim.release())).toBe('RUN_FOLDER_INVALID')
    expect(await readFile(join(yours, '1'), 'utf8')).toBe('mine')
    expect(await readdir(yours)).toEqual(['1'])
  })

  test('is lost if its folder was removed, even if another claim has its number now', async () => {
    const [run, control] = [await fresh(), await fresh()]
    await using _control = await control.claim(brief)
    const claim = await run.claim(brief)
    await rm(join(run.path, '.claim'), { recursive: true })
    expect(await codeOf(() => claim.check())).toBe('RUN_FOLDER_LOST')
    const [again, newer] = [await openRun(run.path), join(run.path, '.claim', '1')]
    await using winner = await again.claim()
    const text = await readFile(newer, 'utf8')
    await renewed(control)
    expect(await codeOf(() => run.saveSummary({ relativeL2: 1 }))).toBe('RUN_FOLDER_LOST')
    await claim.release()
    expect(await readFile(newer, 'utf8')).toBe(text)
    await winner.check()
  })

  test('is lost if its file was rewritten', async () => {
    const [run, control] = [await fresh(), await fresh()]
    await using _control = await control.claim(brief)
    const claim = await run.claim(brief)
    const path = join(run.path, '.claim', '1')
    for (const text of ['', 'x'.repeat(1 << 20), JSON.stringify(elsewhere)]) {
      await writeFile(path, text)
      await renewed(control)
      expect(await codeOf(() => claim.check())).toBe('RUN_FOLDER_LOST')
      expect(await readFile(path, 'utf8')).toBe(text)
    }
    await claim.release()
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(elsewhere))
  })
})

test.each(['9'.repeat(20), '1' + '0'.repeat(250), '0x1', '1e3', '-1', '007', '+1', '1 '])(
  'a file %s is no claim',
  async (name) => {
    const run = await fresh()
    await mkdir(join(run.path, '.claim'))
    await writeFile(join(run.path, '.claim', name), JSON.stringify(elsewhere))
    await (await run.claim()).release()
    expect((await readdir(join(run.path, '.claim'))).sort()).toEqual(['1', name].sort())
  },
)

describe('what is no claim', () => {
  const things: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    folder: (path) => mkdir(path),
    pipe,
    'link to nothing': (path) => symlink('nothing', path),
    'link to itself': (path) => symlink(path, path),
    'link to a device without end': (path) => symlink('/dev/zero', path),
  }
  test.each(Object.entries(things))('a %s is refused by name, at once', async (_, make) => {
    const run = await withClaim(make)
    await expect(run.claim()).rejects.toThrow(
      /\.claim\/7 is .*; remove it if no process writes .*\[RUN_FOLDER_INVALID\]/,
    )
    const other = await fresh()
    await make(join(other.path, '.claim'))
    if (_ === 'folder') await (await other.claim()).release()
    else expect(await codeOf(() => other.claim())).toBe('RUN_FOLDER_INVALID')
  })

  test('claims that lead to a folder of yours are refused, and its files stay', async () => {
    const yours = join(root, 'yours')
    await mkdir(yours)
    for (const name of ['1', '2', '3']) await writeFile(join(yours, name), 'mine')
    const run = await fresh()
    await symlink(yours, join(run.path, '.claim'))
    await expect(run.claim()).rejects.toThrow(/\.claim is not a folder.*\[RUN_FOLDER_INVALID\]/)
    expect(await readdir(yours)).toEqual(['1', '2', '3'])
  })
})

describe('files of a run that are not regular files', () => {
  test('metrics that lead to a file of yours are not added to', async () => {
    const yours = join(root, 'profile')
    for (const content of ['', null]) {
      await rm(yours, { force: true })
      if (content !== null) await writeFile(yours, content)
      const run = await fresh()
      await symlink(yours, join(run.path, 'metrics.jsonl'))
      expect(await codeOf(() => run.appendMetrics([{ step: 1 }]))).toBe('RUN_FOLDER_INVALID')
      expect(await readFile(yours, 'utf8').catch(() => null)).toBe(content)
    }
  })

  test('pipes and devices are refused at once', async () => {
    for (const make of [pipe, (path: string) => symlink('/dev/zero', path)]) {
      const run = await fresh()
      for (const name of ['checkpoint.safetensors', 'best.safetensors', 'summary.json', 'metrics.jsonl'])
        await make(join(run.path, name))
      for (const read of [run.checkpoint, run.best, run.summary, run.metrics])
        expect(await codeOf(read)).toBe('FILE_UNREADABLE')
      expect(await codeOf(() => run.appendMetrics([{ step: 1 }]))).toBe('RUN_FOLDER_INVALID')
      await rm(join(run.path, 'config.json'))
      await make(join(run.path, 'config.json'))
      expect(await codeOf(() => openRun(run.path))).toBe('FILE_UNREADABLE')
    }
  })

  test('a checkpoint that leads to a file of yours is replaced, and your file stays', async () => {
    const yours = join(root, 'document')
    await writeFile(yours, 'mine')
    const run = await fresh()
    for (const name of ['summary.json', '.unfinished-summary.json-1']) await symlink(yours, join(run.path, name))
    await run.saveSummary({ relativeL2: 1 })
    await run.rewind(0)
    expect(await readFile(yours, 'utf8')).toBe('mine')
    expect(await readdir(run.path)).toEqual(['config.json'])
  })

  test('a folder in the place of an unfinished file', async () => {
    const run = await fresh()
    await mkdir(join(run.path, '.unfinished-x', 'inner'), { recursive: true })
    expect(await codeOf(() => run.rewind(0))).toBe('FILE_UNWRITABLE')
  })
})
