import { key as keyOf, normal } from '@spikeward/core'
import { writeShard } from '@spikeward/problems/node'

/** Sizes of a data set on disk. */
export type DataSize = {
  /** Functions in all. */
  readonly functions: number
  readonly sensors: number
  readonly points: number
}

/** Functions of a shard. */
const SHARD = 4096

/** Bytes of one function with its solution, in single precision. */
export const bytesOfRow = ({ sensors, points }: DataSize): number => 4 * (sensors + points)

/**
 * Writes functions f = Σₘ aₘ sin(mπx), m ≤ 4, with their antiderivatives u = Σₘ aₘ (1 − cos(mπx))/(mπ) as shards. The aₘ are normal
 * numbers from a key.
 *
 * @param wrote called after each shard, with the number of functions written
 */
export async function writeFunctions(
  folder: string,
  size: DataSize,
  wrote: (functions: number) => void,
): Promise<void> {
  const modes = [1, 2, 3, 4]
  const table = (points: number, of: (m: number, x: number) => number): Float64Array[] =>
    modes.map((m) => Float64Array.from({ length: points }, (_, i) => of(m, i / (points - 1))))
  const sines = table(size.sensors, (m, x) => Math.sin(m * Math.PI * x))
  const solutions = table(size.points, (m, x) => (1 - Math.cos(m * Math.PI * x)) / (m * Math.PI))
  for (let from = 0, number = 0; from < size.functions; from += SHARD, number++) {
    const count = Math.min(SHARD, size.functions - from)
    const drawn = normal(keyOf(0).fold(number), [count, modes.length])
    const coefficients = await drawn.data()
    drawn.dispose()
    const rows = ([a, b, c, d]: readonly Float64Array[], width: number) => {
      const data = new Float32Array(count * width)
      for (let r = 0; r < count; r++) {
        const [k0, k1, k2, k3] = modes.map((_, m) => coefficients[r * modes.length + m]!) as [
          number,
          number,
          number,
          number,
        ]
        for (let i = 0; i < width; i++) data[r * width + i] = k0 * a![i]! + k1 * b![i]! + k2 * c![i]! + k3 * d![i]!
      }
      return { shape: [count, width], data }
    }
    await writeShard(folder, number, {
      inputs: rows(sines, size.sensors),
      outputs: rows(solutions, size.points),
    })
    wrote(from + count)
  }
}
