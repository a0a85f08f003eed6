import { bytesOf } from '../tensor/dtype.js'
import type { Slot } from '../plan/plan.js'
import type { Tiling } from './tileStep.js'

/** The memory of one tile: its size, and the bytes `from` to `to` (not included) of each tile-local slot's part. */
export interface TileScratch {
  readonly bytes: number
  readonly spans: ReadonlyMap<number, { readonly from: number; readonly to: number }>
}

/**
 * Lays out the parts of the tile-local slots that a tile holds, each at a multiple of 64 bytes.
 *
 * @param padding bytes left unused after each part, for backends that read past the end of a row; default 0
 */
export function layOutScratch(
  slots: readonly Slot[],
  { rowExtents, partitionSize, tileRows }: Omit<Tiling, 'depth'>,
  padding = 0,
): TileScratch {
  const spans = new Map<number, { from: number; to: number }>()
  let bytes = 0
  for (const slot of rowExtents.keys()) {
    const { size, dtype } = slots[slot]!
    const to = bytes + (size / partitionSize) * tileRows * bytesOf(dtype)
    spans.set(slot, { from: bytes, to })
    bytes = Math.ceil((to + padding) / 64) * 64
  }
  return { bytes, spans }
}

/**
 * Rows of a tile: the largest divisor of `partitionSize` from `most` / 2 to `most` that is at least `least`; if there
 * is none, the smallest number from `most` up whose last tile has at least `least` rows.
 */
export function evenTileRows(partitionSize: number, most: number, least: number): number {
  for (let t = most; t >= most / 2 && t >= least; t--) if (partitionSize % t === 0) return t
  for (let t = most; ; t++) if (partitionSize % t >= least || partitionSize % t === 0) return t
}
