import type { Products } from '../routines/dot.js'
import type { Arena } from './arena.js'
import type { Faults } from './faults.js'
import type { Pipelines } from './pipelines.js'
import type { Reads } from './reads.js'
import type { Rounds } from './rounds.js'

/** A device with all that a backend keeps on it. */
export interface Machine {
  readonly device: GPUDevice
  readonly faults: Faults
  readonly arena: Arena
  readonly pipelines: Pipelines
  readonly products: Products
  readonly rounds: Rounds
  readonly reads: Reads
}
