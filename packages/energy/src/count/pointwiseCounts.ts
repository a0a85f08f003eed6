import type { Counts } from './counts.js'

const multiplications = ['mul', 'div', 'rem']
const functions = ['exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'erf', 'pow']
/** They change the type or the derivative, and compute nothing. */
const free = ['cast', 'bitcast', 'stopGradient']

/** The count that a pointwise operation belongs to; null for one that computes nothing. */
export function pointwiseCount(primitive: string): keyof Counts | null {
  if (free.includes(primitive)) return null
  if (primitive === 'threefry') return 'random'
  if (multiplications.includes(primitive)) return 'multiplications'
  return functions.includes(primitive) ? 'functions' : 'additions'
}
