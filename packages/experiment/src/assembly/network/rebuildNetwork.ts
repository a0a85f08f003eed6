import type { PodBasis, PrincipalComponents } from '@spikeward/operators'
import { type Json, type Snapshot, ensemble, operatorEnsemble } from '@spikeward/train'
import { host } from '#host'
import type { Coords, OperatorNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import { readNir } from '@spikeward/nir'
import { coordsOf, unitsOf } from './buildNetwork.js'
import type { ConditionsRecord, FromData, NetworkRecord, RebuiltNetwork } from './buildNetwork.js'
import { findNetwork } from '../../catalogue/kinds/networks.js'
import { makeProblem } from '../../catalogue/kinds/problems.js'
import { experimentKinds } from '../kinds.js'

/** The outputs of a network of any kind at coordinates, for input functions if it takes some. */
export const applyOf =
  (network: RebuiltNetwork) =>
  (variables: Variables, functions: Tensor | null, at: Coords): Tensor =>
    'encode' in network
      ? (network as OperatorNetwork<Variables, Tree, Tensor | null>).apply(variables, functions, at)
      : network.apply(variables, (at as Extract<Coords, { readonly kind: 'points' }>).x)

/**
 * The network of a record, with its output transform. A basis and principal components are among the variables of the
 * snapshot.
 */
export async function rebuildNetwork(record: NetworkRecord, snapshot: Snapshot): Promise<RebuiltNetwork> {
  const { kind, settings, nir, conditions } = record
  const graph = nir === null ? null : await readNir(Uint8Array.from(atob(nir), (letter) => letter.charCodeAt(0)))
  const entry = await findNetwork(settings.network, graph)
  const units = await unitsOf(settings)
  const data = fromRecord(record, snapshot)
  const hard = conditions === null ? null : await hardConditionsOf(conditions)
  const one = await experimentKinds[kind].rebuild({ record, data, entry, units, hard })
  if (record.members === undefined) return one
  return 'encode' in one
    ? operatorEnsemble(one as OperatorNetwork<Variables>, record.members)
    : ensemble(one, record.members)
}

const fromRecord = ({ data }: NetworkRecord, snapshot: Snapshot): FromData => ({
  ...Object.fromEntries(
    Object.entries(data).map(([name, value]): [string, () => Json | ReturnType<typeof coordsOf>] => [
      name,
      () => (name === 'at' || name === 'nodes' ? coordsOf(value) : value),
    ]),
  ),
  basis: () => basisOf(snapshot),
  principal: () => () => storedComponents(snapshot),
})

function basisOf({ tensors }: Snapshot): PodBasis {
  const numbers = (path: string): Float64Array => Float64Array.from(tensors.get(path)?.data ?? [], Number)
  return {
    mean: numbers('fixed.mean'),
    modes: numbers('fixed.modes'),
    count: tensors.get('fixed.modes')?.shape[1] ?? 0,
    captured: Number.NaN,
  }
}

async function hardConditionsOf(from: ConditionsRecord): Promise<unknown> {
  if ('equation' in from) return (await host.equationFrom(from.equation)).physics.hard
  const problem = await makeProblem(from.problem, from.options, from.key)
  return problem.kind === 'regression' ? null : (problem.physics?.hard ?? null)
}

const MEAN = '.components.mean'

/**
 * The principal components of the input functions that a stored state holds; null if its network has none. Computed
 * anew from the training functions they would be the same numbers, and take seconds for functions of thousands of
 * sensors.
 */
export function storedComponents({ tensors }: Pick<Snapshot, 'tensors'>): PrincipalComponents | null {
  const path = [...tensors.keys()].find((name) => name.startsWith('fixed.') && name.endsWith(MEAN))
  if (path === undefined) return null
  const [mean, weight] = [tensors.get(path), tensors.get(`${path.slice(0, -MEAN.length)}.components.weight`)]
  const components = weight?.shape[1]
  if (mean === undefined || weight === undefined || components === undefined) return null
  return { mean: Float64Array.from(mean.data, Number), weight: Float64Array.from(weight.data, Number), components }
}
