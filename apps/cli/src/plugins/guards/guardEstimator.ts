import type { Estimate, Estimator, Key, Loss, Tree } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import type { Unchecked } from './checkRecord.js'
import { checkLike, checkScalar, checkTree } from './checkTree.js'
import { callPlugin, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

const needs: readonly unknown[] = ['evaluate', 'jvp', 'vjp'] satisfies readonly Estimator['needs'][]
const unbiased: readonly unknown[] = [true, false, 'oneHiddenLayer'] satisfies readonly Estimator['unbiased'][]

/**
 * Checks one estimate: the loss, a gradient with the structure of the parameters, a state with the structure of the
 * previous one, its cost.
 */
function checkEstimate(plugin: Reference, found: unknown, params: Tree, state: Tree): void {
  if (typeof found !== 'object' || found === null) {
    throw pluginError(plugin, `estimate returns ${described(found)}, and { value, grad, state, stats } is needed`)
  }
  const { value, grad, state: next, stats } = found as Unchecked
  checkScalar(plugin, 'value of estimate', value)
  checkLike(plugin, 'grad of estimate', grad, params, 'the record of parameters')
  checkLike(plugin, 'state of estimate', next, state, 'the state before')
  if (typeof stats !== 'object' || stats === null) {
    throw pluginError(plugin, `stats of estimate is ${described(stats)}, and { forwardEquivalents } is needed`)
  }
  for (const [name, stat] of Object.entries({ forwardEquivalents: undefined, ...stats })) {
    checkScalar(plugin, `stats.${name} of estimate`, stat)
  }
}

/**
 * A plug-in's estimator, whose calls are checked against the contract. The checks run once, when a step is traced, and
 * cost nothing while it runs.
 *
 * @throws CLI_PLUGIN if the factory made no estimator; so do the calls of the returned estimator
 */
export function guardEstimator(plugin: Reference, made: unknown): Estimator {
  const record = checkRecord(plugin, made, ['init', 'estimate'])
  if (!needs.includes(record['needs'])) {
    throw pluginError(plugin, `needs is ${described(record['needs'])}, and one of ${needs.join(', ')} is needed`)
  }
  if (!unbiased.includes(record['unbiased'])) {
    throw pluginError(
      plugin,
      `unbiased is ${described(record['unbiased'])}, and one of ${unbiased.join(', ')} is needed`,
    )
  }
  const inner = made as Estimator
  return {
    ...inner,
    init(params) {
      const state = callPlugin(plugin, 'init', () => inner.init(params))
      checkTree(plugin, 'the state that init returns', state)
      return state
    },
    estimate<P extends Tree>(loss: Loss<P>, params: P, state: Tree, ctx: { key: Key }): Estimate<Tree, P> {
      const found = callPlugin(plugin, 'estimate', () => inner.estimate(loss, params, state, ctx))
      checkEstimate(plugin, found, params, state)
      return found
    },
  }
}
