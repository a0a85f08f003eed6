import { SpikewardError, bytesOf, type DotRoutine, type Slot } from '@spikeward/core/backend'
import type { Accumulations, FusionCandidate, PartitionedStep } from '@spikeward/core/tiling'

/** How the addon computes a product. */
export interface ProductTraits {
  /** A few rows at a time give the same bits as all rows at once. */
  readonly rowwise: boolean
  /** A product of spikes by look-up of weight sums, with tables of this number of bytes. */
  readonly byLookUp: boolean
  readonly tableBytes: number
}

export type DescribeProduct = (routine: DotRoutine) => ProductTraits

/** When steps are fused: if it is profitable, if it is possible (for tests), or never. */
export type TilingMode = 'auto' | 'always' | 'off'

/** The mode given by SPIKEWARD_TILING, which tests and comparisons set. */
export function tilingMode(): TilingMode {
  const value = process.env['SPIKEWARD_TILING'] || 'auto'
  if (value === 'auto' || value === 'always' || value === 'off') return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `native: SPIKEWARD_TILING is ${JSON.stringify(value)}; it must be auto, always or off; leave it out for auto`,
  )
}

/**
 * Bytes of a tile's scratch: a part of the second-level cache. A tile that needs more than the second number is not
 * profitable.
 */
const TILE_BYTES = 384 << 10
const MAX_TILE_BYTES = 1536 << 10
/**
 * Larger tables are read from the third-level cache for every tile, so such tiles need enough rows to amortise that.
 */
const MANY_TABLES = 512 << 10
/**
 * The rows that amortise such tables, the rows that fill a spike product's registers, and the rows of a dense product.
 */
const MIN_ROWS = 128
const SPIKE_ROWS = 32
const DENSE_ROWS = 12

/** The number of rows of a tile for a candidate, or null if no number is profitable. */
export function tileRowsOf(
  slots: readonly Slot[],
  candidate: FusionCandidate<PartitionedStep>,
  accumulations: Accumulations,
  mode: TilingMode,
  product: DescribeProduct,
): number | null {
  const { partitionSize, rowExtents } = candidate
  const bytes = [...rowExtents.keys()]
    .filter((slot) => !accumulations.into.has(slot))
    .reduce((n, slot) => n + slots[slot]!.size * bytesOf(slots[slot]!.dtype), 0)
  const bytesPerRow = Math.max(bytes, 1) / partitionSize
  const minTiles = mode === 'always' ? 3 : 16
  const most = Math.max(1, Math.ceil(partitionSize / minTiles))
  const fitting = Math.min(Math.max(1, Math.floor(TILE_BYTES / bytesPerRow)), most)
  if (mode === 'always') return fitting
  const rows = wholeRegisters(candidate, fitting, product)
  return bytesPerRow * rows > MAX_TILE_BYTES ? null : rows
}

/** The number of rows that fills the registers of the group's products and amortises their tables. */
function wholeRegisters(
  { partitionSize, rowExtents, steps }: FusionCandidate<PartitionedStep>,
  fitting: number,
  product: DescribeProduct,
): number {
  let multiple = 1
  let least = 1
  let tables = 0
  const visit = (step: PartitionedStep): void => {
    if (step.kind === 'loop') return step.steps.forEach(visit)
    if (step.kind !== 'dot') return
    const { routine, ins, out } = step.step
    // Contiguous rows: those of all repeats if both operands are tile-local.
    const local = rowExtents.has(ins[0].slot) && rowExtents.has(out.slot)
    const repeats = local ? routine.m / partitionSize : 1
    const { byLookUp, tableBytes } = product(routine)
    if (!byLookUp) {
      if (routine.n > 4 && repeats === 1) multiple = Math.max(multiple, Math.min(DENSE_ROWS, routine.m))
      return
    }
    const rowsFor = (n: number): number => n / gcd(repeats, n)
    multiple = Math.max(multiple, rowsFor(SPIKE_ROWS))
    least = Math.max(least, rowsFor(MIN_ROWS))
    tables += tableBytes
  }
  steps.forEach(visit)
  if (tables > MANY_TABLES) multiple = least
  return Math.min(Math.max(fitting - (fitting % multiple), multiple), partitionSize)
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
