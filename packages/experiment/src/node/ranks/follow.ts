import { firstError } from '@spikeward/core'
import type { Backend, Communicator } from '@spikeward/core'
import { agree, shareOver, watched } from '@spikeward/distributed'
import { openBackend } from '../../catalogue/kinds/openBackend.js'
import type { Io } from '../../io/io.js'
import { makeProblem } from '../../catalogue/kinds/problems.js'
import { buildParts } from '../../run/buildParts.js'
import { trainingEvents } from '../../run/trainingEvents.js'
import { exitCodes } from '../../usage/usageError.js'
import type { ExitCode } from '../../usage/usageError.js'
import { checkFiles, filesFact } from '../inputs/digests.js'
import { backendFacts, startFacts } from './facts.js'
import { receiveJob } from '../../ranks/job.js'
import type { BackendOrder, Job } from '../../ranks/job.js'
import { isShared } from './leader.js'
import type { Ranks } from './leader.js'

/**
 * The part of every rank but the first: takes the steps of the run that rank 0 begins, and writes nothing but an error of its own, which ends
 * the whole job.
 */
export async function follow({ communicator, threads }: Ranks, args: readonly string[], io: Io): Promise<ExitCode> {
  const quiet = { io: { ...io, out: () => undefined, err: () => undefined }, quiet: true }
  try {
    await agree(communicator, startFacts(args))
    const compared = await helpWithData(communicator)
    if (compared !== null && 'compare' in compared) {
      const { backend: name, threads: asked } = compared.config
      await using backend = await openBackend(name, asked ?? threads)
      await agree(communicator, { ...backendFacts(backend), ...(await filesFact(compared.config)) })
      const job = await helpWithData(communicator)
      if (job !== null && 'timeout' in job) await takeSteps(job, backend)
    }
    await communicator.close()
    return exitCodes.done
  } catch (thrown) {
    const error = firstError(thrown)
    if (isShared(error)) {
      await communicator.close()
      return exitCodes.failed
    }
    io.err(`error: rank ${communicator.rank}: ${error instanceof Error ? error.message : String(error)}\n`)
    communicator.abort()
    return exitCodes.failed
  }

  async function takeSteps({ config, resume, timeout }: Job, backend: Backend): Promise<void> {
    const parts = await buildParts(config, quiet)
    const { events, stop } = trainingEvents({
      config,
      parts,
      backend,
      resume,
      communicator: watched(communicator, timeout),
    })
    const stopListening = io.onInterrupt(stop)
    for await (const event of events) if (event.type === 'end') break
    stopListening()
  }
}

async function helpWithData(communicator: Communicator): Promise<Job | BackendOrder | null> {
  for (;;) {
    const order = await receiveJob(communicator)
    if (order === null || !('split' in order)) return order
    await checkFiles(order.config)
    const { problem: name, problemOptions, dataKey } = order.config
    const problem = await makeProblem(name, problemOptions, dataKey)
    if (problem.kind === 'operator') await problem.data(order.split, { share: shareOver(communicator) })
  }
}
