import { array, assert, asyncProperty, boolean, integer, string, uniqueArray } from 'fast-check'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeScheduler } from '@spikeward/testkit'
import { inProcess, shard } from '../src/index.js'
import { perform, processes } from '../src/processesEntry.js'
import { bundleRank } from './ranks.js'

const program = await bundleRank('jobs')
afterAll(() => {
  rmSync(dirname(program), { recursive: true, force: true })
})

const nothing = (): Promise<void> => Promise.resolve()
describeScheduler({ name: 'in process', open: async () => ({ scheduler: inProcess(), close: nothing }) })
describeScheduler({ name: 'shard 1/1', open: async () => ({ scheduler: shard(1, 1), close: nothing }) })
describeScheduler({ name: 'shard 2/3', open: async () => ({ scheduler: shard(2, 3), whole: false, close: nothing }) })
describeScheduler({
  name: 'processes',
  open: async () => ({ scheduler: processes({ program, atOnce: 2 }), close: nothing }),
})

test('a process that dies fails its job, the next job gets a new one, and idle processes are used again', async () => {
  const pool = processes({ program, atOnce: 1 })
  const pid = (): Promise<unknown> => pool.execute({ task: 'pid', input: null })
  const first = await pid()
  expect(await pid()).toBe(first)
  await expect(pool.execute({ task: 'die', input: null })).rejects.toThrow(/JOB_PROCESS_DIED/)
  const second = await pid()
  expect(second).not.toBe(first)
  const stop = new AbortController()
  const never = pool.execute({ task: 'never', input: null }, stop.signal)
  stop.abort(new Error('enough'))
  await expect(never).rejects.toThrow('enough')
  expect(await pid()).not.toBe(second)
  await pool.close()
})

test('work that another process cannot do is refused', async () => {
  const pool = processes({ program, atOnce: 1 })
  await expect(pool.run([{ id: 'a', run: () => Promise.resolve(1) }])).rejects.toThrow(/JOB_WITHOUT_WORK/)
  await expect(perform({}, { task: 'a', input: 1 })).rejects.toThrow(/JOB_TASK_UNKNOWN/)
  await expect(perform({}, { task: 'toString', input: 1 })).rejects.toThrow(/JOB_TASK_UNKNOWN/)
  await pool.close()
})

test('every job runs in one shard, whatever the order in which processes list them', async () => {
  await assert(
    asyncProperty(
      uniqueArray(string(), { maxLength: 12 }),
      integer({ min: 1, max: 5 }),
      array(boolean(), { minLength: 5, maxLength: 5 }),
      async (ids, n, turned) => {
        const runs = new Map<string, number>()
        for (let i = 1; i <= n; i++) {
          const listed = turned[i - 1] === true ? [...ids].reverse() : ids
          const jobs = listed.map((id) => ({
            id,
            run: () => {
              runs.set(id, (runs.get(id) ?? 0) + 1)
              return Promise.resolve(id)
            },
          }))
          const results = await shard(i, n).run(jobs)
          expect(results.every((r, k) => r === null || r === listed[k])).toBe(true)
        }
        expect([...runs.keys()].sort()).toEqual([...ids].sort())
        expect([...runs.values()].every((times) => times === 1)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

test('at most the allowed number of jobs is in progress, and results keep their order', async () => {
  let [now, most] = [0, 0]
  const jobs = [5, 1, 3, 2, 4].map((ms) => ({
    id: String(ms),
    async run() {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, ms))
      now--
      return ms
    },
  }))
  expect(await inProcess({ atOnce: 2 }).run(jobs)).toEqual([5, 1, 3, 2, 4])
  expect(most).toBe(2)
  expect(await inProcess().run(jobs)).toEqual([5, 1, 3, 2, 4])
})

test('after a failure no further job begins', async () => {
  const begun: string[] = []
  const job = (id: string, fails: boolean) => ({
    id,
    run() {
      begun.push(id)
      return fails ? Promise.reject(new Error(id)) : Promise.resolve(id)
    },
  })
  await expect(inProcess().run([job('a', false), job('b', true), job('c', false)])).rejects.toThrow('b')
  expect(begun).toEqual(['a', 'b'])
})

test('impossible numbers and equal identities are refused', async () => {
  expect(() => inProcess({ atOnce: 0 })).toThrow(/INVALID_OPTION/)
  expect(() => shard(0, 2)).toThrow(/INVALID_OPTION/)
  expect(() => shard(3, 2)).toThrow(/INVALID_OPTION/)
  const twice = { id: 'a', run: () => Promise.resolve(1) }
  await expect(shard(1, 2).run([twice, twice])).rejects.toThrow(/INVALID_ARGUMENT/)
})
