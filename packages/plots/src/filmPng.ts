import { crc32, deflateSync } from 'node:zlib'
import { extent } from './specs/scales.js'

/** 256 colours: blue, white, red. */
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

/**
 * Fields on a grid as a PNG, a pixel for each point, coloured from the least to the largest value: blue, white, red.
 * Several frames are an animated one (APNG), ten in a second, which readers without animation show as its first frame.
 *
 * @param values [frames, rows, columns], row-major
 * @param range the values of the first and of the last colour, beyond which colours stay. Default: the least and the
 *   largest value
 * @see PNG Specification, third edition, W3C 2025 (animated PNG)
 * @example await writeFile('front.png', filmPng(values, [20, 64, 64]))
 */
export function filmPng(
  values: ArrayLike<number>,
  [count, height, width]: readonly [frames: number, rows: number, columns: number],
  range?: readonly [low: number, high: number],
): Uint8Array {
  const [low, high] = range ?? extent(values)
  const colourOf = (v: number): number => Math.round(255 * Math.min(1, Math.max(0, (v - low) / (high - low || 1))))
  const cells = height * width
  const pictures = Array.from({ length: count }, (_, t) =>
    Uint8Array.from({ length: cells }, (_x, p) => colourOf(values[t * cells + p]!)),
  )
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
