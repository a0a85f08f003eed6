import { describeScheduler, schedulerTasks } from '@spikeward/testkit'
import { openQueue, startWorker } from '../src/index.js'
import { startServer, whyNoServer } from './server.js'

describeScheduler({
  name: 'queue',
  skip: whyNoServer,
  async open() {
    const server = await startServer()
    const tasks = schedulerTasks as Readonly<Record<string, (input: never) => Promise<unknown>>>
    const execute = ({ task, input }: { task: string; input: unknown }) => tasks[task]!(input as never)
    const workers = await Promise.all([1, 2].map(() => startWorker({ url: server.url }, { execute, atOnce: 2 })))
    return {
      scheduler: await openQueue({ url: server.url }, { pollMs: 5 }),
      async close() {
        await Promise.all(workers.map((worker) => worker.stop()))
        await server.remove()
      },
    }
  },
})
