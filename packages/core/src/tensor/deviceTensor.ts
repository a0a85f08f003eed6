import { type Aval, printAval, sizeOf } from './aval.js'
import type { Backend, DeviceBuffer } from '../backend/backend.js'
import type { TypedArray } from './dtype.js'
import { SpikewardError } from '../errors.js'
import { printElements, tableOfElements } from './printElements.js'
import { display, Tensor, track } from './tensor.js'

let collector: FinalizationRegistry<Pick<Memory, 'backend' | 'buffer'>> | undefined

/** Frees the memory of tensors that were collected without `dispose`; created on first use. */
function registry(): FinalizationRegistry<Pick<Memory, 'backend' | 'buffer'>> {
  collector ??= new FinalizationRegistry(({ backend, buffer }) => {
    try {
      backend.free(buffer)
    } catch {
      // The backend was disposed before the tensor was collected, and its memory with it.
    }
  })
  return collector
}

/**
 * Memory that one tensor holds at a time; donation passes it on. It is freed by its tensor, or with the last that held
 * it.
 */
class Memory {
  constructor(
    readonly backend: Backend,
    readonly buffer: DeviceBuffer,
  ) {
    registry().register(this, { backend, buffer }, this)
  }

  free(): void {
    registry().unregister(this)
    this.backend.free(this.buffer)
  }
}

/** The most elements that are copied from the backend to print a tensor. */
const MAX_SHOWN = 1_000_000

/** A tensor with memory on a backend. */
export class DeviceTensor extends Tensor {
  readonly backend: Backend
  #memory: Memory | null
  #mirror: DeviceTensor | null = null
  #lost = 'disposed'

  constructor(
    readonly aval: Aval,
    memory: Memory,
  ) {
    super()
    this.backend = memory.backend
    this.#memory = memory
    track(this)
  }

  /** The memory. Throws DISPOSED when it was freed or given away. */
  get buffer(): DeviceBuffer {
    return this.#held().buffer
  }

  #held(): Memory {
    if (this.#memory === null) {
      throw new SpikewardError(
        'DISPOSED',
        `use of a tensor of shape [${this.shape.join(', ')}] that was ${this.#lost}; its memory is gone; use ` +
          'the result that took its memory, or copy the tensor first',
      )
    }
    return this.#memory
  }

  /** False once the memory was freed or given away. */
  get alive(): boolean {
    return this.#memory !== null
  }

  override async data(): Promise<TypedArray> {
    return this.backend.read(this.buffer, this.dtype, this.size)
  }

  override toString(): string {
    const type = `Tensor ${printAval(this.aval)}`
    if (this.#memory === null) return `${type}, ${this.#lost}`
    const place = `${type} on ${this.backend.name}`
    if (this.backend.readSync === undefined) return `${place}; await t.data() reads its values`
    if (this.size > MAX_SHOWN) return `${place}; ${this.size} values, too many to show`
    try {
      const values = printElements(this.backend.readSync(this.buffer, this.dtype, this.size), this.shape, this.dtype)
      return `${place}${this.ndim > 1 ? '\n' : ' '}${values}`
    } catch (error) {
      // Printing a tensor never throws, because users print tensors to find faults.
      return `${place}; ${error instanceof Error ? error.message : String(error)}`
    }
  }

  override async [display](): Promise<Readonly<Record<string, string>>> {
    const plain = await super[display]()
    if (!this.alive || this.size > MAX_SHOWN) return plain
    const table = tableOfElements(await this.data(), this.shape, this.dtype)
    return { ...plain, 'text/html': `${table}<p>Tensor ${printAval(this.aval)} on ${this.backend.name}</p>` }
  }

  /** Gives the memory away; the tensor cannot be used again. `why` completes the error "a tensor that was …". */
  release(why: string): Memory {
    const memory = this.#held()
    this.#memory = null
    this.#lost = why
    this.#mirror?.dispose()
    this.#mirror = null
    return memory
  }

  override dispose(): void {
    if (this.#memory !== null) this.release('disposed').free()
  }

  /** This tensor on `backend`: itself, or a copy that is cached and freed with it. */
  on(backend: Backend): DeviceTensor {
    if (this.backend === backend) return this
    if (this.#mirror?.backend === backend && this.#mirror.alive) return this.#mirror
    this.#mirror = this.copyTo(backend)
    return this.#mirror
  }

  /** A new tensor with the same elements on `backend`. Only host memory can be copied without waiting. */
  copyTo(backend: Backend): DeviceTensor {
    const host = this.backend.readSync?.(this.buffer, this.dtype, this.size)
    if (host === undefined) {
      throw new SpikewardError(
        'BACKEND_MISMATCH',
        `a tensor on '${this.backend.name}' is combined with one on '${backend.name}', and memory of '${this.backend.name}' ` +
          'cannot be read without waiting; move the tensor first: await toBackend(tree, backend)',
      )
    }
    return upload(this.aval, backend, host)
  }
}

/** A new tensor on `backend` with the elements of a host array. */
export function upload(aval: Aval, backend: Backend, host: TypedArray): DeviceTensor {
  const buffer = backend.allocate(host.byteLength)
  backend.write(buffer, host)
  return new DeviceTensor(aval, new Memory(backend, buffer))
}

/** A new tensor on `backend` with undefined elements. */
export const reserve = (aval: Aval, backend: Backend): DeviceTensor =>
  new DeviceTensor(aval, new Memory(backend, backend.allocate(sizeOf(aval.shape) * (aval.dtype === 'f64' ? 8 : 4))))

/**
 * The memory of a tensor on a backend, for what the backend itself offers, such as `copy` of the WebGPU backend. It
 * belongs to the tensor: use it at once, before the tensor is disposed of or donated, and do not free it.
 *
 * @throws BACKEND_MISMATCH if the tensor has no memory on this backend; DISPOSED
 * @example
 * gpu.copy(bufferOf(heights, gpu), 4 * heights.size, vertices) // a GPUBuffer of gpu.device
 */
export function bufferOf(t: Tensor, backend: Backend): DeviceBuffer {
  if (t instanceof DeviceTensor && t.backend === backend) return t.buffer
  const place = t instanceof DeviceTensor ? `has its memory on '${t.backend.name}'` : 'has no memory of its own'
  throw new SpikewardError(
    'BACKEND_MISMATCH',
    `bufferOf: a tensor of shape [${t.shape.join(', ')}] ${place}, not on this '${backend.name}' backend; ` +
      'take a result that it computed, or copy the tensor there: await toBackend(tree, backend)',
  )
}
