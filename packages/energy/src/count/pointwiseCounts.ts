import type { Counts } from './counts.js'

const multiplications = ['mul', 'div', 'rem']
const functions = ['exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'erf', 'pow']
/** Operations that change only the type or the derivative. */
const free = ['cast', 'bitcast', 'stopGradient']

/** The count that a pointwise operation belongs to; null for one that computes nothing. */
export function pointwiseCount(primitive: string): keyof Counts | null {
  if (free.includes(primitive)) return null
  if (primitive === 'threefry') return 'random'
  if (multiplications.includes(primitive)) return 'multiplications'
  return functions.includes(primitive) ? 'functions' : 'additions'
}
