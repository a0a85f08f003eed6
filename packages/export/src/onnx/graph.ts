/**
 * A graph of ONNX as data, and its bytes: the fields of onnx.proto that it needs, in the wire format of Protocol
 * Buffers.
 */
import type { DType } from '@spikeward/core'

/** Types of elements; shapes and axes are int64. */
export type ElementType = DType | 'i64'

/** The name, type and shape of a value; an axis of open length has a name. No shape: it is inferred. */
export type ValueInfo = {
  readonly name: string
  readonly type: ElementType
  readonly shape?: readonly (number | string)[]
}

/** A tensor in the file; `values` are numbers, or the bytes of elements. */
export type Initializer = {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly values: readonly number[] | Uint8Array
}

/** A value of an attribute: an integer, a text, integers, or the body of a loop. */
export type Attribute = number | string | readonly number[] | Graph

/** An operation. */
export type Node = {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A graph; the nodes of a body also read values of the graphs around it. */
export type Graph = {
  readonly nodes: readonly Node[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: readonly Initializer[]
}

/** The numbers of element types in TensorProto.DataType. */
export const elementTypes: Readonly<Record<ElementType, number>> = { f32: 1, i32: 6, i64: 7, bool: 9, f64: 11, u32: 12 }

/** The version of the operator set, and the oldest version of the format that has it. */
const [OPSET, FORMAT] = [18, 8]

const utf8 = new TextEncoder()

function varint(n: number): number[] {
  // A negative integer has ten bytes, in two's complement.
  let rest = BigInt.asUintN(64, BigInt(n))
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A field: an integer, a text, or a message. */
function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Uint8Array.from([...varint(number * 8), ...varint(value)])
  const bytes = typeof value === 'string' ? utf8.encode(value) : value
  return joined([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
}

const fields = (number: number, values: readonly (number | string | Uint8Array)[]): Uint8Array =>
  joined(values.map((value) => field(number, value)))

/** The bytes of elements, little-endian. */
function bytesOf(type: ElementType, values: readonly number[] | Uint8Array): Uint8Array {
  if (values instanceof Uint8Array) return values
  if (type === 'bool') return Uint8Array.from(values)
  if (type === 'i64') return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
  const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array }
  return new Uint8Array(arrays[type].from(values).buffer)
}

const tensorBytes = ({ name, type, shape, values }: Initializer): Uint8Array =>
  joined([fields(1, shape), field(2, elementTypes[type]), field(8, name), field(9, bytesOf(type, values))])

const valueBytes = ({ name, type, shape }: ValueInfo): Uint8Array => {
  const axes = shape?.map((d) => field(1, field(typeof d === 'number' ? 1 : 2, d)))
  const tensor = joined([field(1, elementTypes[type]), ...(axes === undefined ? [] : [field(2, joined(axes))])])
  return joined([field(1, name), field(2, field(1, tensor))])
}

/** An attribute: field 3 with type 2 is an integer, 4 with 3 a text, 6 with 5 a graph, 8 with 7 integers. */
function attributeBytes([name, value]: readonly [string, Attribute]): Uint8Array {
  const head = field(1, name)
  if (typeof value === 'number') return joined([head, field(3, value), field(20, 2)])
  if (typeof value === 'string') return joined([head, field(4, value), field(20, 3)])
  if ('nodes' in value) return joined([head, field(6, graphBytes(value)), field(20, 5)])
  return joined([head, fields(8, value), field(20, 7)])
}

const nodeBytes = ({ op, inputs, outputs, attributes }: Node): Uint8Array =>
  joined([
    fields(1, inputs),
    fields(2, outputs),
    field(4, op),
    fields(5, Object.entries(attributes).map(attributeBytes)),
  ])

const graphBytes = ({ nodes, inputs, outputs, initializers }: Graph): Uint8Array =>
  joined([
    fields(1, nodes.map(nodeBytes)),
    field(2, 'network'),
    fields(5, initializers.map(tensorBytes)),
    fields(11, inputs.map(valueBytes)),
    fields(12, outputs.map(valueBytes)),
  ])

/** The bytes of a model of one graph, with texts as metadata. */
export const modelBytes = (graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array =>
  joined([
    field(1, FORMAT),
    field(2, 'Spikeward'),
    field(7, graphBytes(graph)),
    field(8, joined([field(1, ''), field(2, OPSET)])),
    fields(
      14,
      Object.entries(metadata).map(([name, text]) => joined([field(1, name), field(2, text)])),
    ),
  ])
