/** Comparisons on the workers of a queue. Worker and command run in this process, against a real server. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startServer, whyNoServer } from '../../../../packages/queue/test/server.js'
import type { Server } from '../../../../packages/queue/test/server.js'
import { run } from '../fakeIo.js'

const PASSWORD = 'correct-horse-battery'
const folder = mkdtempSync(join(tmpdir(), 'spikeward-queue-cli-'))
let server: Server | null = null

beforeAll(async () => {
  if (whyNoServer === null) server = await startServer('--requirepass', PASSWORD)
})
afterEach(() => {
  vi.unstubAllEnvs()
})
afterAll(async () => {
  await server?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const small = [
  '--backend',
  'reference',
  '--hidden',
  '4',
  '--time',
  '2',
  '--batch',
  '4',
  '--budget',
  '30ms',
  '--keys',
  '2',
]
const compare = (out: string, queue: string, ...more: string[]) =>
  run(
    'compare',
    'parabola',
    ...small,
    '--rates',
    '1',
    '--estimators',
    'bp,rfg',
    '--out',
    join(folder, out),
    '--json',
    ...['--queue', queue, ...more],
  )

/** All text under a folder. */
const textOf = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

test('a worker runs the trials of a comparison once, another command gets the results, and no text has the password', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const url = `redis://:${PASSWORD}@127.0.0.1:${server.port}`
  const worker = run('worker', '--queue', url, '--idle', '1', '--at-once', '1')
  const first = await compare('first', url)
  expect([first.code, first.err]).toEqual([0, expect.not.stringContaining('Note')])
  // Another folder: no trial is stored there, but the server has all results.
  vi.stubEnv('SPIKEWARD_QUEUE_PASSWORD', PASSWORD)
  const second = await compare('second', `redis://127.0.0.1:${server.port}`)
  const rows = (out: string): unknown => (JSON.parse(out) as { rows: unknown }).rows
  expect(rows(second.out)).toEqual(rows(first.out))
  const worked = await worker
  expect(worked.code).toBe(0)
  // A pace and two keys for each estimator.
  expect(worked.err.match(/ finished: /g)).toHaveLength(6)
  expect(worked.err).not.toMatch(/ (failed|known|returned): /)

  const status = await run('queue', 'status', '--queue', url)
  expect(status.out).toMatch(/\| trials-[\w.-]+ +\| 0 +\| 0 +\| 6 +\| 0 +\| /)
  const cleared = await run('queue', 'clear', '--queue', url)
  expect(cleared.out).toMatch(/^Cleared: trials-/)
  expect((await run('queue', 'status', '--queue', url, '--json')).out).toContain('"queues":[]')

  const said = [first, second, worked, status, cleared].flatMap(({ out, err }) => [out, err]).join('\n')
  expect(said).toContain('trials-')
  for (const text of [said, textOf(folder)]) expect(text).not.toContain(PASSWORD)
  expect(textOf(folder).length).toBeGreaterThan(1000)
})

test('a wrong password, a server that is absent, and addresses that are none have codes, and none repeats the password', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const wrong = await compare('wrong', `redis://:${PASSWORD}x@127.0.0.1:${server.port}`)
  const none = await run('queue', 'status', '--queue', `redis://me:${PASSWORD}@127.0.0.1:9/`)
  const bad = await run('worker', '--queue', `http://me:${PASSWORD}@127.0.0.1`)
  const both = await compare('wrong', 'redis://127.0.0.1', '--shard', '1/2')
  expect([wrong, none, bad, both].map(({ code }) => code)).toEqual([1, 1, 1, 2])
  expect(wrong.err).toContain('[QUEUE_REFUSED]')
  expect(none.err).toMatch(
    /no server answers at redis:\/\/127\.0\.0\.1:9.*apt-get install valkey-server.*\[QUEUE_UNREACHABLE\]/s,
  )
  expect(bad.err).toContain('[QUEUE_ADDRESS]')
  expect(both.err).toContain('--queue and --shard')
  for (const { out, err } of [wrong, none, bad, both]) expect(out + err).not.toContain(PASSWORD)
})
