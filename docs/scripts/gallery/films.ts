/** Pictures of trajectories for the gallery: in the plane a film (animated PNG), on a line all times below each other. */
import { crc32, deflateSync } from 'node:zlib'
import type { TrajectoryProblem } from '@spikeward/core'
import {
  advectionJumps,
  allenCahn2d,
  grayScott,
  kuramotoSivashinsky,
  nagumo2d,
  navierStokes,
  shallowWater,
} from '@spikeward/problems'

const one = { train: 1, validation: 1, test: 1 }

/** The trajectory that each picture shows. */
const shown: Readonly<Record<string, TrajectoryProblem>> = {
  'advection-jumps': advectionJumps({ ...one, frames: 129, interval: 2 / 128 }),
  'allen-cahn-2d': allenCahn2d(one),
  'gray-scott': grayScott({ ...one, duration: 800, interval: 20, frames: 41 }),
  'kuramoto-sivashinsky': kuramotoSivashinsky({ ...one, length: 64, frames: 201, interval: 0.5 }),
  'nagumo-2d': nagumo2d(one),
  'navier-stokes': navierStokes({ ...one, sensors: 64, duration: 20, times: 41, steps: 25 }),
  'shallow-water': shallowWater({ ...one, frames: 31 }),
}

/** From the least to the largest value: blue, white, red. */
const palette = Uint8Array.from({ length: 768 }, (_, i) => {
  const s = Math.floor(i / 3) / 127.5 - 1
  const fade = 1 - Math.abs(s)
  const ends = s < 0 ? [30, 80, 160] : [180, 40, 40]
  return Math.round(255 * fade + ends[i % 3]! * (1 - fade))
})

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

const numbers = (...values: readonly (readonly [value: number, bytes: 1 | 2 | 4])[]): Buffer =>
  Buffer.concat(
    values.map(([value, bytes]) => {
      const out = Buffer.alloc(bytes)
      out.writeUIntBE(value, 0, bytes)
      return out
    }),
  )

/** Rows of pixels of the palette as a PNG; several pictures of the same size as an animated one, ten in a second. */
function png(width: number, height: number, pictures: readonly Uint8Array[]): Buffer {
  const size = [
    [width, 4],
    [height, 4],
  ] as const
  const rows = (pixels: Uint8Array): Buffer => {
    const lines = Buffer.alloc(height * (width + 1))
    for (let y = 0; y < height; y++) lines.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
    return deflateSync(lines, { level: 9 })
  }
  const animated = pictures.length > 1
  let order = 0
  const frames = pictures.flatMap((pixels, i) => {
    const control = () => chunk('fcTL', numbers([order++, 4], ...size, [0, 4], [0, 4], [1, 2], [10, 2], [0, 1], [0, 1]))
    const before = animated ? [control()] : []
    const data = rows(pixels)
    return [...before, i === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([numbers([order++, 4]), data]))]
  })
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', numbers(...size, [8, 1], [3, 1], [0, 1], [0, 1], [0, 1])),
    chunk('PLTE', palette),
    ...(animated ? [chunk('acTL', numbers([pictures.length, 4], [0, 4]))] : []),
    ...frames,
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The picture of each problem with trajectories: the first channel of the first test function. */
export const films = (): Promise<readonly (readonly [name: string, file: Buffer])[]> =>
  Promise.all(
    Object.entries(shown).map(async ([name, problem]) => {
      const { frames, grid, channels } = problem.trajectory
      const { values } = await problem.trajectories('test')
      const first = values.filter((_, i) => i % channels.length === 0)
      const [low, high] = first.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity])
      const pixels = Uint8Array.from(first, (v) => Math.round((255 * (v - low)) / (high - low)))
      const [rows = 1, columns] = grid
      if (columns === undefined) return [name, png(rows, frames, [pixels])] as const
      const cells = rows * columns
      return [
        name,
        png(
          columns,
          rows,
          Array.from({ length: frames }, (_, t) => pixels.subarray(t * cells, (t + 1) * cells)),
        ),
      ] as const
    }),
  )
