import { add, treeMap } from '@spikeward/core'
import type { Tree } from '@spikeward/core'

/**
 * The next parameters: θ + Δθ, tensor by tensor.
 *
 * @throws STRUCTURE_MISMATCH
 * @example params = applyUpdates(params, optimizer.update(grad, state, params).updates)
 */
export const applyUpdates = <P extends Tree>(params: P, updates: P): P => treeMap((p, u) => add(p, u), params, updates)
