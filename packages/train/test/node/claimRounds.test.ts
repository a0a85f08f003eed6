/**
 * Two to eight processes, of several hosts, that claim one run folder at once: `packages/train/scripts/claimRounds.mjs`
 * plays more rounds.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleClaim, playRounds } from '../../scripts/claimRounds.mjs'

let built = ''
beforeAll(async () => void (built = await mkdtemp(join(tmpdir(), 'spikeward-claim-'))))
afterAll(() => rm(built, { recursive: true }))

it('40 rounds: the folder goes to exactly one process, whatever the previous claim was', async ({ task }) => {
  const result = await playRounds({ claim: await bundleClaim(built), rounds: 40, key: 20_261_125 })
  expect(result).toEqual({ rounds: 40, double: 0, none: 0, stolen: 0, overlaps: 0, errors: 0, firstError: null })
  Object.assign(task.meta, { figures: { 'rounds of several hosts': result.rounds } })
})
