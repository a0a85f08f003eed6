import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { flag, number } from '@spikeward/core'
import { perform, processes, serveJobs } from '@spikeward/distributed/processes'
import type { QueueWorker, WorkerEvent } from '@spikeward/queue'
import { type FlagsOf, asUsage, exitCodes, metavar, usageError } from '@spikeward/experiment'
import {
  RUN_JOBS,
  atOnceFlag,
  ownQueue,
  queueFlags,
  queueModule,
  tasksOf,
  trialEnvironment,
} from '@spikeward/experiment/node'
import type { RunCommand } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import type { Context } from '../../io/processIo.js'

const workerFlags = {
  ...queueFlags('the server of the queue'),
  ...atOnceFlag,
  idle: metavar(
    '<s>',
    number({
      min: 0,
      above: true,
      max: 1e7,
      computed: 'never',
      help: 'end after this many seconds without a trial, for a job of a cluster',
    }),
  ),
  quiet: flag({ default: false, help: 'log nothing' }),
}

type Options = FlagsOf<typeof workerFlags>

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
      .description('run trials from a queue on this machine until you stop it; unfinished trials return to the queue')
    addFlags(command, workerFlags).action(
      async ({ atOnce = availableParallelism(), idle = Infinity, quiet, ...options }: Options) => {
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
        await using _closed = {
          async [Symbol.asyncDispose]() {
            await worker?.stop()
            await pool?.close()
          },
        }
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
      },
    )
    program
      .command(RUN_JOBS, { hidden: true })
      .description('run jobs that the parent process sends')
      .action(() => serveJobs(tasksOf(io, run)))
  }
}
