import { bytesOf, hostView, type DType, type TypedArray } from '../tensor/dtype.js'
import { defineFactory } from '../options/defineFactory.js'
import type { Backend, BackendFacts, DeviceBuffer, Executable } from '../backend/backend.js'
import type { Operand, Step } from '../plan/plan.js'
import { bookkeeping } from '../backendKit/bookkeeping.js'
import { checkAliases } from '../backendKit/checkAliases.js'
import { SpikewardError } from '../errors.js'
import { checkPlan } from '../backendKit/checkPlan.js'
import { countPlan } from '../backendKit/countPlan.js'
import { interpretKernel } from './interpretKernel.js'
import { routines } from '../routines/routines.js'

/** The largest size of a buffer in bytes: every engine supports an ArrayBuffer of that size. */
const MAX_BUFFER_BYTES = 2 ** 32

/** More memory than any engine has. */
const MAX_TOTAL_BYTES = 2 ** 40

/**
 * The reference backend: plain JavaScript, one scalar at a time. It is slow, and it defines the results that every
 * other backend is tested against.
 *
 * It computes f32 in double precision and rounds after every operation; it accumulates sums, products and solves in
 * double precision and rounds once. u32 and i32 wrap, f64 is IEEE 754. A plan's workspace starts full of NaN, so that
 * a read before the first write shows.
 *
 * @throws BUFFER_FREED, BUFFER_FOREIGN, BUFFER_TOO_SMALL, BUFFER_ALIASED, INVALID_SIZE, INVALID_ARGUMENTS,
 *   INVALID_PLAN, OUT_OF_MEMORY, EXECUTABLE_DISPOSED, BACKEND_DISPOSED
 */
export const referenceBackend = /* @__PURE__ */ defineFactory(
  {
    kind: 'backend',
    name: 'referenceBackend',
    aliases: ['reference'],
    summary: 'plain JavaScript, one scalar at a time: slow; defines the results of all other backends',
    facts: {
      runsIn: 'Node and pages',
      device: 'processor',
      readsAtOnce: true,
      use: 'reading and testing: it defines the correct result',
    } satisfies BackendFacts,
  },
  () => () => openReference(),
)

function openReference(): Backend {
  const book = bookkeeping<ArrayBuffer>({
    name: 'reference',
    maxBufferBytes: MAX_BUFFER_BYTES,
    allocate: (bytes) => memoryOf(bytes, 'a buffer'),
    // The garbage collector frees it.
    free: () => undefined,
  })
  const readSync = (buffer: DeviceBuffer, dtype: DType, size: number): TypedArray =>
    hostView(dtype, book.find(buffer, bytesOf(dtype) * size, 'read'), 0, size).slice()

  return {
    name: 'reference',
    capabilities: {
      dtypes: ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads: 1,
      features: [],
      maxBufferBytes: MAX_BUFFER_BYTES,
      maxTotalBytes: MAX_TOTAL_BYTES,
    },
    allocate: book.allocate,
    free: book.free,
    write(buffer, from) {
      const memory = book.find(buffer, from.byteLength, 'write')
      new Uint8Array(memory).set(new Uint8Array(from.buffer, from.byteOffset, from.byteLength))
    },
    readSync,
    // async, so that errors reject.
    read: async (buffer, dtype, size) => readSync(buffer, dtype, size),
    compile(plan) {
      book.checkAlive()
      checkPlan(plan, { windows: true })
      checkAliases(plan)
      const workspace = memoryOf(plan.workspace, 'the workspace of a plan')
      new Uint8Array(workspace).fill(0xff)
      const compiled = book.compiled(plan, plan.workspace, () => undefined)
      const program = plan.steps.map((step) => prepare(step))
      const resolve = (ins: readonly DeviceBuffer[], outs: readonly DeviceBuffer[]): TypedArray[] =>
        plan.slots.map(({ kind, dtype, size, ...place }) => {
          if ('byteOffset' in place) return hostView(dtype, workspace, place.byteOffset, size)
          const buffer = (kind === 'input' ? ins : outs)[place.index]!
          return hostView(dtype, book.find(buffer, bytesOf(dtype) * size, `${kind} ${place.index}`), 0, size)
        })
      return {
        run(ins, outs) {
          compiled.checkRun(ins, outs)
          const arrays = resolve(ins, outs)
          const iteration: number[] = []
          for (const step of program) step(arrays, iteration)
          compiled.ran()
        },
        dispose: compiled.dispose,
        source: `interpreted: ${plan.steps.length} steps, ${plan.workspace} bytes of scratch memory`,
        ...countPlan(plan),
        workspaceBytes: plan.workspace,
      } satisfies Executable
    },
    stats: book.stats,
    async [Symbol.asyncDispose]() {
      book.dispose()
    },
  }
}

/** Memory of zeros. An engine searches all of its memory for garbage, several times, before it refuses more. */
function memoryOf(bytes: number, what: string): ArrayBuffer {
  try {
    if (bytes > MAX_TOTAL_BYTES) throw new RangeError(`more than ${MAX_TOTAL_BYTES} bytes`)
    return new ArrayBuffer(bytes)
  } catch (cause) {
    throw new SpikewardError(
      'OUT_OF_MEMORY',
      `${what} of ${bytes} bytes: this engine has no room for it; use smaller tensors, or free some`,
      { cause },
    )
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
        routines[step.routine.kind].run(step.routine, ...[...step.ins, ...step.outs].map(at(slots, iteration)))
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
