import { type FloatDType, type ShareOut, type Tensor, tensor } from '@spikeward/core'

/** Rows of numbers in batches of one size, so that one compiled program serves all. */
export type Batches = {
  /** Rows in each batch. */
  readonly size: number
  /**
   * The rows of a batch, [size, width]; the last batch repeats its last row. They stay on the backend until `dispose`.
   */
  rows(b: number, dtype: FloatDType): Tensor
  /**
   * The outputs of all rows, [count, outputs].
   *
   * @param run the outputs of a batch, [size, outputs]; they are disposed of
   * @param share runs the batches
   */
  predict(outputs: number, share: ShareOut, run: (b: number) => Tensor): Promise<Float64Array>
  dispose(): void
}

/**
 * Divides rows into batches.
 *
 * @param values [count, width], row-major
 * @param most the largest number of rows in a batch
 */
export function batchesOf(values: Float64Array, count: number, width: number, most: number): Batches {
  const size = Math.min(most, count)
  const onBackend = new Map<number, Tensor>()
  return {
    size,
    rows(b, dtype) {
      const known = onBackend.get(b)
      if (known !== undefined) return known
      const rows = new Float64Array(size * width)
      for (let r = 0; r < size; r++) {
        const i = Math.min(b * size + r, count - 1)
        rows.set(values.subarray(i * width, (i + 1) * width), r * width)
      }
      const batch = tensor(rows, { dtype, shape: [size, width] })
      onBackend.set(b, batch)
      return batch
    },
    async predict(outputs, share, run) {
      const prediction = new Float64Array(count * outputs)
      const parts = await share(Math.ceil(count / size), async (b) => {
        const out = run(b)
        const result = await out.data()
        out.dispose()
        return Float64Array.from(result)
      })
      parts.forEach((part, b) => {
        const from = b * size * outputs
        prediction.set(part.subarray(0, Math.min(part.length, prediction.length - from)), from)
      })
      return prediction
    },
    dispose() {
      onBackend.forEach((t) => t.dispose())
      onBackend.clear()
    },
  }
}
