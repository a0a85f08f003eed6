/** Numbers of an HDF5 data set in the file's representation, so that writing them again gives the same bytes. */
export type NirData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

/** An array of a node. The shape is `[]` for a scalar; numbers are row-major. */
export interface NirArray {
  readonly shape: readonly number[]
  readonly data: NirData
}

/** The value of a node or its metadata under a name: numbers, a string, or a record of these. */
export type NirValue = NirArray | string | NirRecord

/** Values by name. */
export interface NirRecord {
  readonly [name: string]: NirValue
}

/**
 * A node of a graph: its type in the standard's notation, its parameters, and its writer's metadata.
 * A type that this package does not know is preserved.
 */
export interface NirNode {
  readonly type: string
  readonly parameters: NirRecord
  readonly metadata: NirRecord
}

/**
 * A graph of the Neuromorphic Intermediate Representation: nodes by name, and edges [from, to], which pass on a signal
 * unchanged. If several edges lead to a node, their signals are added. A node may be a graph itself.
 *
 * @see Pedersen et al. 2024, Nature Communications 15, 8122
 */
export interface NirGraph {
  readonly type: 'NIRGraph'
  readonly nodes: Readonly<Record<string, NirNode | NirGraph>>
  readonly edges: readonly (readonly [string, string])[]
  readonly metadata: NirRecord
}

/** Whether a node is a graph itself. */
export const isGraph = (node: NirNode | NirGraph): node is NirGraph => node.type === 'NIRGraph'

/** Whether a value is an array of numbers. */
export const isArray = (value: NirValue | undefined): value is NirArray =>
  typeof value === 'object' && ArrayBuffer.isView(value['data'])

/** The numbers of an array as doubles. */
export const toDoubles = ({ data }: NirArray): Float64Array => Float64Array.from(data, Number)

/** An array of doubles. */
export const doubles = (shape: readonly number[], values: ArrayLike<number>): NirArray => ({
  shape,
  data: Float64Array.from(values),
})
