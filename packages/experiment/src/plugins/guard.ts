/**
 * The one check of what a package's factory made: it has the functions of its kind, and their results fit the contract.
 */
import { Tensor, type Tree, treeFlatten } from '@spikeward/core'
import { type Reference, callPlugin, pluginError, reasonOf, thrownBy } from './reference.js'

type Call = (...args: readonly unknown[]) => unknown
type Made = Readonly<Record<string, unknown>>

/** A result, or a field of it, is like an argument, by its number; one number; or any tree of tensors. */
type Fields = Readonly<Record<string, number | 'number' | 'tree'>>

const whole = { '': 'tree' } as const

/** The functions of each kind, with the fields of their results that are checked when a step is traced. */
const contracts = {
  deviceEstimator: { perturb: {}, estimate: {}, largestEstimate: {} },
  estimator: { init: whole, estimate: { value: 'number', grad: 1, state: 2, 'stats.forwardEquivalents': 'number' } },
  neuron: { init: whole, rest: whole, step: { state: 1, output: 2 } },
  optimizer: { init: whole, update: { updates: 0, state: 1 } },
  surrogate: { slope: { '': 0 } },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Fields>>>>

export type Guarded = keyof typeof contracts

export function checkInstance(plugin: Reference, instance: unknown, functions: readonly string[]): Made {
  if (typeof instance !== 'object' || instance === null)
    throw pluginError(
      plugin,
      `the factory returns ${instance === null ? 'null' : typeof instance} instead of the ${plugin.what}`,
    )
  const record = instance as Made
  const lacking = functions.filter((name) => typeof record[name] !== 'function')
  if (typeof record['name'] !== 'string') lacking.push('name')
  if (lacking.length === 0) return record
  throw pluginError(plugin, `the factory returns no ${plugin.what}: its result lacks ${lacking.join(', ')}`)
}

function shapesOf(plugin: Reference, part: string, tree: unknown): string {
  try {
    const { leaves, structure } = treeFlatten(tree as Tree)
    return `${structure.text} of ${leaves.map(({ shape }) => `[${shape.join(', ')}]`).join(', ') || 'nothing'}`
  } catch (cause) {
    throw pluginError(plugin, `${part} is not a tree of tensors: ${reasonOf(cause)}`, cause)
  }
}

function checkField(plugin: Reference, part: string, value: unknown, like: Fields[string], args: readonly unknown[]) {
  if (like === 'number') {
    if (value instanceof Tensor && value.shape.length === 0) return
    throw pluginError(plugin, `${part} is no tensor of one number`)
  }
  const own = shapesOf(plugin, part, value)
  const expected = like === 'tree' ? own : shapesOf(plugin, part, args[like])
  if (own !== expected) throw pluginError(plugin, `${part} is ${own}, and ${expected} is needed`)
}

/** A function of a plug-in whose errors name it, and whose result is checked. */
const checkedCall =
  (plugin: Reference, instance: Made, name: string, fields: Fields): Call =>
  (...args) => {
    const result = callPlugin(plugin, name, () => (instance[name] as Call).apply(instance, [...args]))
    return callPlugin(plugin, `the result of ${name}`, () => {
      for (const [field, like] of Object.entries(fields)) {
        const path = field === '' ? [] : field.split('.')
        const value = path.reduce<unknown>((at, key) => (at as Made | undefined)?.[key], result)
        checkField(plugin, `${field === '' ? 'the result' : field} of ${name}`, value, like, args)
      }
      return result
    })
  }

function guarded<T>(plugin: Reference, instance: unknown, functions: Readonly<Record<string, Fields>>): T {
  return callPlugin(plugin, 'the factory', () => {
    const record = checkInstance(plugin, instance, Object.keys(functions))
    const calls = Object.entries(functions).map(([name, fields]) => [name, checkedCall(plugin, record, name, fields)])
    return { ...record, ...Object.fromEntries(calls) } as T
  })
}

/**
 * The result of a plug-in's factory, whose calls are checked against the contract of its kind. The checks run once,
 * when a step is traced.
 *
 * @throws CLI_PLUGIN, as do the functions that it returns
 */
export const guard = <T>(kind: Guarded, plugin: Reference, instance: unknown): T =>
  guarded(plugin, instance, contracts[kind])

export const guardNetwork = (plugin: Reference, instance: unknown, functions: readonly string[]): unknown =>
  guarded(plugin, instance, Object.fromEntries(functions.map((name) => [name, name === 'init' ? whole : {}])))

export function guardSchedule(plugin: Reference, instance: unknown): Call {
  if (typeof instance === 'function')
    return (...args) => callPlugin(plugin, 'the schedule', () => (instance as Call)(...args))
  throw pluginError(plugin, 'the factory makes no function of the step')
}

/** A plug-in's problem of one of three kinds: a function of points, an equation or an operator. */
export function guardProblem(plugin: Reference, instance: unknown): unknown {
  const { kind, domain } = callPlugin(plugin, 'the factory', () => checkInstance(plugin, instance, []))
  if (!['regression', 'pinn', 'operator'].includes(String(kind)) || !Array.isArray(domain))
    throw pluginError(
      plugin,
      'the problem needs a kind, regression, pinn or operator, and a domain: both ends of each axis',
    )
  if (kind !== 'operator') return guarded(plugin, instance, { points: {} })
  const { data } = checkInstance(plugin, instance, ['data'])
  return {
    ...(instance as Made),
    data: async (...args: readonly unknown[]) => {
      try {
        return await (data as Call)(...args)
      } catch (thrown) {
        throw thrownBy(plugin, 'data', thrown)
      }
    },
  }
}
