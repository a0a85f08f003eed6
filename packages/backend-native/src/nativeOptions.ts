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
   * Instruction set of the kernels. Default: the one that the environment variable SPIKEWARD_INSTRUCTION_SET names, or
   * else `auto`, the best that the processor has. An instruction set that the processor lacks is refused.
   */
  instructionSet: choice(['auto', ...instructionSets], {
    computed: 'what SPIKEWARD_INSTRUCTION_SET names, else auto: the best that the processor has',
    help: 'instruction set of the kernels',
  }),
}))

/** Options of {@link native}. */
export type NativeOptions = OptionsOf<typeof options>
