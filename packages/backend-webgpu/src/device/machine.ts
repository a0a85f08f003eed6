import type { Arena } from './arena.js'
import type { Faults } from './faults.js'
import type { Pipelines } from './pipelines.js'
import type { Reads } from './reads.js'
import type { LoopIndexBuffer } from './loopIndexBuffer.js'
import type { Traits } from './traits.js'

/** A device with the resources of its backend. */
export interface Machine {
  readonly device: GPUDevice
  readonly faults: Faults
  readonly arena: Arena
  readonly pipelines: Pipelines
  readonly traits: Traits
  readonly loopIndices: LoopIndexBuffer
  readonly reads: Reads
}
