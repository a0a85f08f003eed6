/** What a server may hold that no version of this program wrote. */
import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openQueue, queueStatus, startWorker } from '../src/index.js'
import type { QueueWorker, WorkerEvent } from '../src/index.js'
import { startServer, whyNoServer } from './server.js'
import type { Server } from './server.js'

let server: Server | null = null
beforeAll(async () => {
  if (whyNoServer === null) server = await startServer()
})
afterAll(async () => {
  await server?.remove()
})
beforeEach((context) => {
  if (whyNoServer !== null) context.skip(whyNoServer)
})

const address = () => ({ url: server!.url })
const stateOf = async (name: string) => (await queueStatus(address())).queues.find((q) => q.name === name)
const finish = { task: 'any', input: 'good' }

/** Runs one job of ours on a queue: those that wait before it must be through. */
async function runsAfter(name: string, events: WorkerEvent[]): Promise<void> {
  const queue = await openQueue(address(), { name, pollMs: 5, checkMs: 50 })
  const worker: QueueWorker = await startWorker(address(), {
    name,
    execute: ({ input }) => Promise.resolve(input),
    onEvent: (event) => events.push(event),
  })
  expect(await queue.run([{ id: 'ours', label: 'ours', work: finish, run: async () => 'good' }])).toEqual(['good'])
  await Promise.all([queue.close(), worker.stop()])
}

const messages: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 3,
  'a text': 'label',
  'a list': [{ label: 'x', work: finish }],
  'an empty record': {},
  'a label that is no text': { label: 1, work: finish },
  'no work': { label: 'x' },
  'work that is null': { label: 'x', work: null },
  'work without a task': { label: 'x', work: { input: 1 } },
  'a task that is no text': { label: 'x', work: { task: ['any'], input: 1 } },
  'a key of prototypes': JSON.parse('{"__proto__":{"label":"x","work":{"task":"any"}}}'),
  'a deep list': Array.from({ length: 2000 }).reduce((inner: unknown) => [inner], 0),
  'four megabytes': { text: 'x'.repeat(1 << 22) },
}

test('every message that is no job fails once, with a code, and the worker continues', async ({ task }) => {
  const name = 'messages'
  const all = Object.entries(messages)
  const raw = new Queue(name, { connection: { url: server!.url }, prefix: 'spikeward' })
  for (const [, data] of all) await raw.add('any', data, { attempts: 3 })
  await raw.close()
  const events: WorkerEvent[] = []
  await runsAfter(name, events)
  const failed = events.filter(({ type }) => type === 'failed')
  expect(failed).toHaveLength(all.length)
  for (const { reason } of failed) expect(reason).toMatch(/\[JOB_INVALID\]$/)
  expect(await stateOf(name)).toMatchObject({ waiting: 0, active: 0, failed: all.length, done: 1 })
  expect(({} as Readonly<Record<string, unknown>>)['label']).toBeUndefined()
  Object.assign(task.meta, { figures: { 'messages of a queue that are no jobs': all.length } })
})

test('labels and reasons are on one line, short, and without control characters', async () => {
  const name = 'labels'
  const label = `\u001b[2J\u0007red\nsecond line\u202e${'x'.repeat(1 << 20)}`
  const raw = new Queue(name, { connection: { url: server!.url }, prefix: 'spikeward' })
  await raw.add('any', { label, work: { task: 'fails', input: label } })
  await raw.close()
  const events: WorkerEvent[] = []
  const worker = await startWorker(address(), {
    name,
    execute: ({ input }) => Promise.reject(new Error(String(input))),
    onEvent: (event) => events.push(event),
  })
  await expect.poll(() => events.length).toBeGreaterThan(1)
  await worker.stop()
  await expect.poll(async () => (await stateOf(name))?.failed).toBe(1)
  const { failures } = (await stateOf(name))!
  for (const text of [
    ...events.flatMap((e) => [e.label, e.reason ?? '']),
    ...failures.flatMap((f) => [f.label, f.reason]),
  ]) {
    expect(text.length).toBeLessThan(400)
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/)
  }
})

test('a stored job that is not JSON, a result that is not JSON, and names that are no queues', async () => {
  const name = 'stored'
  const queue = await openQueue(address(), { name, pollMs: 5, checkMs: 50 })
  server!.cli('hset', `spikeward:${name}:broken`, 'name', 'any', 'data', '{not json', 'opts', '{}', 'timestamp', '1')
  server!.cli('lpush', `spikeward:${name}:active`, 'broken')
  server!.cli('sadd', 'spikeward-queues', '', 'a:b', 'red\u001b[31m')
  const { queues, warnings } = await queueStatus(address())
  expect(queues.find((q) => q.name === name)).toMatchObject({ active: 1, running: [] })
  expect(queues.map((q) => q.name)).not.toContain('a:b')
  expect(warnings).toContainEqual(expect.stringMatching(/^3 names of the server are no queues/))

  const worker = await startWorker(address(), { name, execute: ({ input }) => Promise.resolve(input) })
  const jobs = [{ id: 'altered', label: 'the job', work: finish, run: async () => 'good' }]
  expect(await queue.run(jobs)).toEqual(['good'])
  const alter =
    "for _, key in ipairs(redis.call('keys', 'spikeward-result:stored:*')) do redis.call('set', key, '{') end"
  server!.cli('eval', alter, '0')
  await expect(queue.run(jobs)).rejects.toThrow(
    /the result of the job on the server is not JSON.*\[QUEUE_RESULT_INVALID\]/,
  )
  await Promise.all([queue.close(), worker.stop()])
})
