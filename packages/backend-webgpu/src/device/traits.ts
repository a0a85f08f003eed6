import type { Subgroups } from './subgroups.js'

/**
 * How large products are done: in tiles of workgroup memory and event-driven, which is for GPUs; or in blocks of registers,
 * which is for software renderers. The terms of a sum have the same order in both.
 */
export type Products = 'tiles' | 'blocks'

/** What operands of large dense products are rounded to; their sums are f32. */
export type Operands = 'f32' | 'f16'

/** What the code that is written makes use of. */
export interface Traits {
  readonly products: Products
  readonly operands: Operands
  readonly subgroups: Subgroups | null
}
