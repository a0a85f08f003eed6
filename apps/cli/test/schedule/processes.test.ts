/** Trials in processes of this machine, which a command starts if it is a program of its own. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleProgram, start } from '../program.js'

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
    '200ms',
    '--keys',
    '4',
    '--at-once',
    '2',
    '--out',
    'out',
    '--json',
    '--no-figures',
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

test('an interrupted comparison stores finished trials, and the same command runs the rest in several processes', async () => {
  const { child, ended } = start(program, compare(), folder)
  while (stored().length < 3) await sleep(5)
  child.kill('SIGINT')
  const interrupted = await ended
  expect([interrupted.code, interrupted.signal]).toEqual([1, null])
  expect(interrupted.err).toMatch(/Interrupted\. Finished runs are stored in/)
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
