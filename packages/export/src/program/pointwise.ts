/** Pointwise equations as sequences of scalar operations. */
import { type DType, type Equation, type Primitive, SpikewardError } from '@spikeward/core'
import type { operations } from './operations.js'

type PointwiseLowering = Extract<Primitive['lower'], { readonly kind: 'pointwise' }>

/** A name of {@link operations}. */
export type OperationName = keyof typeof operations

/** How a language writes scalars: each function returns the name, or the text, of the value. */
export type ScalarWriter = {
  constant(value: number, dtype: DType): string
  /** The coordinate along an axis of the result. */
  index(axis: number, dtype: DType): string
  operation(
    name: OperationName,
    args: readonly string[],
    types: { readonly dtype: DType; readonly from: DType },
  ): string
}

/**
 * The error of an operation that a language does not have.
 *
 * @param language such as `ONNX`
 */
export const noEmitter = (primitive: string, language: string): SpikewardError =>
  new SpikewardError(
    'EXPORT_PRIMITIVE',
    `the network computes ${primitive}, which has no counterpart in ${language} here; export another format, or predict with loadNetwork`,
  )

const isPointwise = (lower: Primitive['lower']): lower is PointwiseLowering => lower.kind === 'pointwise'

/**
 * Writes the results of a pointwise equation.
 *
 * @param args its operands, as the language writes an element of each
 * @returns one text for each result; null if the equation is not pointwise
 */
export function writePointwise(
  { primitive, inputs, outputs, params }: Equation,
  args: readonly string[],
  writer: ScalarWriter,
  language: string,
): readonly string[] | null {
  const { lower } = primitive
  if (!isPointwise(lower)) return null
  const nodes = inputs.map(({ aval }, i) => ({ text: args[i]!, dtype: aval.dtype }))
  const push = (text: string, dtype: DType): number => nodes.push({ text, dtype }) - 1
  const apply = (name: OperationName | 'bitcast', dtype: DType, ...of: readonly number[]): number => {
    if (name === 'bitcast') throw noEmitter(name, language)
    const types = { dtype, from: nodes[of[0]!]!.dtype }
    const texts = of.map((i) => nodes[i]!.text)
    return push(writer.operation(name, texts, types), dtype)
  }
  return lower
    .emit(
      {
        constant: (dtype, value) => push(writer.constant(value, dtype), dtype),
        index: (dtype, axis) => push(writer.index(axis, dtype), dtype),
        unary: (op, dtype, x) => apply(op, dtype, x),
        binary: (op, dtype, x, y) => apply(op, dtype, x, y),
        select: (dtype, c, x, y) => apply('select', dtype, c, x, y),
      },
      inputs.map((_, i) => i),
      params,
      outputs.map(({ aval }) => aval),
      inputs.map(({ aval }) => aval),
    )
    .map((i) => nodes[i]!.text)
}
