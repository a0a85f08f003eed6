import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadAddon } from '../../src/addon.js'
import { instructionSets, reason } from '../setup.js'

/** Workers that are ended on each instruction set. */
const COUNT = 34

const script = fileURLToPath(new URL('../../scripts/terminate-workers.mjs', import.meta.url))

// The addon used to throw into environments that were shutting down, which aborted the process in about 1 of 100
// terminations. The sanitizers look for memory that outlives its environment, which all instruction sets share.
const sets = process.env['SPIKEWARD_SANITIZED'] === 'true' ? instructionSets.slice(0, 1) : instructionSets
if (instructionSets.length === 0) test('the process survives workers that end', (context) => context.skip(reason))

test.for(sets)('the process survives workers that end while they compile and run: %s', (set, { task }) => {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [script, '--count', String(COUNT), '--key', '3', '--set', set, '--addon', loadAddon().path],
    { encoding: 'utf8' },
  )
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ ended: COUNT })
  Object.assign(task.meta, { figures: { 'threads ended': COUNT } })
})
