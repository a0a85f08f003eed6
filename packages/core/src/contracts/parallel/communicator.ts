/** The data that ranks send each other. */
export type Payload = Float32Array | Float64Array | Uint32Array | Uint8Array

/** Bytes of payload that a rank has sent to others and received from others, and how many collective calls it made. */
export type Traffic = { readonly sent: number; readonly received: number; readonly calls: number }

/** Options of a collective call. */
export type CallOptions = {
  /**
   * A computation of this process that continues during the call. Until it ends, the wait leaves the processor to it
   * and only moves the message on from time to time.
   */
  readonly meanwhile?: Promise<unknown>
}

/**
 * A group of processes (ranks 0 … size − 1) that compute together. Every method is collective: all ranks call the same
 * methods in the same order, with payloads of the same type and length, and each call ends when every rank has made it.
 * Results are new arrays; arguments are not changed.
 *
 * `allgather`, `exchange` and `broadcast` may be called while earlier ones are in progress, in the same order on every
 * rank: they overlap where the connection can. `allreduce` and `barrier` are called alone.
 *
 * A rank that does not arrive in time makes the call reject with RANK_TIMEOUT on the ranks that wait for it.
 */
export interface Communicator {
  /** How the ranks are connected, such as `single`, `threads`, `mpi`. */
  readonly name: string
  readonly rank: number
  readonly size: number
  /** The payloads of all ranks, in the order of ranks. */
  allgather<T extends Payload>(mine: T, options?: CallOptions): Promise<T[]>
  /**
   * Sends part j to rank j; returns the parts that every rank sent to this one, in the order of ranks (MPI's alltoall).
   */
  exchange<T extends Payload>(parts: readonly T[], options?: CallOptions): Promise<T[]>
  /**
   * The elementwise sum over ranks, ((x₀ + x₁) + x₂) + …, rounded to the type of the payload after each addition. Every
   * rank gets the same bits.
   */
  allreduce<T extends Float32Array | Float64Array>(mine: T): Promise<T>
  /** The payload of `root` (default 0); the contents of the other ranks' payloads are ignored. */
  broadcast<T extends Payload>(mine: T, root?: number): Promise<T>
  /** Waits until every rank has called it. */
  barrier(): Promise<void>
  traffic(): Traffic
  /** Leaves the group after the last call. Collective. */
  close(): Promise<void>
  /** Ends the whole group at once, after a failure of this rank: calls of others reject, or their processes end. */
  abort(): void
}

/**
 * Runs independent parts of one piece of work, 0 … count − 1, and returns the results of all in order: here one after
 * another, or on several processes that call it together. All parts return equally many numbers.
 */
export type ShareOut = (count: number, part: (i: number) => Promise<Float64Array>) => Promise<readonly Float64Array[]>

/** All parts here, one after another: {@link ShareOut} of one process. */
export const inOrder: ShareOut = async (count, part) => {
  const all: Float64Array[] = []
  for (let i = 0; i < count; i++) all.push(await part(i))
  return all
}
