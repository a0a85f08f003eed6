import type { RoutineOfKind } from '@spikeward/core/backend'
import { u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, taskOfParts, type RoutineTasks, type Task } from '../plan/task.js'

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

/** The tasks of linear algebra. */
export const linearAlgebraTasks = { cholesky, triangularSolve } satisfies Partial<RoutineTasks>
