import type { OperatorProblem, RegressionProblem } from '@spikeward/core'
import type { OwnData, OwnDataSettings } from '../../../host/host.js'
import { usageError } from '../../../usage/usageError.js'
import { hashOf, inPlaceOf, readOwn, readSplit, readTable } from './ownData.js'

/** The problem in a run's file; see {@link OwnDataSettings} and `Host.ownProblem`. */
export async function ownProblem(
  own: OwnData,
  { dataKey, dataHash, split }: OwnDataSettings,
  what: 'table' | 'own' | OperatorProblem,
): Promise<RegressionProblem | OperatorProblem> {
  const dealt = readSplit(split)
  if (what === 'table') return unchanged(own, dataHash, await readTable(own, dataKey, dealt))
  const read = await unchanged(own, dataHash, await readOwn(own, dataKey, dealt))
  return what === 'own' ? read : inPlaceOf(what, read, own)
}

/** Refuses a file that is not the one that the run began with. */
async function unchanged<T>({ data }: OwnData, dataHash: string | null, read: T): Promise<T> {
  if (dataHash === null || dataHash === (await hashOf(data))) return read
  throw usageError(
    'CLI_DATA_CHANGED',
    `${data} was changed since the run began (its checksum differs); restore it, or start a new run`,
  )
}
