import type { DType, TypedArray } from '../tensor/dtype.js'
import type { Plan } from '../plan/plan.js'

/** Memory that belongs to a backend. Opaque to everybody else; `bytes` is its usable size. */
export interface DeviceBuffer {
  readonly bytes: number
}

/** What a backend can do, to choose by and to print in `doctor`. */
export interface Capabilities {
  readonly dtypes: readonly DType[]
  readonly threads: number
  /** Instruction sets or features in use, such as `simd128`, `relaxed-simd`, `avx512`. */
  readonly features: readonly string[]
  /** Most bytes that one buffer, and all buffers together, may take. */
  readonly maxBufferBytes: number
  readonly maxTotalBytes: number
}

/** Counters, monotonic but for `liveBytes` and `liveBuffers`. Tests and benchmarks read them. */
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
 * Where Programs run. Four duties: hold memory, move data, turn a Plan into an Executable, count what it does.
 * `run`s happen in the order in which they are called; `read` waits for those before it. All but `read` return at once
 * or when done; none is visible before it is done.
 */
export interface Backend extends AsyncDisposable {
  readonly name: string
  readonly capabilities: Capabilities
  allocate(bytes: number): DeviceBuffer
  free(buffer: DeviceBuffer): void
  write(buffer: DeviceBuffer, from: TypedArray): void
  read(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray>
  /** The same at once, where the memory is on the host; absent where reading must wait (a GPU). */
  readSync?(buffer: DeviceBuffer, dtype: DType, size: number): TypedArray
  compile(plan: Plan): Executable
  stats(): BackendStats
}

/** A compiled Plan. */
export interface Executable {
  /** `ins` and `outs` as the Plan orders them; a donated input is passed in both lists. */
  run(ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void
  /**
   * `run` beside JavaScript: the event loop goes on meanwhile. Absent where `run` itself does not wait for the work (a
   * GPU), or where there is no other thread to do it. What is called on the backend before the run is done waits for
   * it, so that runs, reads and writes keep their order.
   *
   * @param options `signal` stops the run; the outputs then hold anything, donated inputs among them
   * @throws what `run` throws, at once; ABORTED (rejects)
   */
  runAsync?(
    ins: readonly DeviceBuffer[],
    outs: readonly DeviceBuffer[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>
  /**
   * Does beside JavaScript what the first run would otherwise wait for, such as compiling shaders. Absent where `compile`
   * leaves nothing to do.
   */
  prepare?(): Promise<void>
  dispose(): void
  /** Generated code or its description, for people. */
  readonly source: string
  /** Floating-point operations and bytes moved by one run, counted from the Plan (dense products count as dense). */
  readonly flops: number
  readonly bytes: number
  readonly workspaceBytes: number
}
