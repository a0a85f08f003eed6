import type { OperatorProblem, RegressionProblem } from '@spikeward/core'
import type { OwnData, OwnDataSettings } from '../../../host/host.js'
import { inPlaceOf, readOwn, readSplit, readTable } from './ownData.js'

export async function ownProblem(
  own: OwnData,
  { dataKey, split }: OwnDataSettings,
  what: 'table' | 'own' | OperatorProblem,
): Promise<RegressionProblem | OperatorProblem> {
  const dealt = readSplit(split)
  if (what === 'table') return readTable(own, dataKey, dealt)
  const read = await readOwn(own, dataKey, dealt)
  return what === 'own' ? read : inPlaceOf(what, read, own)
}
