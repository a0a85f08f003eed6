import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { perform, processes, serveJobs } from '@spikeward/distributed/processes'
import type { QueueAddressOptions, QueueWorker, WorkerEvent } from '@spikeward/queue'
import { RUN_JOBS } from '../../schedule/openSchedule.js'
import { ownQueue, queueModule } from '../../schedule/queueModule.js'
import { addQueueOptions, trialEnvironment } from '../../schedule/scheduleOptions.js'
import { tasksOf } from '../../schedule/tasks.js'
import type { RunCommand } from '../../schedule/tasks.js'
import { exitCodes } from '../../usage/exitCodes.js'
import { asUsage, usageError } from '../../usage/usageError.js'
import { count, positive } from '../../usage/flagValues.js'
import type { Context } from '../shared/context.js'

type Options = QueueAddressOptions & { readonly atOnce?: number; readonly idle?: number; readonly quiet: boolean }

const line = ({ type, label, reason }: WorkerEvent): string =>
  `${new Date().toISOString()} ${type}: ${label}${reason === null ? '' : `: ${reason}`}\n`

/** Resolves when the user stops the worker, or after `idle` seconds without a job. */
function ended({ io }: Context, idle: number, lastJob: () => number | null): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const last = lastJob()
      if (last !== null && Date.now() - last > 1000 * idle) end()
    }, 500)
    const stop = io.onInterrupt(() => end())
    const end = (): void => {
      clearInterval(timer)
      stop()
      resolve()
    }
  })
}

/** `worker --queue URL`: runs trials of a queue. And the hidden command of its processes. */
export function addWorker(run: RunCommand) {
  return (program: Command, context: Context): void => {
    const { io, done } = context
    const command = program
      .command('worker')
      .description('run the trials of a queue, on any machine, until it is stopped; it gives back what it had begun')
    addQueueOptions(command, 'the server of the queue')
      .option('--at-once <n>', 'trials at the same time (default: as many as cores)', count('at-once', 4096))
      .option(
        '--idle <s>',
        'end after this many seconds without a trial, for a job of a cluster',
        positive('idle', 1e7),
      )
      .option('--quiet', 'log nothing', false)
      .action(async ({ atOnce = availableParallelism(), idle = Infinity, quiet, ...options }: Options) => {
        if (options.queue === undefined)
          throw usageError('CLI_USAGE', 'worker needs --queue, the address of its server')
        const queue = await queueModule()
        const name = ownQueue(queue)
        const pool =
          io.program === undefined
            ? null
            : processes({ program: io.program, args: [RUN_JOBS], atOnce, env: trialEnvironment() })
        const tasks = tasksOf(io, run)
        const [running, times] = [new Set<string>(), { last: Date.now() }]
        const onEvent = (event: WorkerEvent): void => {
          if (event.type === 'begun') running.add(event.label)
          else running.delete(event.label)
          times.last = Date.now()
          if (!quiet) io.err(line(event))
        }
        const address = await asUsage(() => queue.queueAddressOf(options))
        let worker: QueueWorker | null = null
        try {
          worker = await queue.startWorker(address, {
            ...{ name, atOnce, onEvent },
            execute: (work, signal) => (pool === null ? perform(tasks, work) : pool.execute(work, signal)),
          })
          for (const warning of worker.warnings) io.err(`Note: ${warning}\n`)
          if (!quiet) {
            io.err(`Worker ${worker.name} takes trials of ${name} at ${queue.shownAddress(address)}.\n`)
          }
          await ended(context, idle, () => (running.size > 0 ? null : times.last))
          done(exitCodes.done)
        } finally {
          await worker?.stop()
          await pool?.close()
        }
      })
    program
      .command(RUN_JOBS, { hidden: true })
      .description('run jobs that the parent process sends')
      .action(() => serveJobs(tasksOf(io, run)))
  }
}
