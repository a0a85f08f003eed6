import { inflateSync } from 'node:zlib'

/** Pixels of a PNG of 8-bit RGB or RGBA, not interlaced. */
export type Picture = {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

/** Decodes a PNG (PNG specification, sections 9 and 11), for tests that read pixels. */
export function decodePng(file: Buffer): Picture {
  if (file.toString('latin1', 1, 4) !== 'PNG') throw new Error('not a PNG')
  const parts: Buffer[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const length = file.readUInt32BE(at)
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length))
  }
  const [width, height, depth, type, interlaced] = [
    file.readUInt32BE(16),
    file.readUInt32BE(20),
    file[24],
    file[25],
    file[28],
  ]
  if (depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) throw new Error('a PNG of another kind')
  const channels = type === 6 ? 4 : 3
  const stride = width * channels
  const raw = inflateSync(Buffer.concat(parts))
  const data = new Uint8Array(height * stride)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (data[y * stride + x - channels] ?? 0) : 0
      const up = y > 0 ? (data[(y - 1) * stride + x] ?? 0) : 0
      const corner = y > 0 && x >= channels ? (data[(y - 1) * stride + x - channels] ?? 0) : 0
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0
      data[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + guess
    }
  }
  return { width, height, channels, data }
}

/** The number of distinct colours of a picture, and the share of its pixels that are not white. */
export function survey({ width, height, channels, data }: Picture): { colours: number; inked: number } {
  const seen = new Set<number>()
  let inked = 0
  for (let p = 0; p < width * height; p++) {
    const [r = 0, g = 0, b = 0] = data.subarray(p * channels, p * channels + 3)
    seen.add((r << 16) | (g << 8) | b)
    if (r < 250 || g < 250 || b < 250) inked++
  }
  return { colours: seen.size, inked: inked / (width * height) }
}
