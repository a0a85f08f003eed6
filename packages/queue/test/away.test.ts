/** Commands and workers that end while the network is away. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { openQueue, queueStatus, startWorker } from '../src/index.js'
import { unlessAborted } from '../src/openQueue.js'
import { openProxy } from './faults/proxy.js'
import { startServer, whyNoServer } from './server.js'

describe.concurrent('while the network is away', () => {
  beforeEach((context) => {
    if (whyNoServer !== null) context.skip(whyNoServer)
  })

  test.each([
    ['broken', false],
    ['silent', true],
  ] as const)('a worker, a command and its queue end: %s', { timeout: 120_000 }, async (_, silent) => {
    const server = await startServer()
    const proxy = await openProxy(server.port)
    try {
      const address = { url: proxy.url }
      const events: (readonly [string, string])[] = []
      const worker = await startWorker(address, {
        atOnce: 2,
        // One job ends with a result that it cannot write, the other with the reason of the signal.
        execute: async ({ input }, signal) => {
          await once(signal, 'abort')
          if (input === 'b') throw signal.reason
        },
        onEvent: ({ type, label }) => events.push([label, type]),
      })
      const queue = await openQueue(address, { pollMs: 5 })
      const stop = new AbortController()
      const jobs = ['a', 'b'].map((id) => ({ id, work: { task: 'any', input: id }, run: () => Promise.resolve(1) }))
      const running = queue.run(jobs, stop.signal)
      while ((await queueStatus({ url: server.url })).queues[0]?.active !== 2) await sleep(10)
      proxy.lose(silent)
      // New attempts are refused at once, so that the clients wait most of the time.
      await sleep(500)
      stop.abort(new Error('enough'))
      await expect(running).rejects.toThrow('enough')
      await Promise.all([worker.stop(), queue.close()])
      expect(events.filter(([label]) => label === 'a')).toEqual([
        ['a', 'begun'],
        ['a', 'returned'],
      ])
      expect(events.map(([, type]) => type)).not.toContain('finished')
    } finally {
      await proxy.close()
      await server.remove()
    }
  })
})

test('an aborted signal ends the wait for a promise that does not settle, whenever it aborts', async () => {
  const never = new Promise<number>(() => undefined)
  await expect(unlessAborted(never, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  const stop = new AbortController()
  const waiting = unlessAborted(never, stop.signal)
  stop.abort(new Error('during'))
  await expect(waiting).rejects.toThrow('during')
  expect(await unlessAborted(Promise.resolve(3), new AbortController().signal)).toBe(3)
})
