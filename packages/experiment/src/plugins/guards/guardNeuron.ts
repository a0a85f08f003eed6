import type { NeuronModel } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { checkLike, checkShape, checkTree } from './checkTree.js'
import { callPlugin, inspected, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's neuron model, whose calls are checked against the contract.
 *
 * @throws CLI_PLUGIN
 */
export function guardNeuron<M extends NeuronModel>(plugin: Reference, made: unknown): M {
  const inner = made as NeuronModel
  const fields = inspected(plugin, 'the result of the factory', () => {
    checkRecord(plugin, made, ['init', 'rest', 'step'])
    return { ...inner }
  })
  const guarded: NeuronModel = {
    ...fields,
    init(key, n) {
      const params = callPlugin(plugin, 'init', () => inner.init(key, n))
      checkTree(plugin, 'the result of init', params)
      return params
    },
    rest(shape, dtype) {
      const state = callPlugin(plugin, 'rest', () => inner.rest(shape, dtype))
      checkTree(plugin, 'the state that rest returns', state)
      return state
    },
    step(params, state, current, spike) {
      const found: unknown = callPlugin(plugin, 'step', () => inner.step(params, state, current, spike))
      return inspected(plugin, 'the result of step', () => {
        if (typeof found !== 'object' || found === null) {
          throw pluginError(plugin, `step returns ${described(found)}, and { state, output } is needed`)
        }
        const { state: next, output } = found as ReturnType<NeuronModel['step']>
        checkLike(plugin, 'state of step', next, state, 'the state before')
        checkShape(plugin, 'output of step', output, current.shape)
        return { state: next, output }
      })
    },
  }
  return guarded as M
}
