import type { RoutineOfKind } from '@spikeward/core/backend'
import { u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, taskOfParts, type RoutineTasks, type Task } from '../plan/task.js'

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

/**
 * The lower Cholesky factor. A workgroup factors one matrix, column by column; its threads share the rows:
 *
 *     L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j],   L[j,j] = √(A[j,j] − Σ_{l<j} L[j,l]²), or NaN if that is not positive
 */
function cholesky({ batch, n }: RoutineOfKind<'cholesky'>, a: string, out: string): Task {
  return {
    name: `cholesky ${batch}×${n}×${n}`,
    wide: true,
    singleThread: false,
    lines: ROUTINE_LINES,
    serial: batch * n * n * Math.ceil(n / 256) * 3,
    emit: () => ({
      groups: n === 0 ? 0 : batch,
      tile: 0,
      bits: 0,
      body: [
        `let pa = ${a} + g * ${u32(n * n)}; let pl = ${out} + g * ${u32(n * n)};`,
        `for (var j = 0u; j < ${n}u; j++) {`,
        `for (var i = l; i < ${n}u; i += 256u) {`,
        'var v = 0f;',
        'if (i >= j) {',
        `v = bitcast<f32>(m[pa + i * ${n}u + j]);`,
        `for (var k = 0u; k < j; k++) { v -= bitcast<f32>(m[pl + i * ${n}u + k]) * bitcast<f32>(m[pl + j * ${n}u + k]); }`,
        '}',
        `m[pl + i * ${n}u + j] = bitcast<u32>(v);`,
        '}',
        'storageBarrier();',
        `let rest = bitcast<f32>(m[pl + j * ${n}u + j]);`,
        'var pivot = raw(0x7fc00000u);',
        'if (rest > 0f) { pivot = sqrt(rest); }',
        'storageBarrier();',
        `for (var i = l; i < ${n}u; i += 256u) {`,
        `if (i == j) { m[pl + i * ${n}u + j] = bitcast<u32>(pivot); }`,
        `if (i > j) { m[pl + i * ${n}u + j] = bitcast<u32>(bitcast<f32>(m[pl + i * ${n}u + j]) / pivot); }`,
        '}',
        'storageBarrier();',
        '}',
      ],
    }),
  }
}

/**
 * Solves for X by substitution; each thread computes one column:
 *
 *     X[i,:] = (B[i,:] − Σ_k L[i,k] X[k,:]) / L[i,i]   over the rows already solved; with Lᵀ from the last row up
 */
function triangularSolve(r: RoutineOfKind<'triangularSolve'>, l: string, b: string, x: string): Task {
  const { batch, n, m, transposed } = r
  const row = transposed ? `let i = ${u32(n - 1)} - r;` : 'let i = r;'
  const solved = transposed ? `let k = ${u32(n - 1)} - h;` : 'let k = h;'
  return taskOfParts(`triangularSolve ${batch}×${n}×${m}`, n === 0 ? 0 : batch * m, n * n * 2, [
    `let s = q / ${u32(m)}; let j = q % ${u32(m)};`,
    `let pl = ${l} + s * ${u32(n * n)}; let pb = ${b} + s * ${u32(n * m)} + j; let px = ${x} + s * ${u32(n * m)} + j;`,
    `for (var r = 0u; r < ${u32(n)}; r++) {`,
    row,
    `var v = bitcast<f32>(m[pb + i * ${u32(m)}]);`,
    'for (var h = 0u; h < r; h++) {',
    solved,
    `v -= bitcast<f32>(m[pl + ${transposed ? `k * ${u32(n)} + i` : `i * ${u32(n)} + k`}]) * bitcast<f32>(m[px + k * ${u32(m)}]);`,
    '}',
    `m[px + i * ${u32(m)}] = bitcast<u32>(v / bitcast<f32>(m[pl + i * ${u32(n)} + i]));`,
    '}',
  ])
}

/** Tasks of the routines that are no products, by kind. */
export const routineTasks: RoutineTasks = { gather, scatterAdd, scatterMax, cholesky, triangularSolve }
