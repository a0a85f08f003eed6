/** Simulated builds: the effects of a shared machine on a step of a known length. */
import type { Build } from '../../src/compare/builds.js'

/** Uniform on [0, 1) from a seed: the generator "splitmix32". */
export function random(start: number): () => number {
  let state = start | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let x = state ^ (state >>> 16)
    x = Math.imul(x, 0x21f0aaad)
    x ^= x >>> 15
    x = Math.imul(x, 0x735a2d97)
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32
  }
}

/** A machine that slows down and recovers, disturbs a third of all steps, and starts no two processes identically. */
export function noisyMachine(start: number, stepMs = 10) {
  const next = random(start)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  let drift = 0
  /** A process of a build that takes `factor` times as long. */
  return (factor: number): Build => {
    const luck = 1 + 0.01 * normal()
    return {
      async round(n) {
        // Up to 50 % slower for a while, for the build that runs at that time.
        drift = Math.min(0.5, Math.max(0, drift + 0.04 * normal()))
        return Array.from({ length: n }, () => {
          const disturbed = next() < 0.33 ? 1 + 3 * next() ** 4 : 1
          return stepMs * factor * luck * (1 + drift) * disturbed * (1 + 0.02 * Math.abs(normal()))
        })
      },
      close: () => undefined,
    }
  }
}
