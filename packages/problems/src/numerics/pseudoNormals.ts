import { boxMuller } from '@spikeward/core'
import { sequence } from '../shapes/points/sequences.js'

/** Standard normal numbers, from a key. */
export function pseudoNormals(key: number, count: number): Float64Array {
  const next = sequence('uniform', 2, key)
  return Float64Array.from({ length: count }, () => {
    const [a = 0, b = 0] = next()
    return boxMuller(a, b)
  })
}
