import { type Aval, type Shape, printAval, sizeOf } from './aval.js'
import { type DType, type TypedArray, hostArray } from './dtype.js'
import { SpikewardError } from '../errors.js'
import { printElements } from './printElements.js'

/** The method that `console.log` calls in Node, Deno and Bun. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** The method that Deno's kernel calls on the value of a notebook's cell. */
export const display: unique symbol = Symbol.for('Jupyter.display')

/**
 * An n-dimensional array: memory of a backend, or, inside a transform, a variable of the Program being traced, a primal
 * with its tangent, or a batch. All of them have the same operations.
 */
export abstract class Tensor {
  /** Shape, element type and whether it is known to be binary. */
  abstract readonly aval: Aval

  /** Lengths of the axes. */
  get shape(): Shape {
    return this.aval.shape
  }

  /** Element type. */
  get dtype(): DType {
    return this.aval.dtype
  }

  /** Number of axes. */
  get ndim(): number {
    return this.aval.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.aval.shape)
  }

  /**
   * The elements in row-major order, as a copy on the host; `bool` comes as a `Uint32Array` of 0 and 1.
   * Throws ABSTRACT_VALUE inside `jit`, `scan`, `vmap` and other transforms, if there are no numbers yet.
   */
  data(): Promise<TypedArray> {
    throw new SpikewardError(
      'ABSTRACT_VALUE',
      'data() of a tensor inside a traced function, which has no numbers while jit, vmap, jvp or scan trace it; ' +
        'return the tensor and read it outside, or select with where() instead of if',
    )
  }

  /** The only element of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new SpikewardError(
        'NOT_A_SCALAR',
        `item() of a tensor of shape [${this.shape.join(', ')}]; it needs exactly one element; use data() or reduce first`,
      )
    }
    return (await this.data())[0]!
  }

  /**
   * The tensor for people: element type, shape, backend, and the values if they can be read without waiting.
   * `console.log(t)` prints it in Node, `console.log(String(t))` everywhere. A tensor inside a traced function has no
   * values, and shows its type.
   *
   * @example
   * console.log(tensor([[1, 2], [3, 4]])) // Tensor f32[2,2] on reference [[1, 2], [3, 4]], in two lines
   */
  toString(): string {
    return `Tensor ${printAval(this.aval)}, traced`
  }

  [inspect](): string {
    return this.toString()
  }

  /** The tensor in a notebook, by MIME type: its text, and if it has values a table of them. */
  async [display](): Promise<Readonly<Record<string, string>>> {
    return { 'text/plain': this.toString() }
  }

  /**
   * A tensor as text, in a template literal or `String(t)`. JavaScript has no arithmetic of tensors: `t + 1` would be a
   * text and `t * 2` not a number, so both throw TENSOR_AS_NUMBER.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw new SpikewardError(
      'TENSOR_AS_NUMBER',
      'an operator of JavaScript, such as + or >, on a tensor; write add(t, 1), mul(t, 2) or greater(t, 0), read a number with ' +
        'await t.item(), and join texts with String(t)',
    )
  }

  /** Frees the memory now. Otherwise `scope`, donation or finally the garbage collector frees it. */
  dispose(): void {
    // Only a tensor with memory has something to free.
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** A scalar constant without a backend: a JavaScript number as an operand. */
export class LiteralTensor extends Tensor {
  constructor(
    readonly aval: Aval,
    readonly value: number,
  ) {
    super()
  }

  override toString(): string {
    return `Tensor ${printAval(this.aval)} ${printElements(hostArray(this.aval.dtype, 1).fill(this.value), [], this.aval.dtype)}`
  }

  /** The constant. */
  override data(): Promise<TypedArray> {
    return Promise.resolve(hostArray(this.aval.dtype, 1).fill(this.value))
  }
}

/** A tensor, or a number that takes the element type of the other operand. */
export type TensorLike = Tensor | number | boolean

let open: Set<Tensor> | null = null

/** Registers a new tensor with the innermost open scope. */
export function track(t: Tensor): void {
  open?.add(t)
}

/**
 * Runs `body` in a new scope, then passes the result and the tensors that `body` made to `finish`, which disposes them
 * or passes them to the outer scope. Users call {@link scope}.
 */
export function collect<R>(body: () => R, finish: (result: R, own: ReadonlySet<Tensor>) => void): R {
  const outer = open
  const own = new Set<Tensor>()
  open = own
  let result: R
  try {
    result = body()
  } catch (error) {
    for (const t of own) t.dispose()
    throw error
  } finally {
    open = outer
  }
  finish(result, own)
  return result
}
