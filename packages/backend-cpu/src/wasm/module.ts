import { pushName, pushSized, pushUnsigned, type Bytes } from './bytes.js'
import { code, typeByte, type Code, type FunctionRef, type Local, type ValueType } from './code.js'

/** Collects functions and encodes them as one WebAssembly module, which imports its memory. */
export interface ModuleBuilder {
  /** Imports the function `env.name`, once for all calls. Imports come before the first `define`. */
  readonly imported: (name: string) => FunctionRef
  /** Defines a function. */
  define(
    params: readonly ValueType[],
    body: (code: Code, params: readonly Local[]) => void,
    result?: ValueType,
  ): FunctionRef
  /** The module's bytes; `run` is the function that it exports. */
  finish(run: FunctionRef): Uint8Array<ArrayBuffer>
}

/** A function that the module imports. */
export interface Import {
  readonly name: string
  readonly params: readonly ValueType[]
  /** Absent for a function without a result. */
  readonly result?: ValueType
}

/** The memory that the module imports as `env.memory`, in pages of 64 KiB. */
export interface MemoryType {
  readonly initial: number
  readonly maximum: number
  readonly shared: boolean
}

/** Starts a module; `imports` are all functions that it may import. */
export function moduleBuilder(memory: MemoryType, imports: readonly Import[]): ModuleBuilder {
  const types: string[] = []
  const typeBytes: Bytes[] = []
  const signatures: number[] = []
  const bodies: number[][] = []
  const typeIndex = (params: readonly ValueType[], result: ValueType | undefined): number => {
    const key = `${params.join()}>${result ?? ''}`
    const index = types.indexOf(key)
    if (index >= 0) return index
    const bytes: Bytes = [0x60]
    pushSized(
      bytes,
      params.map((t) => typeByte[t]),
    )
    pushSized(bytes, result === undefined ? [] : [typeByte[result]])
    typeBytes.push(bytes)
    return types.push(key) - 1
  }
  const importTypes = imports.map((i) => typeIndex(i.params, i.result))

  return {
    imported: (name) => ({ index: imports.findIndex((i) => i.name === name) }),
    define(params, body, result) {
      const index = signatures.push(typeIndex(params, result)) - 1
      bodies.push([])
      const { code: c, params: locals } = code(params)
      body(c, locals)
      bodies[index] = c.finish()
      return { index: imports.length + index }
    },
    finish(run) {
      const out: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
      const section = (id: number, items: readonly (readonly number[])[]): void => {
        const content: Bytes = []
        pushUnsigned(content, items.length)
        for (const item of items) for (const byte of item) content.push(byte)
        out.push(id)
        pushSized(out, content)
      }
      section(1, typeBytes)
      section(2, [memoryImport(memory), ...imports.map((i, k) => functionImport(i.name, importTypes[k]!))])
      section(
        3,
        signatures.map((s) => unsigned(s)),
      )
      section(7, [functionExport('run', run.index)])
      section(
        10,
        bodies.map((b) => sized(b)),
      )
      return Uint8Array.from(out)
    },
  }
}

const unsigned = (value: number): Bytes => {
  const bytes: Bytes = []
  pushUnsigned(bytes, value)
  return bytes
}

const sized = (content: readonly number[]): Bytes => {
  const bytes: Bytes = []
  pushSized(bytes, content)
  return bytes
}

const importHead = (name: string): Bytes => {
  const bytes: Bytes = []
  pushName(bytes, 'env')
  pushName(bytes, name)
  return bytes
}

function memoryImport({ initial, maximum, shared }: MemoryType): Bytes {
  const bytes = [...importHead('memory'), 0x02, shared ? 0x03 : 0x01]
  pushUnsigned(bytes, initial)
  pushUnsigned(bytes, maximum)
  return bytes
}

function functionImport(name: string, type: number): Bytes {
  const bytes = [...importHead(name), 0x00]
  pushUnsigned(bytes, type)
  return bytes
}

function functionExport(name: string, index: number): Bytes {
  const bytes: Bytes = []
  pushName(bytes, name)
  bytes.push(0x00)
  pushUnsigned(bytes, index)
  return bytes
}
