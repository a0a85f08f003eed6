/**
 * The inputs that a value depends on: none, random keys, weights (and keys), or data. The origin of a result is the
 * last of its operands' origins in this order.
 */
export type Origin = 'constant' | 'key' | 'weight' | 'data'

const order: readonly Origin[] = ['constant', 'key', 'weight', 'data']

/** The origin of a result of operands with these origins. */
export const joinOrigins = (origins: readonly Origin[]): Origin =>
  origins.reduce((last, o) => (order.indexOf(o) > order.indexOf(last) ? o : last), 'constant')
