/** Commands and workers that end while the network is away. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { openQueue, queueStatus, startWorker } from '../src/index.js'
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
      const worker = await startWorker(address, { execute: (_work, signal) => once(signal, 'abort') })
      const queue = await openQueue(address, { pollMs: 5 })
      const stop = new AbortController()
      const job = { id: 'a', work: { task: 'any', input: 1 }, run: () => Promise.resolve(1) }
      const running = queue.run([job], stop.signal)
      while ((await queueStatus({ url: server.url })).queues[0]?.active !== 1) await sleep(10)
      proxy.lose(silent)
      // New attempts are refused at once, so that the clients wait most of the time.
      await sleep(500)
      stop.abort(new Error('enough'))
      await expect(running).rejects.toThrow('enough')
      await Promise.all([worker.stop(), queue.close()])
    } finally {
      await proxy.close()
      await server.remove()
    }
  })
})
