import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadAddon } from '../../src/addon.js'
import { instructionSets } from '../setup.js'

const script = fileURLToPath(new URL('../../scripts/terminate-workers.mjs', import.meta.url))

// The addon used to throw into environments that were shutting down, which aborted the process in about 1 of 100
// terminations.
test.runIf(instructionSets.length > 0)('the process survives workers that end while they compile and run', () => {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [script, '--count', '100', '--seed', '3', '--addon', loadAddon().path],
    { encoding: 'utf8' },
  )
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ ended: 100 })
})
