/** Sequence problems: the input of each step, and the target of the network at it. */
import type { Key, Tensor } from '@spikeward/core'

/** Sequences: inputs [T, N, m], targets [T, N, 1], and the share of each step in the loss of a sample, [T, N, 1], 1 over all steps. */
export type Sequences = { readonly x: Tensor; readonly target: Tensor; readonly share: Tensor }

/** A problem of sequences. */
export type SequenceProblem = {
  readonly name: string
  readonly title: string
  /** m. */
  readonly inputs: number
  /** The longest time constant of a neuron before training, as a share of T. */
  readonly memory: number
  draw(key: Key, count: number, time: number): Sequences
}
