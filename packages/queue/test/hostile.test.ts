/** Data of a server that no version of this program wrote. */
import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type QueueWorker, type WorkerEvent, clearQueues, openQueue, queueStatus, startWorker } from '../src/index.js'
import { type Server, startServer, whyNoServer } from './server.js'

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

/** Runs one job of ours on a queue, after all jobs that were waiting. */
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

const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner: unknown) => [inner], 0)

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
  'a deep list in a job': { label: 'x', work: { task: 'any', input: nested(2000) } },
  'a deep list': nested(2000),
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
  for (const { reason } of failed)
    expect(reason).toMatch(
      /set aside as failed.*spikeward queue clear messages removes it, with all other jobs and results of that queue \[JOB_INVALID\]$/,
    )
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

/** Stores a job as BullMQ does, in a list of a queue; `fields` replace fields of a healthy job. */
function storeJob(queue: string, state: 'active' | 'failed', id: string, fields: Readonly<Record<string, string>>) {
  const healthy = { name: 'any', data: JSON.stringify({ label: id, work: finish }), opts: '{}', timestamp: '1' }
  const key = `spikeward:${queue}:${id}`
  server!.cli('hset', key, ...Object.entries({ ...healthy, ...fields }).flat())
  if (state === 'active') server!.cli('lpush', `spikeward:${queue}:active`, id)
  else server!.cli('zadd', `spikeward:${queue}:failed`, '1', id)
}

test('jobs beside damaged ones are listed, and a warning says how many are not', async () => {
  const name = 'damaged'
  const queue = await openQueue(address(), { name })
  await queue.close()
  storeJob(name, 'active', 'runs', { pb: 'host:1' })
  storeJob(name, 'active', 'no JSON', { data: '{not json' })
  storeJob(name, 'active', 'no options', { opts: 'null' })
  storeJob(name, 'failed', 'gave up', { failedReason: 'the disk is full' })
  storeJob(name, 'failed', 'no JSON either', { data: '[' })
  server!.cli('set', `spikeward:${name}:text`, 'no hash')
  server!.cli('zadd', `spikeward:${name}:failed`, '2', 'text')
  const { queues, warnings } = await queueStatus(address())
  const state = queues.find((q) => q.name === name)!
  expect(state).toMatchObject({ active: 3, failed: 3 })
  expect(state.running).toMatchObject([{ label: 'runs', worker: 'host:1' }])
  expect(state.failures).toEqual([{ label: 'gave up', reason: 'the disk is full' }])
  expect(warnings).toContainEqual(
    '4 jobs of the queue damaged cannot be read, so the counts include them and the lists do not; ' +
      'spikeward queue clear damaged removes them, with all other jobs and results of that queue',
  )
  expect(await clearQueues(address(), name)).toEqual([name])
  expect((await queueStatus(address())).warnings).toEqual([])
})

const strangeNames: Readonly<Record<string, string>> = {
  'no characters': '',
  'a colon': 'a:b',
  'control characters': 'red\u001b[31m',
  '301 characters': 'x'.repeat(301),
}
const strange = Object.values(strangeNames)

test('names that are no queues are left out, and the remedy of the warning removes them', async () => {
  const kept = await openQueue(address(), { name: 'kept' })
  await kept.close()
  server!.cli('sadd', 'spikeward-queues', ...strange)
  const { queues, warnings } = await queueStatus(address())
  expect(queues.map((q) => q.name)).toContain('kept')
  for (const name of strange) expect(queues.map((q) => q.name)).not.toContain(name)
  expect(warnings).toEqual([
    'no queue can have 4 of the names in the set spikeward-queues, left out here; spikeward queue clear NAME removes such ' +
      'names with the queue NAME, spikeward queue clear with all queues',
  ])
  const cleared = await clearQueues(address(), 'kept')
  expect(cleared.slice(0, 4)).toEqual(['kept', '""', '"a:b"', '"red [31m"'])
  expect(cleared).toHaveLength(5)
  const after = await queueStatus(address())
  expect(after.warnings).toEqual([])
  expect(after.queues.map((q) => q.name)).not.toContain('kept')
})

test('a queue whose name is a pattern is cleared without the results of others', async () => {
  for (const name of ['*', 'kept']) await (await openQueue(address(), { name })).close()
  for (const name of ['*', 'kept']) server!.cli('set', `spikeward-result:${name}:one`, '1')
  expect(await clearQueues(address(), '*')).toEqual(['*'])
  const found = ['*', 'kept'].map((name) => server!.cli('exists', `spikeward-result:${name}:one`))
  expect(found).toEqual(['0', '1'])
  expect(await clearQueues(address(), 'kept')).toEqual(['kept'])
})

test.each(Object.entries(strangeNames))('a queue and a worker are refused a name with %s', async (_, name) => {
  await expect(openQueue(address(), { name })).rejects.toThrow(/\[QUEUE_NAME\]$/)
  await expect(startWorker(address(), { name, execute: async () => 1 })).rejects.toThrow(/\[QUEUE_NAME\]$/)
  expect((await queueStatus(address())).warnings).toEqual([])
})

test('a stored job that is not JSON, and a result that is not JSON', async () => {
  const name = 'stored'
  const queue = await openQueue(address(), { name, pollMs: 5, checkMs: 50 })
  storeJob(name, 'active', 'broken', { data: '{not json' })
  expect(await stateOf(name)).toMatchObject({ active: 1, running: [] })
  const worker = await startWorker(address(), { name, execute: ({ input }) => Promise.resolve(input) })
  const jobs = [{ id: 'altered', label: 'the job', work: finish, run: async () => 'good' }]
  expect(await queue.run(jobs)).toEqual(['good'])
  const alter =
    "for _, key in ipairs(redis.call('keys', 'spikeward-result:stored:*')) do redis.call('set', key, '{') end"
  server!.cli('eval', alter, '0')
  await expect(queue.run(jobs)).rejects.toThrow(
    /the result of the job on the server is not JSON.*queue clear stored removes it, with all other jobs and results of that queue.*\[QUEUE_RESULT_INVALID\]/,
  )
  await Promise.all([queue.close(), worker.stop()])
})
