import { bytesOf, type DType } from '../tensor/dtype.js'
import { declareRoutine, whole } from './routineDeclaration.js'
import type { RoutineOperand } from './routineDeclaration.js'

const small = { dtype: 'f32', index: 'i32', rows: 2, width: 2, count: 2 } as const

/** out[i, :] = x[clamp(index[i], 0, rows − 1), :]; ins = [x (rows × width), index (count, i32 or u32)], outs = [out (count × width)]. */
const gather = declareRoutine(
  'gather',
  { dtype: 'any', index: 'index', rows: 'count', width: 'count', count: 'count' },
  {
    spans: ({ dtype, index, rows, width, count }) => [
      whole(dtype, rows, width),
      whole(index, count),
      whole(dtype, count, width),
    ],
    count: ({ dtype, width, count }) => ({ flops: 0, bytes: 2 * bytesOf(dtype) * count * width + 4 * count }),
    run({ rows, width, count }, x, index, out) {
      for (let i = 0; i < count; i++) {
        const from = x.base + row(index, i, rows) * width
        for (let j = 0; j < width; j++) out.array[out.base + i * width + j] = x.array[from + j]!
      }
    },
    example: small,
  },
)

/** The sizes of a scatter: ins = [update (count × width), index], outs = [out (rows × width)]. */
interface Scatter {
  readonly dtype: DType
  readonly index: DType
  readonly rows: number
  readonly width: number
  readonly count: number
}

const scatter = {
  spans: ({ dtype, index, rows, width, count }: Scatter) => [
    whole(dtype, count, width),
    whole(index, count),
    whole(dtype, rows, width),
  ],
  count: ({ dtype, rows, width, count }: Scatter) => ({
    flops: count * width,
    bytes: bytesOf(dtype) * (2 * count * width + rows * width) + 4 * count,
  }),
  example: small,
}

const scatterFields = { dtype: 'float', index: 'index', rows: 'count', width: 'count', count: 'count' } as const

/** out = 0; then in order of i: out[clamp(index[i], 0, rows − 1), :] += update[i, :]. */
const scatterAdd = declareRoutine('scatterAdd', scatterFields, {
  ...scatter,
  run({ rows, width, count }, update, index, out) {
    out.array.fill(0, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + row(index, i, rows) * width
      for (let j = 0; j < width; j++) out.array[to + j]! += update.array[update.base + i * width + j]!
    }
  },
})

/** out[s, :] = the largest update[i, :] over i with clamp(index[i], 0, rows − 1) = s, and 0 if there is none above −∞. */
const scatterMax = declareRoutine('scatterMax', scatterFields, {
  ...scatter,
  run({ rows, width, count }, update, index, out) {
    out.array.fill(-Infinity, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + row(index, i, rows) * width
      for (let j = 0; j < width; j++)
        out.array[to + j] = Math.max(out.array[to + j]!, update.array[update.base + i * width + j]!)
    }
    for (let j = 0; j < rows * width; j++) if (out.array[out.base + j] === -Infinity) out.array[out.base + j] = 0
  },
})

const row = (index: RoutineOperand, i: number, rows: number): number =>
  Math.min(Math.max(index.array[index.base + i]!, 0), rows - 1)

/** Routines with indices by kind. */
export const indexedRoutines = { gather, scatterAdd, scatterMax }
