import { sequence } from '../shapes/sequences.js'

/** Numbers of the normal distribution, from a key (Box & Muller 1958). */
export function pseudoNormals(key: number, count: number): Float64Array {
  const next = sequence('uniform', 2, key)
  return Float64Array.from({ length: count }, () => {
    const [a = 0, b = 0] = next()
    return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b)
  })
}
