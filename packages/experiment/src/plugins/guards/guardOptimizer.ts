import type { Optimizer } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { checkLike, checkTree } from './checkTree.js'
import { callPlugin, inspected, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's optimiser or transform of gradients, each call of which is checked by the contract.
 *
 * @throws CLI_PLUGIN
 */
export function guardOptimizer(plugin: Reference, made: unknown): Optimizer {
  const inner = made as Optimizer
  const fields = inspected(plugin, 'the result of the factory', () => {
    checkRecord(plugin, made, ['init', 'update'])
    return { ...inner }
  })
  return {
    ...fields,
    init(params) {
      const state = callPlugin(plugin, 'init', () => inner.init(params))
      checkTree(plugin, 'the state that init gives', state)
      return state
    },
    update(grad, state, params) {
      const found: unknown = callPlugin(plugin, 'update', () => inner.update(grad, state, params))
      return inspected(plugin, 'the result of update', () => {
        if (typeof found !== 'object' || found === null)
          throw pluginError(plugin, `update gives ${described(found)}, and { updates, state } is needed`)
        const { updates, state: next } = found as ReturnType<typeof inner.update<typeof grad>>
        checkLike(plugin, 'updates of update', updates, grad, 'the gradient')
        checkLike(plugin, 'state of update', next, state, 'the state before')
        return { updates, state: next }
      })
    },
  }
}
