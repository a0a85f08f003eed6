import type { FloatMlp } from '@spikeward/chip'

/** Numbers in [−1, 1), the same at every run. */
export function stream(): () => number {
  let state = 5
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** A random perceptron of one input. */
export function smallMlp(hidden: readonly number[], time: number): FloatMlp {
  const next = stream()
  const many = (n: number, scale: number): Float64Array => Float64Array.from({ length: n }, () => scale * next())
  const widths = [1, ...hidden]
  const layers = hidden.map((columns, l) => ({
    weight: { rows: widths[l]!, columns, values: many(widths[l]! * columns, l === 0 ? 2 : 0.7) },
    bias: many(columns, l === 0 ? 1 : 0.3),
    beta: 0.9,
    gain: 1,
    threshold: 1,
    reset: 'subtract' as const,
    resetDelayed: true,
    initialMembrane: many(columns, 0.5).map((v) => v + 0.5),
  }))
  return { layers, time }
}
