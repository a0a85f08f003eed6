import { bytesOfF32, bytesOfF64, bytesOfI32, pushSigned, pushUnsigned, type Bytes } from './bytes.js'
import {
  lane,
  memory,
  memoryLane,
  plain,
  type LaneOp,
  type MemoryLaneOp,
  type MemoryOp,
  type PlainOp,
} from './opcodes.js'

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128'

/** The byte of a value type. */
export const typeByte: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** A parameter or variable of a function. */
export interface Local {
  readonly index: number
  readonly type: ValueType
}

type Tuple<N, T, A extends readonly T[] = []> = A['length'] extends N ? A : Tuple<N, T, readonly [...A, T]>

/** `count` new variables of a type. */
export const locals = <const N extends number>(c: Code, type: ValueType, count: N): Tuple<N, Local> =>
  Array.from({ length: count }, () => c.local(type)) as Tuple<N, Local>

/** A function of the module, by its index among all functions, imports first. */
export interface FunctionRef {
  readonly index: number
}

/** The target of a branch: the end of a block, or the start of a loop. */
export interface Label {
  readonly depth: number
}

/**
 * The body of one function, built instruction by instruction. WebAssembly is a stack machine: `get`, `i32` … push, `op`
 * pops its arguments and pushes its result, `set` pops. Every call returns the code, so that calls chain:
 *
 * @example
 * code.get(pointer).i32(16).op('i32.add').set(pointer) // pointer += 16
 */
export interface Code {
  /** A new variable, zero at the start of the function. */
  local(type: ValueType): Local
  get(variable: Local): Code
  set(variable: Local): Code
  /** Stores the top of the stack and leaves it there. */
  tee(variable: Local): Code
  i32(value: number): Code
  /** A 64-bit integer constant in the range of an i32. */
  i64(value: number): Code
  f32(value: number): Code
  f64(value: number): Code
  /** A vector constant of 16 bytes. */
  v128(bytes: readonly number[]): Code
  op(name: PlainOp): Code
  /** An instruction that addresses memory at the popped address plus `offset` bytes (not negative). */
  mem(name: MemoryOp, offset?: number): Code
  memLane(name: MemoryLaneOp, lane: number, offset?: number): Code
  lane(name: LaneOp, lane: number): Code
  /** Selects 16 of the 32 bytes of the two popped vectors. */
  shuffle(bytes: readonly number[]): Code
  call(target: FunctionRef): Code
  /** `memory.fill`: pops address, byte value, length. */
  memoryFill(): Code
  /** `memory.copy`: pops destination, source, length. */
  memoryCopy(): Code
  /** Branching to the label leaves the block. */
  block(body: (leave: Label) => void): Code
  /** Branching to the label starts the next iteration; reaching the end of the body leaves the loop. */
  loop(body: (again: Label) => void): Code
  /** Pops the condition. */
  when(then: () => void, otherwise?: () => void): Code
  branch(to: Label): Code
  /** Pops a condition and branches if it is not 0. */
  branchIf(to: Label): Code
  /** The finished body: declarations of variables, instructions, end. */
  finish(): number[]
}

/** Starts a function body whose parameters are `params`. */
export function code(params: readonly ValueType[]): { code: Code; params: readonly Local[] } {
  const bytes: Bytes = []
  const declared: ValueType[] = []
  let depth = 0

  const opcode = (value: number): void => {
    if (value < 0x100) bytes.push(value)
    else {
      bytes.push(value >>> 16)
      pushUnsigned(bytes, value & 0xffff)
    }
  }
  // Atomics must state their natural alignment; for other instructions it is only a hint.
  const address = (value: number, offset: number): void => {
    opcode(value)
    pushUnsigned(bytes, value >>> 16 === 0xfe ? 2 : 0)
    pushUnsigned(bytes, offset)
  }
  const structured = (start: number, body: (label: Label) => void): Code => {
    bytes.push(start, 0x40)
    depth++
    body({ depth })
    depth--
    bytes.push(0x0b)
    return self
  }
  const self: Code = {
    local(type) {
      declared.push(type)
      return { index: params.length + declared.length - 1, type }
    },
    get: (variable) => emit(0x20, variable.index),
    set: (variable) => emit(0x21, variable.index),
    tee: (variable) => emit(0x22, variable.index),
    i32(value) {
      bytes.push(0x41)
      pushSigned(bytes, value)
      return self
    },
    i64(value) {
      bytes.push(0x42)
      pushSigned(bytes, value)
      return self
    },
    f32(value) {
      bytes.push(0x43, ...bytesOfF32(value))
      return self
    },
    f64(value) {
      bytes.push(0x44, ...bytesOfF64(value))
      return self
    },
    v128(constant) {
      opcode(0xfd_000c)
      bytes.push(...constant)
      return self
    },
    op(name) {
      opcode(plain[name])
      return self
    },
    mem(name, offset = 0) {
      address(memory[name], offset)
      return self
    },
    memLane(name, index, offset = 0) {
      address(memoryLane[name], offset)
      bytes.push(index)
      return self
    },
    lane(name, index) {
      opcode(lane[name])
      bytes.push(index)
      return self
    },
    shuffle(picks) {
      opcode(0xfd_000d)
      bytes.push(...picks)
      return self
    },
    call: (target) => emit(0x10, target.index),
    memoryFill() {
      bytes.push(0xfc, 0x0b, 0)
      return self
    },
    memoryCopy() {
      bytes.push(0xfc, 0x0a, 0, 0)
      return self
    },
    block: (body) => structured(0x02, body),
    loop: (body) => structured(0x03, body),
    when: (then, otherwise) =>
      structured(0x04, () => {
        then()
        if (otherwise === undefined) return
        bytes.push(0x05)
        otherwise()
      }),
    branch: (to) => emit(0x0c, depth - to.depth),
    branchIf: (to) => emit(0x0d, depth - to.depth),
    finish() {
      const head: Bytes = []
      const runs: [ValueType, number][] = []
      for (const type of declared) {
        const last = runs.at(-1)
        if (last !== undefined && last[0] === type) last[1]++
        else runs.push([type, 1])
      }
      pushUnsigned(head, runs.length)
      for (const [type, count] of runs) {
        pushUnsigned(head, count)
        head.push(typeByte[type])
      }
      return head.concat(bytes, 0x0b)
    },
  }
  const emit = (instruction: number, index: number): Code => {
    bytes.push(instruction)
    pushUnsigned(bytes, index)
    return self
  }
  return { code: self, params: params.map((type, index) => ({ index, type })) }
}

/** The 16 bytes of a vector of four equal floats. */
export const splatF32 = (value: number): number[] => repeat(bytesOfF32(value), 4)
/** The 16 bytes of a vector of two equal doubles. */
export const splatF64 = (value: number): number[] => repeat(bytesOfF64(value), 2)
/** The 16 bytes of a vector of four integers. */
export const lanesI32 = (...values: readonly number[]): number[] => values.flatMap((v) => bytesOfI32(v))
/** The 16 bytes of a vector of four equal integers. */
export const splatI32 = (value: number): number[] => repeat(bytesOfI32(value), 4)

const repeat = (bytes: readonly number[], times: number): number[] => Array.from({ length: times }, () => bytes).flat()
