/**
 * A run folder that version 0.1.0 left in the middle of a run: format 1 of its settings, older names in its checkpoint.
 */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const fixture = fileURLToPath(new URL('../fixtures/runFormat1', import.meta.url))
const copy = (): string => {
  const folder = join(mkdtempSync(join(tmpdir(), 'spikeward-format-')), 'run')
  cpSync(fixture, folder, { recursive: true })
  return folder
}

test('resumes to the end of the uninterrupted run', async () => {
  const folder = copy()
  const { code, err, out } = await run('resume', folder, '--quiet', '--json')
  expect([code, err]).toEqual([0, ''])
  const { relativeL2, steps } = JSON.parse(out) as { relativeL2: number; steps: number }
  expect(steps).toBe(400)
  expect(relativeL2).toBeCloseTo(0.43442666466008284, 10)
  expect((await run('evaluate', folder, '--json')).code).toBe(0)
})

test('is read by evaluate before that', async () => {
  expect((await run('evaluate', copy(), '--json')).code).toBe(0)
})

test('of a later version is refused with the remedy', async () => {
  const folder = copy()
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), format: 3 }))
  const { code, err } = await run('resume', folder)
  expect([code, err]).toEqual([1, expect.stringMatching(/format 3.*install that version.*\[RUN_FOLDER_NEWER\]/)])
})
