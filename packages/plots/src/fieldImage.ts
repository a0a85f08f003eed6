import { encode } from 'fast-png'
import type { Rgb } from './palette.js'

/** Values on a rectangular grid, row-major: [i, j] is the i-th point of the first axis and the j-th of the second. */
export type GridField = {
  readonly shape: readonly [number, number]
  readonly domain: readonly [readonly [number, number], readonly [number, number]]
  readonly values: ArrayLike<number>
  /** 1 where nothing is drawn, such as outside of a domain that is not a box. Default: the whole grid is drawn. */
  readonly outside?: ArrayLike<number>
}

/** Colours of values: those of `ramp` are spread evenly over `range`. */
export type FieldColours = { readonly ramp: readonly Rgb[]; readonly range: readonly [number, number] }

/** The colour of NaN. */
const MISSING = [255, 0, 255] as const

/** The field as a PNG picture with one pixel for each point: the first axis points right, the second up. */
export function fieldPng(field: GridField, { ramp, range: [low, high] }: FieldColours): Uint8Array {
  const [width, height] = field.shape
  const { outside } = field
  const channels = outside === undefined ? 3 : 4
  const data = new Uint8Array(channels * width * height)
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      if (outside?.[i * height + j] === 1) continue
      const share = ((field.values[i * height + j] ?? Number.NaN) - low) / (high - low || 1)
      const place = Math.round((ramp.length - 1) * Math.min(1, Math.max(0, share)))
      const at = channels * ((height - 1 - j) * width + i)
      data.set(Number.isNaN(share) ? MISSING : (ramp[place] ?? MISSING), at)
      if (channels === 4) data[at + 3] = 255
    }
  }
  return encode({ width, height, data, channels, depth: 8 })
}

/** The picture of {@link fieldPng} as a `data:` address. */
export function fieldUrl(field: GridField, colours: FieldColours): string {
  const bytes = fieldPng(field, colours)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return `data:image/png;base64,${btoa(text)}`
}
