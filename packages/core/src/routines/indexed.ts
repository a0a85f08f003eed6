import { bytesOf } from '../tensor/dtype.js'
import type { DType, FloatDType } from '../tensor/dtype.js'
import { whole } from './routineDeclaration.js'
import type { RoutineDeclaration, RoutineDeclarations, RoutineOperand } from './routineDeclaration.js'

/** out[i, :] = x[clamp(index[i], 0, rows − 1), :]; ins = [x (rows × width), index (count, i32 or u32)], outs = [out (count × width)]. */
export interface GatherRoutine {
  readonly kind: 'gather'
  readonly dtype: DType
  readonly index: 'i32' | 'u32'
  readonly rows: number
  readonly width: number
  readonly count: number
}

/** The declaration of {@link GatherRoutine}. */
const gatherRoutine: RoutineDeclaration<GatherRoutine> = {
  kind: 'gather',
  fields: { dtype: 'any', index: 'index', rows: 'count', width: 'count', count: 'count' },
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
  example: { kind: 'gather', dtype: 'f32', index: 'i32', rows: 2, width: 2, count: 2 },
}

/** out = 0; then in order of i: out[clamp(index[i], 0, rows − 1), :] += update[i, :]; ins = [update (count × width), index], outs = [out (rows × width)]. */
export interface ScatterAddRoutine {
  readonly kind: 'scatterAdd'
  readonly dtype: FloatDType
  readonly index: 'i32' | 'u32'
  readonly rows: number
  readonly width: number
  readonly count: number
}

/** The declaration of {@link ScatterAddRoutine}. */
const scatterAddRoutine: RoutineDeclaration<ScatterAddRoutine> = {
  kind: 'scatterAdd',
  fields: { dtype: 'float', index: 'index', rows: 'count', width: 'count', count: 'count' },
  spans: ({ dtype, index, rows, width, count }) => [
    whole(dtype, count, width),
    whole(index, count),
    whole(dtype, rows, width),
  ],
  count: ({ dtype, rows, width, count }) => ({
    flops: count * width,
    bytes: bytesOf(dtype) * (2 * count * width + rows * width) + 4 * count,
  }),
  run({ rows, width, count }, update, index, out) {
    out.array.fill(0, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + row(index, i, rows) * width
      for (let j = 0; j < width; j++) out.array[to + j]! += update.array[update.base + i * width + j]!
    }
  },
  example: { kind: 'scatterAdd', dtype: 'f32', index: 'i32', rows: 2, width: 2, count: 2 },
}

/**
 * out[s, :] = the largest update[i, :] over i with clamp(index[i], 0, rows − 1) = s, and 0 if there is none above −∞;
 * ins = [update (count × width), index], outs = [out (rows × width)].
 */
export interface ScatterMaxRoutine {
  readonly kind: 'scatterMax'
  readonly dtype: FloatDType
  readonly index: 'i32' | 'u32'
  readonly rows: number
  readonly width: number
  readonly count: number
}

/** The declaration of {@link ScatterMaxRoutine}. */
const scatterMaxRoutine: RoutineDeclaration<ScatterMaxRoutine> = {
  kind: 'scatterMax',
  fields: scatterAddRoutine.fields,
  spans: (r) => scatterAddRoutine.spans({ ...r, kind: 'scatterAdd' }),
  count: (r) => scatterAddRoutine.count({ ...r, kind: 'scatterAdd' }),
  run({ rows, width, count }, update, index, out) {
    out.array.fill(-Infinity, out.base, out.base + rows * width)
    for (let i = 0; i < count; i++) {
      const to = out.base + row(index, i, rows) * width
      for (let j = 0; j < width; j++)
        out.array[to + j] = Math.max(out.array[to + j]!, update.array[update.base + i * width + j]!)
    }
    for (let j = 0; j < rows * width; j++) if (out.array[out.base + j] === -Infinity) out.array[out.base + j] = 0
  },
  example: { kind: 'scatterMax', dtype: 'f32', index: 'i32', rows: 2, width: 2, count: 2 },
}

const row = (index: RoutineOperand, i: number, rows: number): number =>
  Math.min(Math.max(index.array[index.base + i]!, 0), rows - 1)

/** Routines with indices. */
export type IndexedRoutine = GatherRoutine | ScatterAddRoutine | ScatterMaxRoutine

/** Their declarations by kind. */
export const indexedRoutines: RoutineDeclarations<IndexedRoutine> = {
  gather: gatherRoutine,
  scatterAdd: scatterAddRoutine,
  scatterMax: scatterMaxRoutine,
}
