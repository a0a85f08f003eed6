import type { Estimate, Estimator, Key, Loss, Tree } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import type { Unchecked } from './checkRecord.js'
import { checkLike, checkScalar, checkTree } from './checkTree.js'
import { callPlugin, inspected, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

const needs: readonly unknown[] = ['evaluate', 'jvp', 'vjp'] satisfies readonly Estimator['needs'][]
const unbiased: readonly unknown[] = [true, false, 'oneHiddenLayer'] satisfies readonly Estimator['unbiased'][]

/**
 * Checks one estimate: the loss, a gradient with the structure of the parameters, a state with the structure of the
 * previous one, its cost.
 */
function checkEstimate<P extends Tree>(plugin: Reference, found: unknown, params: P, state: Tree): Estimate<Tree, P> {
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
  // Each is read once: a getter may give another value the second time.
  return { value, grad, state: next, stats } as Estimate<Tree, P>
}

/**
 * A plug-in's estimator, whose calls are checked against the contract. The checks run once, when a step is traced, and
 * cost nothing while it runs.
 *
 * @throws CLI_PLUGIN if the factory made no estimator; so do the calls of the returned estimator
 */
export function guardEstimator(plugin: Reference, made: unknown): Estimator {
  const inner = made as Estimator
  const fields = inspected(plugin, 'the result of the factory', () => {
    checkRecord(plugin, made, ['init', 'estimate'])
    return { ...inner }
  })
  if (!needs.includes(fields.needs)) {
    throw pluginError(plugin, `needs is ${described(fields.needs)}, but one of ${needs.join(', ')} is needed`)
  }
  if (!unbiased.includes(fields.unbiased)) {
    throw pluginError(plugin, `unbiased is ${described(fields.unbiased)}, but one of ${unbiased.join(', ')} is needed`)
  }
  return {
    ...fields,
    init(params) {
      const state = callPlugin(plugin, 'init', () => inner.init(params))
      checkTree(plugin, 'the state that init returns', state)
      return state
    },
    estimate<P extends Tree>(loss: Loss<P>, params: P, state: Tree, ctx: { key: Key }): Estimate<Tree, P> {
      const found = callPlugin(plugin, 'estimate', () => inner.estimate(loss, params, state, ctx))
      return inspected(plugin, 'the result of estimate', () => checkEstimate(plugin, found, params, state))
    },
  }
}
