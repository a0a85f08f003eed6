import { inflateSync } from 'node:zlib'

/** Pixels of a PNG of 8-bit RGB or RGBA, not interlaced. */
export type Picture = {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array
}

/** The number of distinct colours of a picture, and the share of its pixels that are not white. */
export function survey({ width, height, channels, data }: Picture): { colours: number; inked: number } {
  const seen = new Set<number>()
  let [inked, last] = [0, -1]
  for (let at = 0; at < width * height * channels; at += channels) {
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
    if (r < 250 || g < 250 || b < 250) inked++
    const colour = (r << 16) | (g << 8) | b
    // Neighbours mostly have one colour.
    if (colour !== last) seen.add(colour)
    last = colour
  }
  return { colours: seen.size, inked: inked / (width * height) }
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
    const line = raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1))
    data.set(line, y * stride)
    unfilter(data, y * stride, stride, channels, raw[y * (stride + 1)]!)
  }
  return { width, height, channels, data }
}

/** Undoes the filter of one line, which predicts each byte from those to its left and above (section 9.2). */
function unfilter(data: Uint8Array, from: number, stride: number, channels: number, filter: number): void {
  if (filter === 0) return
  for (let at = from; at < from + stride; at++) {
    const left = at - from >= channels ? data[at - channels]! : 0
    const up = from > 0 ? data[at - stride]! : 0
    if (filter === 1) data[at]! += left
    else if (filter === 2) data[at]! += up
    else if (filter === 3) data[at]! += (left + up) >> 1
    else {
      const corner = from > 0 && at - from >= channels ? data[at - stride - channels]! : 0
      const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
      data[at]! += a <= b && a <= c ? left : b <= c ? up : corner
    }
  }
}
