import type { OperatorProblem, PinnProblem, RegressionProblem } from '@spikeward/core'
import { checkRecord, described } from './checkRecord.js'
import { callPlugin, inspected, pluginError, thrownBy } from '../pluginError.js'
import type { Reference } from '../reference.js'

/** The functions that a problem of each kind has. */
const functions: Readonly<Record<string, readonly string[]>> = {
  regression: ['points'],
  pinn: ['points'],
  operator: ['data'],
}

/**
 * A plug-in's problem. Errors of its functions name the plug-in; the contract tests of @spikeward/testkit check the
 * rest.
 *
 * @throws CLI_PLUGIN
 */
export function guardProblem(plugin: Reference, made: unknown): RegressionProblem | OperatorProblem | PinnProblem {
  const { kind, domain, notes } = inspected(plugin, 'the result of the factory', () => ({
    ...checkRecord(plugin, made, []),
  }))
  const needed = typeof kind === 'string' ? functions[kind] : undefined
  if (needed === undefined) {
    throw pluginError(plugin, `kind is ${described(kind)}, but one of ${Object.keys(functions).join(', ')} is needed`)
  }
  inspected(plugin, 'the result of the factory', () => checkRecord(plugin, made, needed))
  if (!inspected(plugin, 'domain', () => Array.isArray(domain))) {
    throw pluginError(plugin, `domain is ${described(domain)}, and both ends of each axis are needed`)
  }
  const isTexts = (found: unknown): boolean => Array.isArray(found) && found.every((one) => typeof one === 'string')
  if (notes !== undefined && !inspected(plugin, 'notes', () => isTexts(notes))) {
    throw pluginError(plugin, `notes is ${described(notes)}, but an array of strings is needed`)
  }
  return inspected(plugin, 'the result of the factory', () =>
    guarded(plugin, made as RegressionProblem | OperatorProblem | PinnProblem),
  )
}

function guarded(
  plugin: Reference,
  problem: RegressionProblem | OperatorProblem | PinnProblem,
): RegressionProblem | OperatorProblem | PinnProblem {
  if (problem.kind === 'operator') {
    return {
      ...problem,
      async data(split, options) {
        try {
          return await problem.data(split, options)
        } catch (thrown) {
          throw thrownBy(plugin, 'data', thrown)
        }
      },
    }
  }
  return { ...problem, points: (split) => callPlugin(plugin, 'points', () => problem.points(split)) }
}
