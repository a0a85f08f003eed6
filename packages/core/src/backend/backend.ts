import { SpikewardError } from '../errors.js'
import { describeValue } from '../options/describeValue.js'
import type { DType, TypedArray } from '../tensor/dtype.js'
import type { Plan } from '../plan/plan.js'

/** Memory of a backend, opaque to other code; `bytes` is its usable size. */
export interface DeviceBuffer {
  readonly bytes: number
}

/** The capabilities of a backend; `doctor` prints them. */
export interface Capabilities {
  readonly dtypes: readonly DType[]
  readonly threads: number
  /**
   * Instruction sets or features in use, such as `simd128`, `relaxed-simd`, `avx512`; `software-renderer` for a GPU
   * that software simulates.
   */
  readonly features: readonly string[]
  /** The largest size of one buffer, and of all buffers together, in bytes. */
  readonly maxBufferBytes: number
  readonly maxTotalBytes: number
  /**
   * Whether products read overlapping windows of an array in place (`DotRoutine.windows`), so that a convolution copies
   * none. Absent: no, and Plans copy the windows first.
   */
  readonly windows?: boolean
}

/** Counters that tests and benchmarks read. They only grow, except `liveBytes` and `liveBuffers`. */
export interface BackendStats {
  /** Calls of `allocate`. */
  readonly allocations: number
  readonly liveBuffers: number
  /** Bytes held by live buffers and by the workspaces of live executables. */
  readonly liveBytes: number
  readonly peakBytes: number
  /** Calls of `compile`. */
  readonly compilations: number
  /** Runs of executables. */
  readonly runs: number
}

/**
 * Where Programs run. A backend holds memory, moves data, compiles Plans to Executables and keeps statistics. Runs
 * execute in the order of their calls, and `read` waits for all runs before it. Every other call returns at once or
 * when its work is done, and its effect is visible only then.
 */
export interface Backend extends AsyncDisposable {
  readonly name: string
  readonly capabilities: Capabilities
  allocate(bytes: number): DeviceBuffer
  free(buffer: DeviceBuffer): void
  write(buffer: DeviceBuffer, from: TypedArray): void
  read(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray>
  /** `read` without waiting; absent if the memory is not on the host (a GPU). */
  readSync?(buffer: DeviceBuffer, dtype: DType, size: number): TypedArray
  compile(plan: Plan): Executable
  stats(): BackendStats
}

/** The facts by which users choose a backend, besides its summary; a declared backend states them as its `facts`. */
export type BackendFacts = {
  readonly runsIn: 'Node' | 'Node and pages'
  readonly device: 'processor' | 'GPU'
  /** Whether values can be read without waiting: whether it has {@link Backend.readSync}. */
  readonly readsAtOnce: boolean
  /** The situation to choose it for. */
  readonly use: string
}

/** The time of one step of an executable. */
export type StepTime = {
  /** A description for people: the kernel or the product with its sizes. */
  readonly name: string
  /** How many groups and loops it is inside of; the time of a group contains that of its steps. */
  readonly depth: number
  /** Seconds per run, of the fastest run that was timed; null for a loop and for what was not timed by itself. */
  readonly seconds: number | null
}

/** A measurement of the steps of an executable, in progress. */
export interface Profile {
  /** Ends the measurement and returns the steps in the order of the plan. Call it once. */
  stop(): readonly StepTime[]
}

/** A compiled Plan. */
export interface Executable {
  /** Runs with buffers in the order of the Plan; a donated input is passed in both lists. */
  run(ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void
  /**
   * `run` on another thread, while the event loop continues. Absent if `run` itself does not wait for the work (a GPU)
   * and if there is no other thread. Later calls on the backend wait for the run, so that runs, reads and writes keep
   * their order.
   *
   * @param options `signal` stops the run; the contents of its outputs, donated inputs included, are then undefined
   * @throws what `run` throws, synchronously; ABORTED (rejects)
   */
  runAsync?(
    ins: readonly DeviceBuffer[],
    outs: readonly DeviceBuffer[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>
  /**
   * Does asynchronously what the first run would otherwise wait for, such as compiling shaders. Absent if `compile`
   * does everything.
   */
  prepare?(): Promise<void>
  /**
   * Times every step of the runs that follow, until `stop`. Runs are a little slower meanwhile, and as fast as before
   * afterwards. Absent if the backend cannot tell its steps apart.
   */
  profile?(): Profile
  dispose(): void
  /** The generated code, or a description of it, for human readers. */
  readonly source: string
  /** Floating-point operations and bytes moved by one run, counted from the Plan (dense products count as dense). */
  readonly flops: number
  readonly bytes: number
  readonly workspaceBytes: number
}

/**
 * Gives a backend that a user gave to `what`.
 *
 * @param what the name of the function that takes the backend, for messages
 * @example
 * checkBackend(referenceBackend(), 'tensor()') // the same backend
 * @throws INVALID_BACKEND if it is none: a name, a Promise of one, a factory
 */
export function checkBackend(backend: Backend, what: string): Backend {
  const value: unknown = backend
  const is = (name: string): boolean => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function'
  if (typeof value === 'object' && value !== null && is('allocate') && is('compile')) return backend
  const description =
    typeof value === 'function' ? `${describeValue(value)}, and await its result` : describeValue(value)
  throw new SpikewardError(
    'INVALID_BACKEND',
    `${what}: the backend is ${description}; give a backend, such as await cpu() of @spikeward/backend-cpu or referenceBackend()`,
  )
}
