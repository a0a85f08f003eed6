import { type CallOptions, type Communicator, type Payload, SpikewardError } from '@spikeward/core'

/** How bytes travel between the ranks of a group; {@link communicatorOf} makes a communicator from it. */
export type Transport = {
  readonly name: string
  readonly rank: number
  readonly size: number
  /** The bytes of all ranks one after another. */
  gather(mine: Uint8Array, options?: CallOptions): Promise<Uint8Array>
  /** `parts` contains one block for every rank; returns the blocks for this rank. */
  exchange(parts: Uint8Array, options?: CallOptions): Promise<Uint8Array>
  broadcast(mine: Uint8Array, root: number): Promise<Uint8Array>
  close(): Promise<void>
  abort(): void
}

const bytesOf = (x: Payload): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength)

/** Bytes as an array of the type of `like`; they begin at their own buffer's start. */
function typed<T extends Payload>(like: T, bytes: Uint8Array): T {
  const make = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => T
  return new make(bytes.buffer, bytes.byteOffset, bytes.byteLength / like.BYTES_PER_ELEMENT)
}

/** Splits bytes into `count` blocks, each an array of the type of `like` with its own memory. */
const blocksOf = <T extends Payload>(like: T, bytes: Uint8Array, count: number): T[] =>
  Array.from({ length: count }, (_, i) =>
    typed(like, bytes.slice((i * bytes.length) / count, ((i + 1) * bytes.length) / count)),
  )

/** ((x₀ + x₁) + x₂) + … */
export function sumInOrder<T extends Float32Array | Float64Array>(parts: readonly T[]): T {
  const total = parts[0]!.slice() as T
  for (const part of parts.slice(1)) for (let i = 0; i < total.length; i++) total[i] = total[i]! + part[i]!
  return total
}

/** The collectives of a transport: typed, counted, and sums in a fixed order. */
export function communicatorOf(transport: Transport): Communicator {
  const { name, rank, size } = transport
  const others = size - 1
  let traffic = { sent: 0, received: 0, calls: 0 }
  const count = (sent: number, received: number): void => {
    traffic = { sent: traffic.sent + sent, received: traffic.received + received, calls: traffic.calls + 1 }
  }

  const gather = async <T extends Payload>(mine: T, options?: CallOptions): Promise<T[]> => {
    count(mine.byteLength * others, mine.byteLength * others)
    return blocksOf(mine, await transport.gather(bytesOf(mine), options), size)
  }
  const exchange = async <T extends Payload>(parts: readonly T[], options?: CallOptions): Promise<T[]> => {
    const [first] = parts
    if (first === undefined || parts.length !== size || parts.some((p) => p.byteLength !== first.byteLength)) {
      throw new SpikewardError(
        'INVALID_ARGUMENT',
        `exchange: ${parts.length} parts of ${parts.map((p) => p.length).join(', ')} numbers for ${size} ranks; give one part for each rank, all of the same length`,
      )
    }
    count(first.byteLength * others, first.byteLength * others)
    const packed = new Uint8Array(first.byteLength * size)
    parts.forEach((part, i) => packed.set(bytesOf(part), i * first.byteLength))
    return blocksOf(first, await transport.exchange(packed, options), size)
  }

  return {
    name,
    rank,
    size,
    allgather: gather,
    exchange,
    async allreduce(mine) {
      if (mine.length === 0) return mine.slice() as typeof mine
      // Each rank sums one slice, and all gather the slices: a rank sends and receives about twice the payload, for any
      // number of ranks.
      const length = Math.ceil(mine.length / size)
      const padded = mine.slice(0, 0).constructor as new (n: number) => typeof mine
      const whole = new padded(length * size)
      whole.set(mine)
      const slices = Array.from({ length: size }, (_, i) => whole.subarray(i * length, (i + 1) * length) as typeof mine)
      const sums = await gather(sumInOrder(await exchange(slices)))
      const total = new padded(length * size)
      sums.forEach((part, i) => total.set(part, i * length))
      return total.slice(0, mine.length) as typeof mine
    },
    async broadcast(mine, root = 0) {
      if (!Number.isInteger(root) || root < 0 || root >= size) {
        throw new SpikewardError(
          'INVALID_ARGUMENT',
          `broadcast: root ${root} of ${size} ranks; give one from 0 to ${size - 1}`,
        )
      }
      count(rank === root ? mine.byteLength * others : 0, rank === root ? 0 : mine.byteLength)
      return typed(mine, (await transport.broadcast(bytesOf(mine), root)).slice())
    },
    async barrier() {
      count(0, 0)
      await transport.gather(new Uint8Array(1))
    },
    traffic: () => traffic,
    close: () => transport.close(),
    abort: () => transport.abort(),
  }
}
