import type { RoutineOfKind } from '@spikeward/core/backend'
import { u32 } from '../kernel/wgsl.js'
import { taskOfParts, type RoutineTasks, type Task } from '../plan/task.js'

/** The row of index `i`, clamped into range. */
const rowOf = (r: RoutineOfKind<'gather' | 'scatterAdd' | 'scatterMax'>, index: string, i: string): string =>
  r.index === 'i32'
    ? `u32(clamp(bitcast<i32>(m[${index} + ${i}]), 0i, ${r.rows - 1}i))`
    : `min(m[${index} + ${i}], ${u32(r.rows - 1)})`

/** out[i, :] = x[clamp(index[i]), :], with one element a thread; bits are copied unchanged. */
const gather = (r: RoutineOfKind<'gather'>, x: string, index: string, out: string): Task =>
  taskOfParts(`gather ${r.count}×${r.width} of ${r.rows}`, r.count * r.width, 4, [
    `let i = q / ${r.width}u; let j = q % ${r.width}u;`,
    `m[${out} + q] = m[${x} + ${rowOf(r, index, 'i')} * ${u32(r.width)} + j];`,
  ])

/** Largest number of result elements times indices for which each element compares all indices. */
const FEW = 2 ** 22

/**
 * out = 0, then out[clamp(index[i]), :] += update[i, :] in order of i, so that sums are deterministic. A thread
 * computes one element of the result and compares its row with all indices; if that is too much work, a thread computes
 * a column.
 */
function scatterAdd(r: RoutineOfKind<'scatterAdd'>, update: string, index: string, out: string): Task {
  const { rows, width, count } = r
  const size = rows * width
  const byElement = size * count <= FEW
  const add = byElement
    ? [
        `let row = q / ${width}u; let j = q % ${width}u;`,
        'var sum = 0f;',
        `for (var i = 0u; i < ${u32(count)}; i++) {`,
        `if (${rowOf(r, index, 'i')} == row) { sum += bitcast<f32>(m[${update} + i * ${u32(width)} + j]); }`,
        '}',
        `m[${out} + q] = bitcast<u32>(sum);`,
      ]
    : [
        `for (var i = 0u; i < ${u32(rows)}; i++) { m[${out} + i * ${u32(width)} + q] = 0u; }`,
        `for (var i = 0u; i < ${u32(count)}; i++) {`,
        `let at = ${out} + ${rowOf(r, index, 'i')} * ${u32(width)} + q;`,
        `m[at] = bitcast<u32>(bitcast<f32>(m[at]) + bitcast<f32>(m[${update} + i * ${u32(width)} + q]));`,
        '}',
      ]
  return taskOfParts(
    `scatterAdd ${count}×${width} to ${rows}`,
    size === 0 ? 0 : byElement ? size : width,
    count * 4,
    add,
  )
}

/** The largest update of each element, which a thread compares with all indices; 0 where there is none. */
const scatterMax = (r: RoutineOfKind<'scatterMax'>, update: string, index: string, out: string): Task =>
  taskOfParts(`scatterMax ${r.count}×${r.width} to ${r.rows}`, r.rows * r.width, r.count * 4, [
    `let row = q / ${r.width}u; let j = q % ${r.width}u;`,
    'var largest = 0f; var found = false;',
    `for (var i = 0u; i < ${u32(r.count)}; i++) {`,
    `if (${rowOf(r, index, 'i')} == row) {`,
    `let x = bitcast<f32>(m[${update} + i * ${u32(r.width)} + j]);`,
    'if (!found || x > largest) { largest = x; found = true; }',
    '}',
    '}',
    `m[${out} + q] = bitcast<u32>(largest);`,
  ])

/** The tasks of routines with indices. */
export const indexedTasks = { gather, scatterAdd, scatterMax } satisfies Partial<RoutineTasks>
