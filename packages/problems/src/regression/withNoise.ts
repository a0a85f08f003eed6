import { type PointSet, boxMuller, number } from '@spikeward/core'

/** The option of every problem that is a formula: noise of its measurements. */
export const noiseOption = () =>
  number({
    min: 0,
    default: 0,
    help: 'noise of the training targets, as a share of their standard deviation; the same for every key',
  })

/** A well-mixed whole number below 2³² from another one: the finaliser of MurmurHash3. */
function mixed(counter: number): number {
  let h = Math.imul(counter + 1, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The i-th number of a standard normal sequence that is always the same. */
const gaussian = (i: number): number => boxMuller(1 - (mixed(2 * i) + 1) / 2 ** 32, mixed(2 * i + 1) / 2 ** 32)

/**
 * Adds Gaussian noise to the targets of points; the noise is the same in every call.
 *
 * @param share the deviation of the noise, as a share of that of each output; 0 gives the same points
 */
export function withNoise(points: PointSet, share: number): PointSet {
  if (share === 0) return points
  const outputs = points.y.length / points.count
  const y = points.y.slice()
  for (let o = 0; o < outputs; o++) {
    const of = points.y.filter((_, i) => i % outputs === o)
    const mean = of.reduce((sum, v) => sum + v, 0) / of.length
    const deviation = Math.sqrt(of.reduce((sum, v) => sum + (v - mean) ** 2, 0) / of.length)
    for (let i = o; i < y.length; i += outputs) y[i]! += share * deviation * gaussian(i)
  }
  return { ...points, y }
}
