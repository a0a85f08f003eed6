import type { RunFolder } from '@spikeward/train/node'
import { writeError } from '@spikeward/core/node'
import { expect, test } from 'vitest'
import { explainFailure } from '../../src/node/run/runTraining.js'

const run = { path: '/runs/one', checkpoint: async () => null } as unknown as RunFolder

test.each([
  ['ENOSPC', 'DISK_FULL', 'free some space, then'],
  ['EDQUOT', 'DISK_FULL', 'free some space, then'],
  ['EFBIG', 'DISK_FULL', 'free some space, then'],
  ['EEXIST', 'RUN_UNWRITABLE', 'remove or rename /runs/one/tensorboard, then'],
  ['EACCES', 'RUN_UNWRITABLE', 'make /runs/one/tensorboard writable, then'],
])('the remedy of %s', async (code, expected, remedy) => {
  const error = Object.assign(new Error(`${code}: planted`), { code, syscall: 'mkdir', path: '/runs/one/tensorboard' })
  const explained = await explainFailure(error, run, 0.1)
  expect(explained).toMatchObject({ code: expected, cause: error })
  expect((explained as Error).message).toContain(remedy)
  // The writers of run folders name what the system refused.
  const named = (await explainFailure(writeError('/runs/one', error), run, 0.1)) as Error
  expect(named).toMatchObject({ code: expected })
  expect(named.message).toContain('spikeward resume /runs/one')
})
