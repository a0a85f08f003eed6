/** A matrix of floats, row-major. */
export interface FloatMatrix {
  readonly rows: number
  readonly columns: number
  readonly values: ArrayLike<number>
}

/** A layer as it was trained: currents xW + b, membranes u ← βu + κ I, a threshold and a reset. */
export interface FloatLayer {
  /** [in, out]. */
  readonly weight: FloatMatrix
  /** [out]. */
  readonly bias: ArrayLike<number>
  /** β, 0 … 1: the fraction of the membrane that remains after a step. */
  readonly beta: number
  /** κ: the factor by which a current adds to the membrane in a step. */
  readonly gain: number
  readonly threshold: number
  /** The effect of a spike: subtract the threshold, or set the membrane to 0. */
  readonly reset: 'subtract' | 'zero'
  /** Whether the reset acts in the step after the spike. */
  readonly resetDelayed: boolean
  /** Membranes before the first step, [out]; null for 0. */
  readonly initialMembrane: ArrayLike<number> | null
}

/**
 * The spiking layers of a perceptron. The first layer is driven by a current that is constant in time; every further
 * one by the spikes of the one before. The readout stays on the host, which reads spike counts.
 */
export interface FloatMlp {
  readonly layers: readonly FloatLayer[]
  /** Steps T. */
  readonly time: number
}

/** xW + b of an input x: the constant currents that the host computes for the first layer. */
export function constantCurrents(
  { weight, bias }: Pick<FloatLayer, 'weight' | 'bias'>,
  x: ArrayLike<number>,
): Float64Array {
  const { rows, columns, values } = weight
  return Float64Array.from({ length: columns }, (_, o) => {
    let current = bias[o]!
    for (let i = 0; i < rows; i++) current += x[i]! * values[i * columns + o]!
    return current
  })
}
