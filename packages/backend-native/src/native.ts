import { availableParallelism, totalmem } from 'node:os'
import {
  type Backend,
  type BackendFacts,
  bookkeeping,
  bytesOf,
  checkPlan,
  choice,
  countPlan,
  defineFactory,
  defineOptions,
  type DeviceBuffer,
  type DotRoutine,
  type DType,
  type Executable,
  hostArray,
  integer,
  type OptionsOf,
  type Plan,
  SpikewardError,
  type TypedArray,
} from '@spikeward/core/backend'
import { instructionSets, loadAddon, operandTypes, type InstructionSet, type Operands } from './addon.js'
import { encodePlan, encodeProduct } from './encode.js'
import { fusePlan } from './fuseTiles.js'
import { tilingMode, type ProductTraits } from './tileRows.js'
import type { StepTime } from '@spikeward/core/backend'

/** Options of `native`. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * Threads that share a run, including the calling one; default: the number of processors that the process may use.
   */
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
  /**
   * The type that operands of large dense products are rounded to (16 terms and columns or more); default `'f32'`.
   * `'bf16'` has 8 bits and the magnitudes of f32, and takes less time where the processor has AVX512-BF16; others
   * compute the same bits, but for sums below 2⁻¹²⁶. Sums stay f32, and so do products with spikes, of four rows or
   * fewer, with long sums (2048 terms, or four times the rows and columns) and of convolutions. Results then differ
   * from other backends by up to 2⁻⁷ Σ|a||b|.
   *
   * `'int8'` is for prediction: whole numbers from −127 to 127, with a scale for each row of the left operand and each
   * column of the right one in each block of 256 terms, the largest magnitude ÷ 127. It takes the least time where the
   * processor has AVX512-VNNI; others compute the same bits. Sums of a block are exact. With α and β the largest
   * magnitudes of a block, results differ by up to Σ (α|b| + β|a| + αβ/254) / 254; a product with infinity is NaN.
   */
  operands: choice(operandTypes, {
    default: 'f32',
    help: 'the type that operands of large dense products are rounded to',
  }),
}))

/** Options of {@link native}. */
export type NativeOptions = OptionsOf<typeof options>

/** A line of an executable's description: its depth, and its time if it was measured. */
const line = /^( *)(.*?)(?:: ([\d.]+) us)?$/

/**
 * The steps of a description that the addon writes (`Executable::describe`), with seconds per run. The addon measures
 * one iteration of a loop; a run has all of them.
 */
export function stepTimes(description: string): StepTime[] {
  const lengths: { readonly depth: number; readonly length: number }[] = []
  // The first line names the instruction set.
  return description
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((text) => {
      const [, indent = '', name = '', microseconds] = line.exec(text) ?? []
      const depth = indent.length / 2 - 1
      while ((lengths.at(-1)?.depth ?? -1) >= depth) lengths.pop()
      const times = lengths.reduce((product, { length }) => product * length, 1)
      const loop = /^loop (\d+)$/.exec(name)
      if (loop !== null) lengths.push({ depth, length: Number(loop[1]) })
      return { name, depth, seconds: microseconds === undefined ? null : (Number(microseconds) / 1e6) * times }
    })
}

/** A compiled Plan that can always run while JavaScript continues. */
export type NativeExecutable = Executable & Required<Pick<Executable, 'runAsync'>>

/** The peak rates of the machine with a backend's threads and instruction set: the roofs of a roofline. */
export interface MachinePeaks {
  /** f32 operations per second of multiply-adds in registers. */
  readonly flopsPerSecond: number
  /** Bytes per second, read and written, of a ← b + s·c over arrays that no cache holds. */
  readonly bytesPerSecond: number
}

/** A backend whose executables can all run while JavaScript continues. */
export interface NativeBackend extends Backend {
  compile(plan: Plan): NativeExecutable
  /**
   * Measures the peak rates of the machine as the best of many short runs, so that other load has little influence. It
   * needs 192 MiB of memory meanwhile.
   *
   * @param options `seconds` for each of the two measurements; default 0.5
   * @throws INVALID_OPTION, OUT_OF_MEMORY, BACKEND_DISPOSED
   */
  measurePeaks(options?: { readonly seconds?: number }): MachinePeaks
}

/** Bytes of the largest buffer. */
const MAX_BUFFER_BYTES = 2 ** 34

/**
 * The native backend: runs whole Plans in C++, with kernels for AVX-512, AVX2 or any processor, on its own threads.
 *
 * Results do not depend on the number of threads, bit for bit. They may differ in the last place between instruction
 * sets (matrix products fuse multiplication and addition if the processor can).
 *
 * @param options `threads`: default all; `instructionSet`: default the best that the processor supports
 * @throws (rejects) NATIVE_UNAVAILABLE if the addon was neither published for this platform nor compiled; the message
 *   gives the reason and the remedy. UNSUPPORTED_INSTRUCTION_SET if the processor lacks the requested instruction set.
 *   INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const backend = await native({ threads: 2 })
 */
export const native = /* @__PURE__ */ defineFactory(
  {
    kind: 'backend',
    name: 'native',
    summary: `C++ kernels for ${instructionSets.join(', ')}; need an addon published or compiled for the machine`,
    options,
    facts: {
      runsIn: 'Node',
      device: 'processor',
      readsAtOnce: true,
      use: 'the highest speed on processors; it loads the addon of your platform, or one compiled with g++',
    } satisfies BackendFacts,
  },
  (read) =>
    async (settings: NativeOptions = {}): Promise<NativeBackend> => {
      const { threads = availableParallelism(), instructionSet, operands } = read(settings)
      return open(threads, instructionSet ?? instructionSetOfEnvironment(), operands)
    },
)

function open(threads: number, instructionSet: InstructionSet | 'auto', operands: Operands): NativeBackend {
  const addon = loadAddon()
  const core = coded(() => new addon.NativeBackend(threads, instructionSet, operands))
  const description = core.describe()
  const mode = tilingMode()
  const book = bookkeeping<number>({
    name: 'native',
    maxBufferBytes: MAX_BUFFER_BYTES,
    allocate: (bytes) => coded(() => core.allocate(bytes)),
    free: (handle) => coded(() => core.free(handle)),
  })
  const product = (routine: DotRoutine): ProductTraits => coded(() => core.product(encodeProduct(routine)))

  const readSync = (buffer: DeviceBuffer, dtype: DType, size: number): TypedArray => {
    const handle = book.find(buffer, bytesOf(dtype) * size, 'read')
    const to = hostArray(dtype, size)
    coded(() => core.read(handle, to))
    return to
  }

  const compile = (plan: Plan): NativeExecutable => {
    book.checkAlive()
    checkPlan(plan, { windows: true })
    const fused = fusePlan(plan, mode, product)
    const { id, workspaceBytes, source } = coded(() => core.compile(encodePlan(fused)))
    const compiled = book.compiled(plan, workspaceBytes, () => core.disposeExecutable(id))
    const handles = new Float64Array(plan.inputs + plan.outputs)
    // Named once: a run only looks them up.
    const names = Array.from(handles, (_, i) => (i < plan.inputs ? `input ${i}` : `output ${i - plan.inputs}`))
    const resolve = (ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): Float64Array => {
      compiled.checkRun(ins, outs)
      for (let i = 0; i < ins.length; i++) handles[i] = book.find(ins[i]!, 0, names[i]!)
      for (let i = plan.inputs; i < handles.length; i++) handles[i] = book.find(outs[i - plan.inputs]!, 0, names[i]!)
      return handles
    }
    return {
      run(ins, outs) {
        const buffers = resolve(ins, outs)
        coded(() => core.run(id, buffers))
        compiled.ran()
      },
      runAsync(ins, outs, { signal } = {}) {
        const buffers = resolve(ins, outs)
        if (signal?.aborted) return Promise.reject(aborted())
        const { done, abort } = coded(() => core.runAsync(id, buffers))
        compiled.ran()
        signal?.addEventListener('abort', abort, { once: true })
        return done.then((complete) => {
          signal?.removeEventListener('abort', abort)
          if (!complete) throw aborted()
        })
      },
      profile() {
        book.checkAlive()
        coded(() => core.profile(id, true))
        return { stop: () => stepTimes(coded(() => core.profile(id, false))) }
      },
      dispose: compiled.dispose,
      source,
      ...countPlan(plan),
      workspaceBytes,
    }
  }

  return {
    name: 'native',
    capabilities: {
      dtypes: ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads: description.threads,
      // Rows are interpreted with `portable`, and if a hardened system refuses executable memory.
      features: [
        description.instructionSet,
        addon.runsMachineCode && description.instructionSet !== 'portable' ? 'machine-code' : 'interpreted-rows',
        ...(addon.runsMachineCode ? [] : ['no-executable-memory']),
      ],
      maxBufferBytes: MAX_BUFFER_BYTES,
      maxTotalBytes: totalmem(),
      windows: true,
    },
    allocate: book.allocate,
    free: book.free,
    write(buffer, from) {
      const handle = book.find(buffer, from.byteLength, 'write')
      coded(() => core.write(handle, from))
    },
    readSync,
    // `async` turns a thrown error into a rejection.
    read: async (buffer, dtype, size) => readSync(buffer, dtype, size),
    compile,
    measurePeaks({ seconds = 0.5 } = {}) {
      book.checkAlive()
      if (!(seconds > 0 && seconds <= 60)) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `measurePeaks: seconds is ${seconds}; it must be above 0 and at most 60; leave it out to measure half a second`,
        )
      }
      const { flops, bytes } = coded(() => core.measurePeaks(seconds))
      return { flopsPerSecond: flops, bytesPerSecond: bytes }
    },
    stats: book.stats,
    async [Symbol.asyncDispose]() {
      if (book.dispose()) core.dispose()
    },
  }
}

/** The instruction set named by SPIKEWARD_INSTRUCTION_SET. */
function instructionSetOfEnvironment(): InstructionSet | 'auto' {
  const value = process.env['SPIKEWARD_INSTRUCTION_SET'] || 'auto'
  const choices = ['auto', ...instructionSets] as const
  const match = choices.find((choice) => choice === value)
  if (match !== undefined) return match
  throw new SpikewardError(
    'INVALID_OPTION',
    `native: SPIKEWARD_INSTRUCTION_SET is ${JSON.stringify(value)}; it must be one of ${choices.join(', ')}; leave it out to use the best that the processor supports`,
  )
}

/** Converts the addon's errors to SpikewardError. */
function coded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      typeof error.code === 'string' &&
      !(error instanceof SpikewardError)
    ) {
      throw new SpikewardError(error.code, error.message, { cause: error })
    }
    throw error
  }
}

const aborted = (): SpikewardError =>
  new SpikewardError('ABORTED', 'run: the signal stopped it and the outputs are undefined; run it again')
