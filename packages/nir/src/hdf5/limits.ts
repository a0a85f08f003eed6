import { SpikewardError } from '@spikeward/core'
import type { ContentLimits, Contents, Found } from './contents.js'

/** How much a file may require before it is refused. The defaults follow from the file's size. */
export interface ReadLimits {
  /** Groups and data sets in all; default one for each 48 bytes, which no file exceeds without sharing them. */
  readonly objects?: number
  /** Numbers and texts in all; default 256 for each byte, at least 2²⁰. */
  readonly numbers?: number
}

/** Limits for a file of this number of bytes. */
export const limitsFor = (bytes: number, asked: ReadLimits): ContentLimits => ({
  objects: asked.objects ?? Math.ceil(bytes / 48),
  numbers: asked.numbers ?? Math.max(2 ** 20, 256 * bytes),
})

/** @throws NIR_LIMIT if the limits were exceeded */
export function withinLimits(found: Found): Contents {
  if ('contents' in found) return found.contents
  throw new SpikewardError(
    'NIR_LIMIT',
    `the file holds more ${found.exceeds} than a file of its size should; it may be damaged or made to exhaust memory; if you trust it, raise the limit: { ${found.exceeds}: … }`,
  )
}
