import { extent } from './extent.js'

/** A logarithmic scale of the positive values, a little wider than they are, so that no line lies on the frame. */
export function logScale(values: readonly number[]): object {
  const positive = values.filter((v) => Number.isFinite(v) && v > 0)
  const [low, high] = positive.length === 0 ? [0.1, 1] : extent(positive)
  const room = 1.1 * (high / low) ** 0.03
  return { type: 'log', nice: false, domain: [low / room, high * room] }
}
