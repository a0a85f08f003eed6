import { SpikewardError, concatenate, mul, reshape, slice, sum, zeros } from '@spikeward/core'
import { toDoubles } from '../graph/nirData.js'
import { arrayOf } from '../graph/shapes.js'
import { type MakeExecutor, needDt } from './executor.js'

/** The allowed distance of a delay from a whole number of steps, in steps. */
const TOLERANCE = 1e-6

/**
 * The most signals that a node keeps for each sample of a batch, 256 MiB in f32: a delay of a small file may last any
 * time.
 */
const MAX_KEPT = 2 ** 26

/**
 * y(t) = x(t − τ), with a delay for each element. Signals before the first step are 0.
 *
 * @throws NIR_DELAY if a delay is not a whole number of steps; NIR_LIMIT if too many signals would be kept
 */
export const delay: MakeExecutor = (name, node, _input, { dt: step, dtype }) => {
  const dt = needDt(name, node.type, step)
  const { shape, ...array } = arrayOf(name, node, 'delay')
  const steps = [...toDoubles({ shape, ...array })].map((seconds) => {
    const count = Math.round(seconds / dt)
    if (count >= 0 && Math.abs(seconds / dt - count) <= TOLERANCE) return count
    throw new SpikewardError(
      'NIR_DELAY',
      `node '${name}' delays by ${seconds} s, which is ${seconds / dt} steps of ${dt} s; give a dt that divides every delay`,
    )
  })
  const longest = steps.reduce((most, s) => Math.max(most, s), 0)
  if ((longest + 1) * steps.length > MAX_KEPT) {
    throw new SpikewardError(
      'NIR_LIMIT',
      `node '${name}' delays ${steps.length} elements by up to ${longest} steps of ${dt} s, and at most ${MAX_KEPT} signals are kept for each sample; give a longer dt that divides every delay, or shorter delays`,
    )
  }
  // One mask for each age of a signal, the current one first.
  const ages = new Float64Array((longest + 1) * steps.length)
  steps.forEach((age, i) => (ages[age * steps.length + i] = 1))
  const mask = { shape: [longest + 1, 1, ...shape], data: ages }
  return {
    learned: [],
    parameters: { mask },
    shape,
    rest: (batch) => (longest === 0 ? null : { past: zeros([longest, batch, ...shape], dtype) }),
    step(p, state, x) {
      const past = state['past']
      if (past === undefined) return { state, output: x }
      const all = concatenate([reshape(x, [1, ...x.shape]), past], 0)
      const window = slice(
        all,
        all.shape.map(() => 0),
        all.shape.map((n, axis) => (axis === 0 ? longest : n)),
      )
      return { state: { past: window }, output: sum(mul(all, p['mask']!), 0) }
    },
  }
}
