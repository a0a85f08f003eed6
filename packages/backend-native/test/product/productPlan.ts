import type { Plan } from '@spikeward/core/backend'

/** A product of [m, k], or of [k, m] transposed, with [k, n]; the right operand may be a batch. */
export type Product = {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly batch?: number
  readonly turned: boolean
}

/** The plan of one product: its operands are the inputs, and its result is the output. */
export function productPlan({ m, n, k, batch = 1, turned }: Product, dtype: 'f32' | 'f64', binary: boolean): Plan {
  const whole = (slot: number) => ({ slot, offset: 0, advance: [] })
  return {
    slots: [
      { kind: 'input', index: 0, dtype, size: m * k },
      { kind: 'input', index: 1, dtype, size: batch * k * n },
      { kind: 'output', index: 0, dtype, size: batch * m * n },
    ],
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine: {
          ...{ kind: 'dot', dtype, batch, m, n, k, binary },
          a: { batch: 0, m: turned ? 1 : k, k: turned ? m : 1 },
          b: { batch: batch > 1 ? k * n : 0, k: n, n: 1 },
        },
        ins: [whole(0), whole(1)],
        outs: [whole(2)],
      },
    ],
  }
}
