import { add, defineOptions, flag, integer, mean, mul, reshape, scan, slice, softmax, transpose } from '@spikeward/core'
import type { Domain, Filled, Key, SequenceNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import { spikingMlpOptions } from '../spikingMlp/spikingMlpOptions.js'
import { type OutputFixed, columnNormaliser, outputMaker } from '../scales/outputScale.js'
import { checkDomain, toUnit } from '../coords/checkCoords.js'

/** Options that networks of sequences share. */
export const windowOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Numbers of a step. */
  inputs: integer({ min: 1, required: true, help: 'numbers of a time step' }),
  outputs: integer({ min: 1, default: 1, help: 'numbers to predict at a time step' }),
  /** Time steps of a window. */
  steps: integer({ min: 1, required: true, help: 'time steps of a window' }),
  /** The last steps of a window, which have outputs. */
  scored: integer({ min: 1, required: true, help: 'last steps of a window, which have outputs' }),
  /** Whether a step gives y of the odds exp(y) of classes; `apply` then gives the mean of their probabilities. */
  classes: flag({ default: false, help: 'the outputs are classes: a window has the probability of each' }),
  hidden: spikingMlpOptions.hidden,
  domain: spikingMlpOptions.domain,
  output: spikingMlpOptions.output,
}))

/** Fixed variables of a network of sequences. */
export type WindowFixed = { readonly output: OutputFixed }

/** A time step as pure functions. */
export interface Cell<P extends Tree, S extends Tree> {
  init(key: Key): P
  rest(samples: number): S
  /** @param elapsed Δt, the time since the step before in steps, [samples, 1]; absent: steps are alike */
  step(params: P, state: S, x: Tensor, elapsed?: Tensor): readonly [S, Tensor]
}

/**
 * A network that reads a window step by step with a cell: inputs are mapped from `domain` to [−√3, √3], where a uniform
 * value has variance 1.
 *
 * With `elapsed`, the cell gets this input as the length of the step, as it is. Of classes, a step gives y, and
 * `apply` the probabilities softmax(y) [samples, outputs], averaged over the scored steps.
 */
export function overWindow<P extends Tree, S extends Tree>(
  name: string,
  o: Pick<Filled<typeof windowOptions>, 'inputs' | 'outputs' | 'steps' | 'scored' | 'output' | 'classes'> & {
    readonly domain?: Domain | undefined
    readonly elapsed?: number | undefined
  },
  cell: Cell<P, S>,
): SequenceNetwork<Variables<P, WindowFixed>> {
  const { inputs, outputs, steps, scored } = o
  const unit = checkDomain(name, inputs, o.domain).map(toUnit)
  const normalise = columnNormaliser({
    shift: unit.map((u) => u.shift),
    scale: unit.map((u) => u.scale / Math.sqrt(3)),
  })
  const output = outputMaker(name, outputs, o.output, 'f32')
  const timeOf = (x: Tensor): readonly [] | readonly [Tensor] => {
    const { elapsed } = o
    return elapsed === undefined ? [] : [slice(x, [0, elapsed], [x.shape[0]!, elapsed + 1])]
  }
  const scaled = (y: Tensor, { shift, scale }: OutputFixed): Tensor => add(mul(y, scale), shift)
  return {
    name,
    steps,
    scored,
    init: (key) => ({ trained: cell.init(key), fixed: { output: output() } }),
    rest: cell.rest,
    step({ trained, fixed }, state, x) {
      const [next, y] = cell.step(trained, state as S, normalise(x), ...timeOf(x))
      return [next, scaled(y, fixed.output)]
    },
    apply({ trained, fixed }, x) {
      const samples = x.shape[0]!
      const sequence = transpose(reshape(x, [samples, steps, inputs]), [1, 0, 2])
      const part = (from: number, to: number): Tensor => slice(sequence, [from, 0, 0], [to, samples, inputs])
      const advance = (s: S, now: Tensor): readonly [S, Tensor] => cell.step(trained, s, normalise(now), ...timeOf(now))
      const warm = steps - scored
      const state =
        warm === 0
          ? cell.rest(samples)
          : scan((s: S, now: Tensor): [S, []] => [advance(s, now)[0], []], cell.rest(samples), part(0, warm))[0]
      const [, y] = scan((s: S, now: Tensor): [S, Tensor] => [...advance(s, now)], state, part(warm, steps))
      const all = scaled(y, fixed.output)
      if (o.classes) return mean(softmax(all), 0)
      return reshape(transpose(all, [1, 0, 2]), [samples, scored * outputs])
    },
  }
}
