import type { Arena } from './arena.js'
import type { Faults } from './faults.js'
import type { Pipelines } from './pipelines.js'
import type { Reads } from './reads.js'
import type { Rounds } from './rounds.js'
import type { Traits } from './traits.js'

/** A device with all that a backend keeps on it. */
export interface Machine {
  readonly device: GPUDevice
  readonly faults: Faults
  readonly arena: Arena
  readonly pipelines: Pipelines
  readonly traits: Traits
  readonly rounds: Rounds
  readonly reads: Reads
}
