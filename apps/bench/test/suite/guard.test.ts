import { readFile } from 'node:fs/promises'
import { referenceBackend } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { countDispatches, countStep } from '../../src/counting/countStep.js'
import { type Counts, changes, countGuarded } from '../../src/guard/guardedCounts.js'
import { guardFile } from '../../src/io.js'
import { standard } from '../../src/step/stepSettings.js'
import { makeWorkload } from '../../src/step/workload.js'

describe('the guard', () => {
  test('kernels, operations, bytes and allocations of the guarded steps are the stored ones', async () => {
    const stored = JSON.parse(await readFile(guardFile, 'utf8')) as Counts
    // Store an intended change by `npm run -s bench -- guard --update`.
    expect(changes(stored, await countGuarded())).toEqual([])
  })

  test('names every number that changed, appeared or disappeared', () => {
    const one = { flops: 1, bytes: 2, workspaceBytes: 3, kernels: 4, routines: 5, dispatches: 6 }
    const rest = { peakBytes: 7, allocationsPerStep: 0, compilationsPerStep: 0 }
    const was: Counts = { a: { ...one, ...rest } }
    expect(changes(was, { a: { ...one, ...rest, kernels: 9 } })).toEqual([
      { step: 'a', what: 'kernels', was: 4, is: 9 },
    ])
    expect(changes(was, {})).toHaveLength(9)
    expect(changes({}, was).every((c) => c.was === null)).toBe(true)
  })
})

describe('counting without computing', () => {
  const small = { ...standard, widths: [2, 9, 7, 1], time: 5, batch: 16 }

  test('gives the counts of a backend that computes', async () => {
    for (const estimator of ['rfg', 'bp'] as const) {
      const backend = referenceBackend()
      const workload = await makeWorkload({ ...small, estimator }, backend, false)
      const { peakBytes, allocationsPerStep, ...counted } = await countStep({ ...small, estimator })
      expect(counted).toMatchObject({ ...workload.cost, ...countDispatches(workload.plan), compilationsPerStep: 0 })
      expect(allocationsPerStep).toBe(0)
      // The collector may free an argument of preparation earlier or later.
      expect(Math.abs(peakBytes / backend.stats().peakBytes - 1)).toBeLessThan(0.2)
      workload.dispose()
    }
  })

  test('a loop starts its kernels in every iteration', () => {
    const kernel = { kind: 'kernel' } as const
    const routine = { kind: 'routine' } as const
    const plan = { steps: [kernel, { kind: 'loop', length: 3, steps: [kernel, routine] }] }
    expect(countDispatches(plan as unknown as Parameters<typeof countDispatches>[0])).toEqual({
      kernels: 2,
      routines: 1,
      dispatches: 7,
    })
  })
})
