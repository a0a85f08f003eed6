import { bytesOf, hostView, type DType, type TypedArray } from '../tensor/dtype.js'
import type { Backend, BackendStats, DeviceBuffer, Executable } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'
import type { Operand, Step } from '../plan/plan.js'
import { checkAliases } from '../backendKit/checkAliases.js'
import { checkArguments, missingBuffer } from '../backendKit/checkArguments.js'
import { checkPlan } from '../backendKit/checkPlan.js'
import { countPlan } from '../backendKit/countPlan.js'
import { interpretKernel } from './interpretKernel.js'
import { runRoutine } from './runRoutine.js'

/** Bytes that one buffer may take: what an ArrayBuffer of V8 holds without trouble on every machine. */
const MAX_BUFFER_BYTES = 2 ** 32

/**
 * The reference backend: plain JavaScript, one scalar at a time. It is slow; it is the definition that every other
 * backend is tested against.
 *
 * f32 results are computed in double precision and rounded after every operation; sums, products and solves are added
 * up in double precision and rounded once; u32 and i32 wrap; f64 is exact IEEE. A plan's scratch memory starts full of
 * NaN, so that a value read before it was written shows.
 *
 * @throws BUFFER_FREED, BUFFER_FOREIGN, BUFFER_TOO_SMALL, BUFFER_ALIASED, INVALID_SIZE, INVALID_ARGUMENTS,
 *   INVALID_PLAN,
 *   EXECUTABLE_DISPOSED, BACKEND_DISPOSED
 */
export function referenceBackend(): Backend {
  const live = new Map<DeviceBuffer, ArrayBuffer>()
  const freed = new WeakSet<DeviceBuffer>()
  let disposed = false
  const count = { allocations: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }

  const alive = (): void => {
    if (disposed)
      throw new SpikewardError(
        'BACKEND_DISPOSED',
        'the reference backend was disposed; its memory is gone; make a new one',
      )
  }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }
  const storageOf = (buffer: DeviceBuffer, bytes: number, what: string): ArrayBuffer => {
    alive()
    const storage = live.get(buffer)
    if (!storage) throw missingBuffer(freed.has(buffer), what)
    if (storage.byteLength < bytes) {
      throw new SpikewardError(
        'BUFFER_TOO_SMALL',
        `${what}: ${bytes} bytes are needed and the buffer has ${storage.byteLength}; allocate a larger one`,
      )
    }
    return storage
  }

  const readSync = (buffer: DeviceBuffer, dtype: DType, size: number): TypedArray =>
    hostView(dtype, storageOf(buffer, bytesOf(dtype) * size, 'read'), 0, size).slice()

  return {
    name: 'reference',
    capabilities: {
      dtypes: ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads: 1,
      features: [],
      maxBufferBytes: MAX_BUFFER_BYTES,
      maxTotalBytes: 2 ** 40,
    },
    allocate(bytes) {
      alive()
      if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_BUFFER_BYTES) {
        throw new SpikewardError(
          'INVALID_SIZE',
          `allocate: ${bytes} bytes; a buffer takes a whole number from 0 to ${MAX_BUFFER_BYTES}`,
        )
      }
      const buffer: DeviceBuffer = Object.freeze({ bytes })
      live.set(buffer, new ArrayBuffer(bytes))
      count.allocations++
      hold(bytes)
      return buffer
    },
    free(buffer) {
      // The collector may free a tensor after its backend is gone: nothing is left to free.
      if (disposed) return
      storageOf(buffer, 0, 'free')
      live.delete(buffer)
      freed.add(buffer)
      count.liveBytes -= buffer.bytes
    },
    write(buffer, from) {
      const storage = storageOf(buffer, from.byteLength, 'write')
      new Uint8Array(storage).set(new Uint8Array(from.buffer, from.byteOffset, from.byteLength))
    },
    readSync,
    // async: a refusal is a rejection, like any other failure of a read
    read: async (buffer, dtype, size) => readSync(buffer, dtype, size),
    compile(plan) {
      alive()
      checkPlan(plan)
      checkAliases(plan)
      count.compilations++
      const workspace = new ArrayBuffer(plan.workspace)
      new Uint8Array(workspace).fill(0xff)
      hold(plan.workspace)
      const program = plan.steps.map((step) => prepare(step))
      let released = false
      const resolve = (ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): TypedArray[] =>
        plan.slots.map((slot) => {
          if (slot.kind === 'temporary') return hostView(slot.dtype, workspace, slot.byteOffset, slot.size)
          const buffer = (slot.kind === 'input' ? ins : outs)[slot.index]!
          return hostView(
            slot.dtype,
            storageOf(buffer, bytesOf(slot.dtype) * slot.size, `${slot.kind} ${slot.index}`),
            0,
            slot.size,
          )
        })
      return {
        run(ins, outs) {
          alive()
          if (released)
            throw new SpikewardError('EXECUTABLE_DISPOSED', 'run: this executable was disposed; compile the plan again')
          checkArguments(plan, ins, outs)
          const arrays = resolve(ins, outs)
          const iteration: number[] = []
          for (const step of program) step(arrays, iteration)
          count.runs++
        },
        dispose() {
          if (released) return
          released = true
          count.liveBytes -= plan.workspace
        },
        source: `interpreted: ${plan.steps.length} steps, ${plan.workspace} bytes of scratch memory`,
        ...countPlan(plan),
        workspaceBytes: plan.workspace,
      } satisfies Executable
    },
    stats: (): BackendStats => ({ ...count, liveBuffers: live.size }),
    async [Symbol.asyncDispose]() {
      for (const buffer of live.keys()) freed.add(buffer)
      live.clear()
      count.liveBytes = 0
      disposed = true
    },
  }
}

type Prepared = (slots: readonly TypedArray[], iteration: number[]) => void

function prepare(step: Step): Prepared {
  switch (step.kind) {
    case 'kernel': {
      const run = interpretKernel(step.kernel)
      return (slots, iteration) =>
        run(
          step.loads.map((o) => slots[o.slot]!),
          step.loads.map((o) => baseOf(o, iteration)),
          step.stores.map((o) => slots[o.slot]!),
          step.stores.map((o) => baseOf(o, iteration)),
        )
    }
    case 'routine': {
      const at = (slots: readonly TypedArray[], iteration: readonly number[]) => (o: Operand) => ({
        array: slots[o.slot]!,
        base: baseOf(o, iteration),
      })
      return (slots, iteration) =>
        runRoutine(step.routine, step.ins.map(at(slots, iteration)), step.outs.map(at(slots, iteration)))
    }
    case 'loop': {
      const body = step.steps.map((s) => prepare(s))
      return (slots, iteration) => {
        for (let i = 0; i < step.length; i++) {
          iteration.push(i)
          for (const run of body) run(slots, iteration)
          iteration.pop()
        }
      }
    }
  }
}

const baseOf = (operand: Operand, iteration: readonly number[]): number =>
  operand.advance.reduce((at, by, depth) => at + by * (iteration[depth] ?? 0), operand.offset)
