import { type OperatorData, type OperatorProblem, type PointSet, SpikewardError, describeValue } from '@spikeward/core'

const wrong = (what: string, expected: string, value: unknown, remedy: string): SpikewardError =>
  new SpikewardError('INVALID_ARGUMENT', `${what} takes ${expected}, and was given ${describe(value)}; ${remedy}`)

/** A value for messages: a problem by its name, another record by its keys. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Promise) return describeValue(value)
  const { kind, name } = value as { readonly kind?: unknown; readonly name?: unknown }
  if (typeof kind === 'string' && typeof name === 'string') return `the ${kind} problem ${name}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty record' : `a record of ${keys.slice(0, 6).join(', ')}`
}

const isNumbers = (x: unknown): boolean => x instanceof Float64Array

const isNetwork = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && typeof (x as { readonly apply?: unknown }).apply === 'function'

/** Throws INVALID_ARGUMENT unless the first argument is a network. */
export function checkNetwork(what: string, network: unknown): void {
  if (!isNetwork(network))
    throw wrong(what, 'a network as its first argument', network, 'the order is network, variables, what to measure on')
}

/** Throws INVALID_ARGUMENT unless the value is a record of variables. */
export function checkVariables(what: string, variables: unknown): void {
  if (typeof variables === 'object' && variables !== null && !(variables instanceof Promise)) return
  const remedy = 'pass the variables of the end event of fit, or network.init(key(0))'
  throw wrong(what, 'the variables of the network', variables, remedy)
}

/** Throws INVALID_ARGUMENT unless the value is a set of points: plain JavaScript may pass the problem itself. */
export function checkPoints(what: string, points: PointSet): void {
  const { x, y, count } = (points ?? {}) as Partial<PointSet>
  if (isNumbers(x) && isNumbers(y) && Number.isInteger(count)) return
  throw wrong(what, 'points { x, y, count }', points, "pass problem.points('test')")
}

/** Throws INVALID_ARGUMENT unless the values are an operator problem and its data. */
export function checkFunctions(
  what: string,
  problem: Pick<OperatorProblem, 'at' | 'sensors'>,
  data: OperatorData,
): void {
  const of = (problem ?? {}) as Partial<OperatorProblem>
  if (of.at === undefined || of.sensors === undefined)
    throw wrong(
      what,
      'an operator problem',
      problem,
      "the order is network, variables, problem, await problem.data('test')",
    )
  const { sensors, values, count } = (data ?? {}) as Partial<OperatorData>
  if (isNumbers(sensors) && isNumbers(values) && Number.isInteger(count)) return
  throw wrong(what, 'pairs of functions { sensors, values, count }', data, "pass await problem.data('test')")
}
