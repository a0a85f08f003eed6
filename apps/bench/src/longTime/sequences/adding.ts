import {
  add,
  arange,
  broadcastTo,
  cast,
  concatenate,
  equal,
  expandDims,
  greaterEqual,
  mul,
  randint,
  reshape,
  slice,
  stack,
  sub,
  sum,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import type { SequenceProblem } from './sequence.js'

/** Blocks of T/8 steps: values in seven of them, the answer in the last. */
const BLOCKS = 8
const VALUES = BLOCKS - 1
/** The first mark is on one of the first three values, the second on one of the last four. */
const EARLY = 3

/**
 * Adding two marked values of a sequence: seven values in [0, 1] are shown for T/8 steps each, two of them with a mark; in the last T/8 steps the
 * answer is their sum less 1. The values and marks are the input; the answer needs both to be kept for up to 7 T/8 steps.
 *
 * Source: the adding problem of Hochreiter & Schmidhuber 1997, with values that are held.
 */
export const adding: SequenceProblem = {
  name: 'adding',
  title: 'Sum of two marked values of a sequence',
  inputs: 2,
  memory: 2,
  draw(key: Key, count: number, time: number) {
    const [v, early, late] = key.split(3) as [Key, Key, Key]
    const values = uniform(v, [count, VALUES])
    const places = arange(VALUES, 'i32')
    const marked = (place: Tensor): Tensor => cast(equal(expandDims(cast(place, 'i32'), 1), places), 'f32')
    const marks = add(
      marked(randint(early, [count], EARLY)),
      marked(add(cast(randint(late, [count], VALUES - EARLY), 'i32'), EARLY)),
    )
    const answer = sub(sum(mul(values, marks), 1), 1)
    const blocks = concatenate([stack([values, marks], 2), zeros([count, 1, 2])], 1)
    /** The block of each step. */
    const block = Array.from({ length: time }, (_, t) => Math.min(BLOCKS - 1, Math.floor((t * BLOCKS) / time)))
    const lengths = Array.from({ length: BLOCKS }, (_, b) => block.filter((x) => x === b).length)
    const held = lengths.map((length, b) =>
      broadcastTo(reshape(slice(blocks, [0, b, 0], [count, b + 1, 2]), [1, count, 2]), [length, count, 2]),
    )
    const last = cast(greaterEqual(arange(time, 'i32'), time - lengths.at(-1)!), 'f32')
    return {
      x: concatenate(held, 0),
      target: broadcastTo(reshape(answer, [1, count, 1]), [time, count, 1]),
      share: broadcastTo(reshape(mul(last, 1 / lengths.at(-1)!), [time, 1, 1]), [time, count, 1]),
    }
  },
}
