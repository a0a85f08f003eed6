import type { BackendStats, DeviceBuffer } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { bufferTable } from './bufferTable.js'

/**
 * Checks the buffers of a run against its plan: their number, that each donated input is passed as its output too, and
 * that no other buffer is passed twice.
 *
 * @throws INVALID_ARGUMENTS, BUFFER_ALIASED
 */
function checkArguments(plan: Plan, ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void {
  if (ins.length !== plan.inputs || outs.length !== plan.outputs) {
    throw new SpikewardError(
      'INVALID_ARGUMENTS',
      `run: ${ins.length} inputs and ${outs.length} outputs were given; the plan has ${plan.inputs} and ${plan.outputs}`,
    )
  }
  for (const [j, out] of outs.entries()) {
    const donor = plan.donations[j] ?? null
    if (donor !== null && ins[donor] !== out) {
      throw new SpikewardError(
        'INVALID_ARGUMENTS',
        `run: output ${j} takes the memory of input ${donor}; pass the same buffer as both`,
      )
    }
    const at = ins.indexOf(out)
    if (at !== (donor ?? -1) || (at >= 0 && ins.includes(out, at + 1)) || outs.indexOf(out) !== j) {
      throw new SpikewardError(
        'BUFFER_ALIASED',
        `run: the buffer of output ${j} is also passed as another argument; only a donated input may share it`,
      )
    }
  }
}

/** The memory of a backend and its limits. */
export interface BookkeepingOptions<M> {
  /** Name of the backend in errors. */
  readonly name: string
  readonly maxBufferBytes: number
  /** Allocates `bytes` bytes of memory; throws OUT_OF_MEMORY and the like. */
  allocate(bytes: number): M
  /** Frees memory that `allocate` returned for the same number of bytes. */
  free(memory: M, bytes: number): void
  /** Throws if the device is lost or has reported an error. Default: it never is. */
  readonly checkDevice?: () => void
}

/**
 * Counts the live buffers and executables of a backend and the bytes that they hold, and whether it was disposed. It
 * performs the checks and throws the errors of the Backend contract.
 */
export interface Bookkeeping<M> {
  /** Throws BACKEND_DISPOSED, or what `checkDevice` throws. */
  checkAlive(): void
  /** Allocates a new buffer. Throws INVALID_SIZE, BACKEND_DISPOSED and what the option `allocate` throws. */
  allocate(bytes: number): DeviceBuffer
  /** Frees a buffer; does nothing after the backend was disposed, since finalisers may run later. */
  free(buffer: DeviceBuffer): void
  /** The memory of a live buffer of at least `bytes` bytes; `what` names the use in errors. */
  find(buffer: DeviceBuffer, bytes: number, what: string): M
  /** Counts a compiled plan and its workspace; `release` frees what the executable holds, once. */
  compiled(plan: Plan, workspaceBytes: number, release: () => void): CompiledPlan
  stats(): BackendStats
  /** Disposes all executables and forgets all buffers; false if the backend was disposed before. */
  dispose(): boolean
}

/** The bookkeeping of one executable. */
export interface CompiledPlan {
  /**
   * Checks that a run may start with these buffers.
   *
   * @throws BACKEND_DISPOSED, EXECUTABLE_DISPOSED, INVALID_ARGUMENTS, BUFFER_ALIASED
   */
  checkRun(ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): void
  /** Counts a run. */
  ran(): void
  /** Releases the executable, once. */
  dispose(): void
}

/** Makes the bookkeeping of one backend. */
export function bookkeeping<M>(options: BookkeepingOptions<M>): Bookkeeping<M> {
  const { name, maxBufferBytes } = options
  const buffers = bufferTable<M>()
  const executables = new Set<CompiledPlan>()
  const count = { allocations: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }
  let disposed = false

  const checkDisposed = (): void => {
    if (disposed)
      throw new SpikewardError(
        'BACKEND_DISPOSED',
        `the ${name} backend was disposed and its memory is gone; make a new one`,
      )
  }
  const checkAlive = (): void => {
    checkDisposed()
    options.checkDevice?.()
  }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }

  return {
    checkAlive,
    allocate(bytes) {
      checkAlive()
      if (!Number.isInteger(bytes) || bytes < 0 || bytes > maxBufferBytes) {
        throw new SpikewardError(
          'INVALID_SIZE',
          `allocate: ${bytes} bytes; a buffer of the ${name} backend has a whole number of bytes from 0 to ${maxBufferBytes}`,
        )
      }
      const buffer = buffers.add(bytes, options.allocate(bytes))
      count.allocations++
      hold(bytes)
      return buffer
    },
    free(buffer) {
      if (disposed) return
      const memory = buffers.remove(buffer, 'free')
      count.liveBytes -= buffer.bytes
      options.free(memory, buffer.bytes)
    },
    find(buffer, bytes, what) {
      checkDisposed()
      return buffers.find(buffer, bytes, what)
    },
    compiled(plan, workspaceBytes, release) {
      count.compilations++
      hold(workspaceBytes)
      const compiled: CompiledPlan = {
        checkRun(ins, outs) {
          checkAlive()
          if (!executables.has(compiled))
            throw new SpikewardError('EXECUTABLE_DISPOSED', 'run: this executable was disposed; compile the plan again')
          checkArguments(plan, ins, outs)
        },
        ran: () => void count.runs++,
        dispose() {
          if (!executables.delete(compiled)) return
          count.liveBytes -= workspaceBytes
          release()
        },
      }
      executables.add(compiled)
      return compiled
    },
    stats: () => ({ ...count, liveBuffers: buffers.size }),
    dispose() {
      if (disposed) return false
      for (const executable of [...executables]) executable.dispose()
      buffers.clear()
      count.liveBytes = 0
      disposed = true
      return true
    },
  }
}
