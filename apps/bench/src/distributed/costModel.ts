import type { Link } from '@spikeward/distributed'

/** The measured parts of a step, in milliseconds. */
export type StepParts = {
  /** One cell. */
  readonly cell: number
  /** The rest: the update, and what each rank does for itself. */
  readonly rest: number
}

/** The messages that a step sends over a link. */
export type Message = {
  /** Collective calls, one after another. */
  readonly calls: number
  /** Bytes that a rank receives. */
  readonly bytes: number
}

/**
 * The parts of a step from its times on one rank and on two, for a number of cells:
 *
 *     t(N) = ⌈cells/N⌉ · cell + rest,   cell = 2 (t(1) − t(2))/cells,   rest = t(1) − cells · cell
 *
 * The time of messages between ranks of one machine is part of the rest. Noise may make the rest negative; then it is 0 and all of
 * t(1) is cells.
 */
export function fitParts(cells: number, one: number, two: number): StepParts {
  const cell = Math.max(0, (2 * (one - two)) / cells)
  const rest = one - cells * cell
  return rest >= 0 ? { cell, rest } : { cell: one / cells, rest: 0 }
}

/** Milliseconds of messages among N ranks: calls · ⌈log₂ N⌉ · latency + bytes / bandwidth. */
export const messageTime = ({ calls, bytes }: Message, { latency, bandwidth }: Link, ranks: number): number =>
  1000 * (calls * Math.ceil(Math.log2(ranks)) * latency + bytes / bandwidth)

/** Milliseconds of a step on N ranks over a link, by the model. */
export const predictStep = (
  { cell, rest }: StepParts,
  cells: number,
  ranks: number,
  message: Message,
  link: Link,
): number => Math.ceil(cells / ranks) * cell + rest + messageTime(message, link, ranks)

/**
 * Milliseconds of a step on more ranks than cores of one machine, by the model: a core runs its ranks one after another.
 *
 *     t(N) = ⌈N/cores⌉ · (⌈cells/N⌉ · cell + rest)
 */
export const predictOversubscribed = ({ cell, rest }: StepParts, cells: number, ranks: number, cores: number): number =>
  Math.ceil(ranks / cores) * (Math.ceil(cells / ranks) * cell + rest)

/** Bytes that a rank receives in a step: a number for each direction of the other ranks, with two more for each cell. */
export const directionsMessage = (ranks: number, cellsEach: number, directionsEach: number): Message => ({
  calls: 1,
  bytes: 4 * (ranks - 1) * (1 + cellsEach * (2 + directionsEach)),
})

/** Bytes that a rank receives in an allreduce of a gradient: a slice of it from each of the others, then the sums of their slices. */
export const gradientMessage = (ranks: number, parameters: number): Message => ({
  calls: 2,
  bytes: (2 * 4 * parameters * (ranks - 1)) / ranks,
})
