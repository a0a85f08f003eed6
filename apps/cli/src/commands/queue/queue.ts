import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { flag, text } from '@spikeward/core'
import type { QueueAddressOptions, QueueState, ServerState } from '@spikeward/queue'
import { type FlagsOf, asUsage, exitCodes, jsonFlag, metavar, table, usageError } from '@spikeward/experiment'
import { queueFlags, queueModule } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import type { Context } from '../../io/processIo.js'

const server = queueFlags('the server of the queue')

const statusFlags = {
  ...server,
  watch: flag({ default: false, help: 'show it again every two seconds' }),
  ...jsonFlag,
}

const clearFlags = {
  ...server,
  name: metavar('<queue>', text({ computed: 'all', help: 'only this queue of `queue status`' })),
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const ofQueue = ({ name, waiting, active, done, failed, workers }: QueueState): readonly string[] =>
  [name, waiting, active, done, failed, workers].map(String)

/** A server's queues as text. */
export function queueReport({ server, memory, queues, warnings }: ServerState): string {
  const running = queues.flatMap((q) => q.running)
  const failures = queues.flatMap((q) => q.failures)
  return [
    `${server}, ${mib(memory.used)}${memory.most === null ? '' : ` of ${mib(memory.most)}`}\n`,
    ...warnings.map((warning) => `Note: ${warning}\n`),
    queues.length === 0
      ? '\nThere are no queues yet; start one with --queue of compare, search, reproduce or bench accuracy.\n'
      : `\n${table(['queue', 'waiting', 'running', 'done', 'failed', 'workers'], queues.map(ofQueue))}`,
    running.length === 0
      ? ''
      : `\n${table(
          ['running', 'worker', 's'],
          running.map(({ label, worker, seconds }) => [label, worker, String(seconds)]),
        )}`,
    failures.length === 0
      ? ''
      : `\n${table(
          ['failed', 'reason'],
          failures.map(({ label, reason }) => [label, reason]),
        )}`,
  ].join('')
}

const needed = (options: QueueAddressOptions): QueueAddressOptions => {
  if (options.queue !== undefined) return options
  throw usageError('CLI_USAGE', 'queue needs --queue, the address of its server')
}

export function addQueue(program: Command, { io, done }: Context): void {
  const queue = program.command('queue').description('show the progress of a queue of trials, from any machine')
  const status = queue.command('status').description('the trials that wait, run, have ended or have failed')
  addFlags(status, statusFlags).action(async ({ json, watch, ...options }: FlagsOf<typeof statusFlags>) => {
    const { queueAddressOf, queueStatus } = await queueModule()
    const address = await asUsage(() => queueAddressOf(needed(options)))
    const stop = new AbortController()
    const stopListening = io.onInterrupt(() => stop.abort())
    try {
      do {
        const state = await queueStatus(address)
        io.out(json ? `${JSON.stringify(state)}\n` : queueReport(state))
        if (watch) await sleep(2000, undefined, { signal: stop.signal }).catch(() => undefined)
      } while (watch && !stop.signal.aborted)
    } finally {
      stopListening()
    }
    done(exitCodes.done)
  })
  const clear = queue.command('clear').description('remove all trials and results of a queue, those that run included')
  addFlags(clear, clearFlags).action(async ({ name, ...options }: FlagsOf<typeof clearFlags>) => {
    const { clearQueues, queueAddressOf } = await queueModule()
    const cleared = await clearQueues(await asUsage(() => queueAddressOf(needed(options))), name)
    io.out(cleared.length === 0 ? 'There was nothing to clear.\n' : `Cleared: ${cleared.join(', ')}\n`)
    done(exitCodes.done)
  })
}
