import { type OptionsOf, choice, defineOptions, either, flag, integer, opaqueType, text } from '@spikeward/core/backend'

/** The largest number of threads: more gave no speed-up. */
export const MAX_THREADS = 16

const isUrl = (value: unknown): value is URL => value instanceof URL

/** Options of `cpu`. */
export const options = /* @__PURE__ */ defineOptions(() => ({
  /** Threads that share the work, the calling thread included; default: the threads of the machine, at most 16. */
  threads: integer({
    min: 1,
    max: MAX_THREADS,
    computed: `the processors of the machine, at most ${MAX_THREADS}`,
    help: 'threads that share the work',
  }),
  /**
   * Fused multiply-add by relaxed SIMD. `'auto'` (default) uses it if the engine has it; `true` requires it; `false`
   * rounds every product before it is added, so that f32 results are the same to the bit in every engine.
   * (`relaxed_madd` rounds once in V8 if the processor has the instruction, and twice in JavaScriptCore.)
   */
  relaxedSimd: either(
    choice(['auto'], { default: 'auto', help: 'fused multiply-add: auto uses it if the engine has it' }),
    flag({ default: false, help: 'fused multiply-add' }).type,
  ),
  /** URL of a file that contains the text of `workerSource`, for pages whose policy forbids workers from Blobs. */
  workerUrl: either(
    text({ computed: 'a Blob', help: 'address of the script of its threads, for pages that forbid Blobs' }),
    opaqueType('a URL', isUrl),
  ),
}))

/** Options of {@link cpu}. */
export type CpuOptions = OptionsOf<typeof options>
