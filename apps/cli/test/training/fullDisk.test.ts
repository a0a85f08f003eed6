/**
 * A disk without room for the next checkpoint, nor for the end of the claim: the error of the checkpoint is reported,
 * with its code.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run, tiny } from '../fakeIo.js'
import { fillAfterCheckpoint } from './fullDisk.mjs'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-full-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['alone', []],
  ['in shares', ['--shares', 'batch:4']],
  ['with event files', ['--log', 'tensorboard']],
])('a run %s', async (name, more) => {
  const place = join(folder, name.replaceAll(' ', '-'))
  const end = fillAfterCheckpoint(place)
  try {
    const { code, err } = await run('train', 'parabola', ...tiny, ...more, '--checkpoint-every', '3', '--out', place)
    expect(err).toMatch(
      /^error: [^\n]*no space \(ENOSPC\)[^\n]*the last good checkpoint is of step 3, [^\n]*spikeward resume [^\n]* \[DISK_FULL\]\n$/,
    )
    expect(code).toBe(1)
  } finally {
    end()
  }
})
