import { choice, defineOptions, integer, type OptionsOf } from '@spikeward/core/backend'
import { instructionSets } from './addon.js'

/** Options of `native`. */
export const options = /* @__PURE__ */ defineOptions(() => ({
  /** Threads that share a run, including the calling one; default: the number of processors that the process may use. */
  threads: integer({
    min: 1,
    max: 1024,
    computed: 'the processors that the process may use',
    help: 'threads that share the work',
  }),
  /**
   * Instruction set of the kernels. Default: the value of the environment variable SPIKEWARD_INSTRUCTION_SET, or else
   * `auto`, the best that the processor supports. An instruction set that the processor lacks is refused.
   */
  instructionSet: choice(['auto', ...instructionSets], {
    computed: 'the value of SPIKEWARD_INSTRUCTION_SET, or else auto, the best that the processor supports',
    help: 'instruction set of the kernels',
  }),
}))

/** Options of {@link native}. */
export type NativeOptions = OptionsOf<typeof options>
