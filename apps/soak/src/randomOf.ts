/** Whole numbers below n: the same stream for the same key. */
export type Random = (n: number) => number

/** Mixes a number into a key: streams of different indices have nothing in common. */
export const mix = (key: number, index: number): number => {
  let x = (Math.imul(key ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}

/** A stream of whole numbers from a key (a Weyl sequence through a finaliser). */
export function randomOf(key: number): Random {
  let state = key >>> 0
  return (n) => {
    state = (state + 0x9e3779b9) >>> 0
    return Math.floor((mix(state, 0) / 2 ** 32) * n)
  }
}
