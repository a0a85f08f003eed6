import type { PrincipalComponents } from '@spikeward/operators'
import type { Snapshot } from '@spikeward/train'

const MEAN = '.components.mean'

/**
 * The principal components of the input functions that a stored state holds; null if its network has none. Computed anew from the training
 * functions they would be the same numbers, and take seconds for functions of thousands of sensors.
 */
export function storedComponents({ tensors }: Pick<Snapshot, 'tensors'>): PrincipalComponents | null {
  const path = [...tensors.keys()].find((name) => name.startsWith('fixed.') && name.endsWith(MEAN))
  if (path === undefined) return null
  const [mean, weight] = [tensors.get(path), tensors.get(`${path.slice(0, -MEAN.length)}.components.weight`)]
  const components = weight?.shape[1]
  if (mean === undefined || weight === undefined || components === undefined) return null
  return { mean: Float64Array.from(mean.data, Number), weight: Float64Array.from(weight.data, Number), components }
}
