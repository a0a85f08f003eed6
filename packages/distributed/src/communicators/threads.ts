import { type Communicator, SpikewardError } from '@spikeward/core'
import { type Transport, communicatorOf } from './communicatorOf.js'
import { timedOut } from './watched.js'

/** Memory that the ranks of {@link threads} share: pass it to every worker. */
export type ThreadGroup = { readonly size: number; readonly memory: SharedArrayBuffer }

/** Words of the head: how many have arrived at the barrier, its generation, whether the group was aborted. */
const [ARRIVED, GENERATION, ABORTED, HEAD] = [0, 1, 2, 4] as const

/** Bytes of a rank's slot; longer payloads travel in pieces. */
const SLOT = 1 << 16

/**
 * Memory for a group of `size` ranks that run in threads of one process, or one after another in a single thread.
 *
 * @example
 * const group = threadGroup(2)
 * new Worker(file, { workerData: { group, rank: 1 } })
 * const communicator = threads(group, 0)
 */
export function threadGroup(size: number): ThreadGroup {
  if (!Number.isInteger(size) || size < 1) {
    throw new SpikewardError('INVALID_OPTION', `threadGroup: ${size} ranks; give a whole number of at least 1`)
  }
  return { size, memory: new SharedArrayBuffer(4 * (HEAD + size) + size * SLOT) }
}

/**
 * One rank of a group in shared memory: for workers of Node and of pages, and for tests, whose ranks may also share a
 * thread. Waiting leaves the event loop free.
 *
 * @param rank this rank, 0 … size − 1; each rank is opened once
 * @param options.timeoutSeconds how long a call waits for the other ranks; default 300
 * @throws RANK_TIMEOUT, RANK_ABORTED, RANKS_DIFFER if payloads differ in length (calls reject)
 */
export function threads(
  { size, memory }: ThreadGroup,
  rank: number,
  options: { readonly timeoutSeconds?: number } = {},
): Communicator {
  const { timeoutSeconds = 300 } = options
  const head = new Int32Array(memory, 0, HEAD + size)
  const slots = Array.from({ length: size }, (_, i) => new Uint8Array(memory, 4 * (HEAD + size) + i * SLOT, SLOT))

  const refuseAborted = (): void => {
    if (Atomics.load(head, ABORTED) === 0) return
    throw new SpikewardError(
      'RANK_ABORTED',
      `another rank of ${size} failed and ended the group; its own error gives the reason`,
    )
  }
  const barrier = async (): Promise<void> => {
    refuseAborted()
    const generation = Atomics.load(head, GENERATION)
    if (Atomics.add(head, ARRIVED, 1) === size - 1) {
      Atomics.store(head, ARRIVED, 0)
      Atomics.add(head, GENERATION, 1)
      Atomics.notify(head, GENERATION)
      return
    }
    const outcome = await waitWhile(head, GENERATION, generation, 1000 * timeoutSeconds)
    refuseAborted()
    if (outcome === 'timed-out') throw timedOut(rank, size, timeoutSeconds)
  }

  /** All ranks write, then all read, then all may write again. */
  const round = async (mine: Uint8Array, read: (slot: Uint8Array, rank: number) => void): Promise<void> => {
    slots[rank]!.set(mine)
    Atomics.store(head, HEAD + rank, mine.length)
    await barrier()
    const lengths = [...head.subarray(HEAD)]
    lengths.forEach((length, i) => read(slots[i]!.subarray(0, length), i))
    await barrier()
    if (lengths.some((n) => n !== mine.length)) {
      throw new SpikewardError(
        'RANKS_DIFFER',
        `ranks 0 to ${size - 1} sent ${lengths.join(', ')} bytes in one call; every rank must call with payloads of the same length`,
      )
    }
  }

  const gather: Transport['gather'] = async (mine) => {
    const all = new Uint8Array(mine.length * size)
    for (let at = 0; at === 0 || at < mine.length; at += SLOT) {
      await round(mine.subarray(at, at + SLOT), (slot, i) => {
        if (at + slot.length <= mine.length) all.set(slot, i * mine.length + at)
      })
    }
    return all
  }

  const exchange: Transport['exchange'] = async (parts) => {
    const all = await gather(parts)
    const block = parts.length / size
    const mine = new Uint8Array(parts.length)
    for (let i = 0; i < size; i++) {
      const from = i * parts.length + rank * block
      mine.set(all.subarray(from, from + block), i * block)
    }
    return mine
  }

  // The slots hold one call at a time.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <R>(call: () => Promise<R>): Promise<R> => {
    const ended = last.then(call)
    last = ended.catch(() => undefined)
    return ended
  }

  return communicatorOf({
    name: 'threads',
    rank,
    size,
    gather: (mine) => inTurn(() => gather(mine)),
    exchange: (parts) => inTurn(() => exchange(parts)),
    async broadcast(mine, root) {
      const all = await inTurn(() => gather(mine))
      return all.subarray(root * mine.length, (root + 1) * mine.length)
    },
    close: () => inTurn(barrier),
    abort() {
      Atomics.store(head, ABORTED, 1)
      Atomics.add(head, GENERATION, 1)
      Atomics.notify(head, GENERATION)
    },
  })
}

/** `Atomics.waitAsync` (missing in TypeScript's ES2023 types), or polling in engines without it. */
async function waitWhile(words: Int32Array, at: number, value: number, milliseconds: number): Promise<string> {
  const { waitAsync } = Atomics as typeof Atomics & {
    waitAsync?: (
      words: Int32Array,
      at: number,
      value: number,
      ms: number,
    ) => { readonly value: string | Promise<string> }
  }
  if (waitAsync !== undefined) return waitAsync(words, at, value, milliseconds).value
  const deadline = performance.now() + milliseconds
  while (Atomics.load(words, at) === value) {
    if (performance.now() > deadline) return 'timed-out'
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return 'ok'
}

/**
 * A group of one rank, for a process that runs alone. Its collectives return their inputs and send nothing.
 *
 * @example
 * const alone = single()
 * await alone.allreduce(new Float32Array([1, 2])) // Float32Array [1, 2]
 */
export const single = (): Communicator =>
  communicatorOf({
    name: 'single',
    rank: 0,
    size: 1,
    gather: (mine) => Promise.resolve(mine.slice()),
    exchange: (parts) => Promise.resolve(parts.slice()),
    broadcast: (mine) => Promise.resolve(mine.slice()),
    close: () => Promise.resolve(),
    abort: () => undefined,
  })
