/** Opens the backend of a run: the one that is named, or the fastest of this machine. */
import { type BackendFactory, fastest } from '@spikeward/backend-auto'
import { host } from '#host'
import { type Backend, UnavailableError, referenceBackend } from '@spikeward/core'
import { trialOf } from '@spikeward/train'
import { type Factory, factories } from '../catalogue/factories.js'
import { AUTO, openBackend } from '../catalogue/make.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { BuildHow } from '../assembly/experiment.js'
import { silentIo } from '../io/io.js'
import { type Parts, buildParts } from './buildParts.js'

const isForNodeOnly = ({ declaration }: Factory): boolean => declaration.facts['runsIn'] === 'Node'

/**
 * The backends that are compared, those for Node alone first: they open quickly. The reference defines results and is
 * never the fastest.
 */
const candidates = Object.values(factories.backend)
  .filter((factory) => factory !== referenceBackend)
  // Every factory of this kind returns a backend.
  .sort((a, b) => Number(isForNodeOnly(b)) - Number(isForNodeOnly(a))) as BackendFactory[]

/** Operations of a forward pass above which a smaller batch is measured, so that the trials end in time. */
const MAX_OPERATIONS = 2e8

const operationsOf = ({ experiment: { size } }: Parts): number => 2 * size.rows * size.parameters

/** The kind of step: estimator, network, and the operations of a forward pass to a factor of 8. */
function workloadOf({ estimator, network }: TrainConfig, parts: Parts): string {
  const power = Math.max(0, Math.round(Math.log2(operationsOf(parts)) / 3))
  return `${network} by ${estimator}, about 8^${power} operations`
}

async function smallRun(config: TrainConfig, parts: Parts, how: BuildHow): Promise<Parts> {
  const batch = Math.max(1, Math.floor((config.batch * MAX_OPERATIONS) / operationsOf(parts)))
  if (batch >= config.batch) return parts
  return buildParts({ ...config, batch }, { ...how, io: silentIo, quiet: true })
}

/** The backends of a run in shares, in the order in which they are tried. */
const IN_SHARES = ['native', 'cpu'] as const

/**
 * The first backend that opens on this machine. A run in shares has the same bits for any number of ranks; a
 * measurement would choose by their threads, and differently from one empty memory to the next.
 */
async function openInShares(threads: number | null): Promise<{ readonly name: string; readonly backend: Backend }> {
  let unavailable: unknown
  for (const name of IN_SHARES) {
    try {
      return { name, backend: await openBackend(name, threads) }
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      unavailable = error
    }
  }
  throw unavailable
}

/**
 * Opens the backend of a run. With `auto` it measures a small step of the run on each backend, reports its choice with
 * the reason, and remembers it; a run in shares takes the first one that opens. The returned settings name the chosen
 * backend.
 *
 * @param usualThreads threads if the settings name none; default: as many as the backend chooses
 * @throws those of {@link openBackend}; NO_BACKEND
 */
export async function openFor(
  config: TrainConfig,
  parts: Parts,
  how: BuildHow,
  usualThreads?: number,
): Promise<{ readonly config: TrainConfig; readonly backend: Backend }> {
  const threads = config.threads ?? usualThreads ?? null
  if (config.backend !== AUTO) return { config, backend: await openBackend(config.backend, threads) }
  if (config.shares !== null) {
    const { name, backend } = await openInShares(threads)
    if (!how.quiet)
      how.io.err(
        `backend: ${name}, the first of ${IN_SHARES.join(', ')} that runs here; nothing is measured with --shares\n`,
      )
    return { config: { ...config, backend: name }, backend }
  }
  const { experiment, estimator, optimizer } = await smallRun(config, parts, how)
  const { name, backend, reason } = await fastest(candidates, {
    trial: trialOf({ task: experiment.task, estimator, optimizer, key: 0 }),
    ...(await host.choices()),
    workload: workloadOf(config, parts),
    ...(threads === null ? {} : { given: { threads } }),
  })
  if (!how.quiet) how.io.err(`backend: ${reason}\n`)
  return { config: { ...config, backend: name }, backend }
}
