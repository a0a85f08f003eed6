import { sizeOf } from './aval.js'
import type { Aval, Shape } from './aval.js'
import { hostArray } from './dtype.js'
import type { DType, TypedArray } from './dtype.js'
import { SpikewardError } from '../errors.js'

/**
 * An n-dimensional array. What stands behind it depends on where it is met: memory of a backend, a variable of a
 * Program being traced, a primal with its tangent, or a batch; the operations are the same for all of them.
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
   * Throws ABSTRACT_VALUE inside `jit`, `scan`, `vmap` and the like, where there are no numbers yet.
   */
  data(): Promise<TypedArray> {
    throw new SpikewardError(
      'ABSTRACT_VALUE',
      'data() of a tensor inside a traced function; there are no numbers while jit, vmap, jvp or scan look at the ' +
        'function; return the tensor and read it outside, or choose with where() instead of if',
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

  /** Frees the memory now. Without it memory is freed by `scope`, by donation, or at last by the garbage collector. */
  dispose(): void {
    // Only tensors that hold memory have something to free.
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** A scalar known without any backend: what a JavaScript number becomes when it meets a tensor. */
export class LiteralTensor extends Tensor {
  constructor(
    readonly aval: Aval,
    readonly value: number,
  ) {
    super()
  }

  /** The value, which is known everywhere. */
  override data(): Promise<TypedArray> {
    return Promise.resolve(hostArray(this.aval.dtype, 1).fill(this.value))
  }
}

/** A tensor, or a number that takes the element type of the operand beside it. */
export type TensorLike = Tensor | number | boolean
