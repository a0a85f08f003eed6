import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Job, SpikewardError } from '@spikeward/core'
import { type WorkerEvent, clearQueues, openQueue, queueStatus, startWorker } from '../src/index.js'
import { type Server, startServer, whyNoServer } from './server.js'

let server: Server | null = null
beforeAll(async () => {
  if (whyNoServer === null) server = await startServer()
})
afterAll(async () => {
  await server?.remove()
})

const job = (id: string, input: unknown = id): Job<string> => ({
  id,
  label: `the job ${id}`,
  work: { task: 'any', input },
  run: () => Promise.resolve(id),
})
/** A queue of its own for a test. */
const queueOf = (name: string) => [{ url: server!.url }, { name, pollMs: 5, checkMs: 50 }] as const

describe('a queue', () => {
  beforeEach((context) => {
    if (whyNoServer !== null) context.skip(whyNoServer)
  })

  test('gives two commands with the same jobs the result of one run', async () => {
    const [address, settings] = queueOf('shared')
    const [first, second] = await Promise.all([openQueue(address, settings), openQueue(address, settings)])
    let runs = 0
    const execute = async (): Promise<number> => {
      await sleep(10)
      return ++runs
    }
    const worker = await startWorker(address, { name: 'shared', execute, atOnce: 3 })
    const jobs = ['a', 'b', 'c', 'd'].map((id) => job(id))
    const [one, two] = await Promise.all([first.run(jobs), second.run([...jobs].reverse())])
    expect(one).toEqual([...two].reverse())
    expect(runs).toBe(4)
    // The order of a list and the label are no part of the identity.
    expect(await first.run([{ ...job('a'), label: 'another' }])).toEqual([one[0]])
    expect(runs).toBe(4)
    await Promise.all([first.close(), second.close(), worker.stop()])
  })

  test('shows what waits, runs, is done and failed, and what a worker gives back when it stops', async () => {
    const [address, settings] = queueOf('shown')
    const notes: string[] = []
    const queue = await openQueue(address, { ...settings, notify: (note) => notes.push(note) })
    const stop = new AbortController()
    const running = queue.run(
      ['a', 'b', 'c'].map((id) => job(id)),
      stop.signal,
    )
    const stateOf = async () => (await queueStatus(address)).queues.find(({ name }) => name === 'shown')
    await expect.poll(stateOf).toMatchObject({ waiting: 3, active: 0, done: 0, failed: 0, workers: 0 })
    await expect.poll(() => notes).toEqual([expect.stringContaining('No worker is connected')])

    const events: WorkerEvent[] = []
    const waits = (_: unknown, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    const slow = await startWorker(address, { name: 'shown', execute: waits, onEvent: (e) => events.push(e) })
    await expect
      .poll(stateOf)
      .toMatchObject({ waiting: 2, active: 1, workers: 1, running: [{ label: 'the job a', worker: slow.name }] })
    await slow.stop()
    expect(events.map(({ type, label }) => `${type} ${label}`)).toEqual(['begun the job a', 'returned the job a'])
    expect(await stateOf()).toMatchObject({ waiting: 3, active: 0 })

    const quick = await startWorker(address, { name: 'shown', execute: ({ input }) => Promise.resolve(input) })
    expect(await running).toEqual(['a', 'b', 'c'])
    await expect.poll(stateOf).toMatchObject({ waiting: 0, done: 3 })
    expect(await clearQueues(address, 'shown')).toEqual(['shown'])
    expect(await stateOf()).toBeUndefined()
    await Promise.all([queue.close(), quick.stop()])
  })

  test('an abort ends the wait; the job stays in the queue, and the same command gets its result', async () => {
    const [address, settings] = queueOf('aborted')
    const queue = await openQueue(address, settings)
    const stop = new AbortController()
    const running = queue.run([job('a')], stop.signal)
    setTimeout(() => stop.abort(new Error('enough')), 20)
    await expect(running).rejects.toThrow('enough')
    const worker = await startWorker(address, { name: 'aborted', execute: ({ input }) => Promise.resolve(input) })
    expect(await queue.run([job('a')])).toEqual(['a'])
    await Promise.all([queue.close(), worker.stop()])
  })

  test('a job that fails is tried three times, or once if its failure has a code; the same command tries it again', async () => {
    const [address, settings] = queueOf('failing')
    const queue = await openQueue(address, settings)
    let runs = 0
    const execute = ({ input }: { readonly input: unknown }): Promise<unknown> => {
      runs++
      if (input === 'coded') return Promise.reject(new SpikewardError('WRONG', 'the settings are wrong'))
      return runs < 3 ? Promise.reject(new Error('the disk is full')) : Promise.resolve('done')
    }
    const worker = await startWorker(address, { name: 'failing', execute })
    expect(await queue.run([job('a', 'plain')])).toEqual(['done'])
    expect(runs).toBe(3)
    for (const count of [4, 5]) {
      const found = await queue.run([job('b', 'coded')]).catch((e: unknown) => e)
      expect(found).toMatchObject({ code: 'QUEUE_JOB_FAILED' })
      expect(String(found)).toContain(`the job b failed on worker ${worker.name}: the settings are wrong [WRONG]`)
      expect(runs).toBe(count)
    }
    expect(await queueStatus(address).then(({ queues }) => queues.find((q) => q.name === 'failing'))).toMatchObject({
      failed: 1,
      failures: [{ label: 'the job b', reason: 'the settings are wrong [WRONG]' }],
    })
    await Promise.all([queue.close(), worker.stop()])
  })

  test('a result that the server lost is computed again, although the job counts as completed', async () => {
    const [address, settings] = queueOf('forgotten')
    const queue = await openQueue(address, settings)
    let runs = 0
    const worker = await startWorker(address, { name: 'forgotten', execute: () => Promise.resolve(++runs) })
    expect(await queue.run([job('a')])).toEqual([1])
    server!.cli(
      'eval',
      "for _, key in ipairs(redis.call('keys', 'spikeward-result:forgotten:*')) do redis.call('del', key) end",
      '0',
    )
    expect(await queue.run([job('a')])).toEqual([2])
    await Promise.all([queue.close(), worker.stop()])
  })

  test('a worker that lost its lock gives the job up, and it runs again', async () => {
    const [address, settings] = queueOf('lost')
    const queue = await openQueue(address, settings)
    const reasons: unknown[] = []
    let runs = 0
    const execute = ({ input }: { readonly input: unknown }, signal: AbortSignal): Promise<unknown> =>
      runs++ > 0
        ? Promise.resolve(input)
        : new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason)
              reject(new Error('given up'))
            }),
          )
    const events: WorkerEvent[] = []
    const worker = await startWorker(address, { name: 'lost', execute, lockMs: 4000, onEvent: (e) => events.push(e) })
    const running = queue.run([job('a')])
    const take =
      "local n = 0; for _, key in ipairs(redis.call('keys', 'spikeward:lost:*:lock')) do n = n + redis.call('del', key) end; return n"
    await expect.poll(() => server!.cli('eval', take, '0')).toBe('1')
    expect(await running).toEqual(['a'])
    expect(reasons).toEqual(['another worker has the job'])
    // The command may have the result before the worker reports it.
    await expect.poll(() => events.map(({ type }) => type)).toEqual(['begun', 'returned', 'begun', 'finished'])
    await Promise.all([queue.close(), worker.stop()])
  })
})
