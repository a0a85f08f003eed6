/** A child process of the scheduler of processes: the tasks of the contract, and one that dies. */
import { schedulerTasks } from '@spikeward/testkit'
import { serveJobs } from '../src/processesEntry.js'

await serveJobs({
  ...schedulerTasks,
  die: () => {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => undefined)
  },
  pid: () => Promise.resolve(process.pid),
})
