/** Trials in processes of this machine, which a command starts if it is a program of its own. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startServer, whyNoServer } from '../../../../packages/queue/test/server.js'
import { type Ended, bundleProgram, start } from '../program.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-processes-'))
let program = ''
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

const compare = (...more: readonly string[]): string[] => [
  ...['compare', 'parabola', '--backend', 'reference', '--hidden', '4', '--time', '2', '--batch', '4', '--rates', '1'],
  ...[
    '--estimators',
    'bp,rfg',
    '--budget',
    '50ms',
    '--keys',
    '4',
    '--at-once',
    '2',
    '--out',
    'out',
    '--json',
    '--no-figures',
    '--baselines',
    'none',
    ...more,
  ],
]
const stored = (): string[] => {
  try {
    return readdirSync(join(folder, 'out', 'trials')).sort()
  } catch {
    return []
  }
}

/**
 * Starts a comparison, and interrupts it when some trials are stored. On a busy machine it may have ended before: then
 * it starts again. Returns how it ended.
 */
async function interrupted(): Promise<Ended> {
  const { child, ended } = start(program, compare(), folder)
  while (stored().length < 3 && child.exitCode === null) await sleep(5)
  child.kill('SIGINT')
  const end = await ended
  if (end.code !== 0) return end
  rmSync(join(folder, 'out'), { recursive: true })
  return interrupted()
}

test('an interrupted comparison stores finished trials, and the same command runs the rest in several processes', async () => {
  const stopped = await interrupted()
  expect([stopped.code, stopped.signal]).toEqual([1, null])
  expect(stopped.err).toMatch(/Interrupted\. Finished runs are stored in/)
  const before = stored()
  expect(before.length).toBeLessThan(10)

  const { code, out, err } = await start(program, compare(), folder).ended
  expect(code).toBe(0)
  // A pace and four keys for each estimator.
  expect(stored()).toHaveLength(10)
  expect(stored()).toEqual(expect.arrayContaining(before))
  expect(err.match(/test error/g)).toHaveLength(8)
  const { rows } = JSON.parse(out) as { rows: { trials: { config: { threads: number; key: number } }[] }[] }
  for (const { trials } of rows) expect(trials.map(({ config }) => config.key)).toEqual([0, 1, 2, 3])
  // Trials that share the cores have one thread each.
  for (const { trials } of rows) expect(trials.map(({ config }) => config.threads)).toEqual([1, 1, 1, 1])
})

test('a worker runs trials in processes, which end with it even if it is killed', async (context) => {
  if (whyNoServer !== null) return context.skip(whyNoServer)
  const server = await startServer()
  onTestFinished(() => server.remove())
  const worker = start(program, ['worker', '--queue', server.url, '--at-once', '1'], folder)
  onTestFinished(() => void worker.child.kill('SIGKILL'))
  const small = [
    '--backend',
    'reference',
    '--hidden',
    '4',
    '--time',
    '2',
    '--batch',
    '4',
    '--rates',
    '1',
    '--no-figures',
  ]
  const args = [...small, '--estimators', 'bp', '--budget', '50ms', '--keys', '1', '--threads', '1', '--json']
  const { code, out, err } = await start(
    program,
    ['compare', 'parabola', ...args, '--queue', server.url, '--out', 'queue'],
    folder,
  ).ended
  expect([code, err]).toEqual([0, expect.stringContaining('bp, 0.05 s, key 0')])
  expect((JSON.parse(out) as { rows: unknown[] }).rows).toHaveLength(1)
  const children = readFileSync(`/proc/${worker.child.pid}/task/${worker.child.pid}/children`, 'utf8').trim().split(' ')
  expect(children).toHaveLength(1)
  worker.child.kill('SIGKILL')
  const { err: log } = await worker.ended
  expect(log.match(/ finished: bp/g)).toHaveLength(2)
  await expect
    .poll(() => existsSync(`/proc/${children[0]}/cmdline`) && readFileSync(`/proc/${children[0]}/cmdline`, 'utf8'))
    .toBeFalsy()
})
