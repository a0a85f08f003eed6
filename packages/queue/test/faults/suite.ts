/** A suite of stub trials on a server, and what became of it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type QueueWorker, openQueue, startWorker } from '../../src/index.js'
import { type Server, startServer } from '../server.js'
import { connectMs } from './limits.js'
import { type StubInput, resultOf, stubTrials, watchPauses } from './stub.js'

/** The outcome of a try. */
export type Outcome = {
  readonly trials: number
  /** Trials without a result, or with a wrong one. */
  readonly lost: number
  /** Trials that two workers ran to the end, although neither died. */
  readonly twice: number
  /** Trials that began again because their worker had died. */
  readonly again: number
  /** Whether a worker that lived paused so long that others may have taken its trials. */
  readonly paused: boolean
  /** From the end of the fault to the last result. */
  readonly seconds: number
}

/** A suite that runs. */
export type Suite = {
  readonly server: Server
  readonly ledger: string
  /** The worker that began the trial which hangs, or null if none did yet. */
  hanging(): string | null
  /** The part of the trials that have ended. */
  progress(): number
}

type Line = { readonly what: string; readonly id: string; readonly worker: string }

const linesOf = (ledger: string): readonly Line[] =>
  (existsSync(ledger) ? readFileSync(ledger, 'utf8') : '')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const [what = '', id = '', worker = ''] = text.split(' ')
      return { what, id, worker }
    })

/**
 * Runs a suite on a new server while `fault` disturbs it.
 *
 * @param options.workers in this process
 * @param options.ms the least time of a trial; default 5
 * @param options.hangs the number of the trial that does not end on the first worker that runs it; default none
 * @param options.prepare starts other workers; resolves when they are connected
 * @param options.addressOf the address of the server for this process; default its own
 * @param fault resolves, when the disturbance is over, with the names of the workers that it killed
 */
export async function runSuite(
  options: {
    readonly trials: number
    readonly workers: number
    readonly lockMs: number
    readonly ms?: number
    readonly hangs?: number
    readonly prepare?: (server: Server, ledger: string) => Promise<void>
    readonly server?: readonly string[]
    readonly addressOf?: (server: Server) => Promise<string>
  },
  fault: (suite: Suite) => Promise<readonly string[]>,
): Promise<Outcome> {
  const server = await startServer(...(options.server ?? []))
  const ledger = join(server.folder, 'ledger.txt')
  const url = (await options.addressOf?.(server)) ?? server.url
  const inputs = Array.from(
    { length: options.trials },
    (_, i): StubInput => ({
      id: `t${i}`,
      value: i,
      ms: (options.ms ?? 5) + ((i * 7) % 20),
      hangs: i === options.hangs,
    }),
  )
  const workers: QueueWorker[] = []
  const endWatch = watchPauses(ledger, options.lockMs)
  try {
    for (let i = 0; i < options.workers; i++) {
      workers.push(
        await startWorker(
          { url },
          { execute: stubTrials(ledger, `w${i}`), atOnce: 2, lockMs: options.lockMs, connectMs },
        ),
      )
    }
    await options.prepare?.(server, ledger)
    const queue = await openQueue({ url }, { pollMs: 20, checkMs: 500, connectMs })
    const jobs = inputs.map((input) => ({
      id: input.id,
      work: { task: 'stub', input },
      run: () => Promise.resolve(resultOf(input)),
    }))
    const running = queue.run(jobs)
    const ended = (): number => new Set(linesOf(ledger).flatMap((l) => (l.what === 'end' ? [l.id] : []))).size
    const hanging = (): string | null =>
      linesOf(ledger).find((l) => l.what === 'begin' && l.id === `t${options.hangs}`)?.worker ?? null
    const killed = await fault({ server, ledger, hanging, progress: () => ended() / options.trials })
    const over = performance.now()
    const results = await running
    const seconds = (performance.now() - over) / 1000
    await queue.close()
    const lines = linesOf(ledger)
    const endsOf = (id: string): number =>
      lines.filter((l) => l.what === 'end' && l.id === id && !killed.includes(l.worker)).length
    return {
      trials: options.trials,
      lost: inputs.filter((input, i) => JSON.stringify(results[i]) !== JSON.stringify(resultOf(input))).length,
      twice: inputs.filter(({ id }) => endsOf(id) > 1).length,
      again: lines.filter((l) => l.what === 'begin').length - options.trials,
      paused: lines.some((l) => l.what === 'paused' && !killed.includes(l.worker)),
      seconds,
    }
  } finally {
    endWatch()
    await Promise.all(workers.map((worker) => worker.stop()))
    await server.remove()
  }
}
