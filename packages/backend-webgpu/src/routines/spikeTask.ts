import type { DotRoutine } from '@spikeward/core/backend'
import { u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, type Task } from '../plan/task.js'

/** Rows of A of a workgroup. */
const ROWS = 16
/** Threads in a row of a workgroup; each computes 8 columns of C that are 16 apart. */
const LANES = 16
const COLUMNS_PER_THREAD = 8
const COLUMNS = LANES * COLUMNS_PER_THREAD

/**
 * The product of spikes with weights, event-driven: a workgroup collects the ones of its rows as bits in workgroup
 * memory, 32 terms a word, and each thread adds up the rows of B whose bit is set. Terms are added in ascending order
 * for any number of threads.
 */
export function spikeTask(r: DotRoutine, a: string, b: string, c: string): Task {
  const { batch, m, n, k } = r
  const words = Math.ceil(k / 32)
  const [rows, columns] = [Math.ceil(m / ROWS), Math.ceil(n / COLUMNS)]
  const each = Array.from({ length: COLUMNS_PER_THREAD }, (_, j) => j)
  const column = (j: number): string => `(j0 + ${j * LANES}u)`
  const body = [
    `let s = g / ${rows * columns}u; let t = g % ${rows * columns}u;`,
    `let i0 = t / ${columns}u * ${ROWS}u; let row = l / ${LANES}u;`,
    `let j0 = t % ${columns}u * ${COLUMNS}u + l % ${LANES}u;`,
    `let pa = ${a} + s * ${u32(r.a.batch)}; let pb = ${b} + s * ${u32(r.b.batch)} + j0 * ${u32(r.b.n)};`,
    // A thread writes whole words, so that no two threads write to the same word.
    `for (var e = l; e < ${ROWS * words}u; e += 256u) {`,
    `let x = i0 + e % ${ROWS}u; let k0 = e / ${ROWS}u * 32u;`,
    'var w = 0u;',
    `if (x < ${u32(m)}) {`,
    `for (var z = 0u; z < min(32u, ${u32(k)} - k0); z++) {`,
    `if (m[pa + x * ${u32(r.a.m)} + (k0 + z) * ${u32(r.a.k)}] != 0u) { w |= 1u << z; }`,
    '}',
    '}',
    'bits[e] = w;',
    '}',
    'workgroupBarrier();',
    ...each.map((j) => `var c${j} = 0f;`),
    `for (var word = 0u; word < ${words}u; word++) {`,
    `var w = bits[word * ${ROWS}u + row];`,
    'while (w != 0u) {',
    `let at = pb + (word * 32u + countTrailingZeros(w)) * ${u32(r.b.k)};`,
    'w &= w - 1u;',
    ...each.map((j) => `c${j} += bitcast<f32>(m[at + ${u32(j * LANES * r.b.n)}]);`),
    '}',
    '}',
    `if (i0 + row < ${u32(m)}) {`,
    `let pc = ${c} + s * ${u32(m * n)} + (i0 + row) * ${u32(n)} + j0;`,
    ...each.map((j) => `if (${column(j)} < ${u32(n)}) { m[pc + ${j * LANES}u] = bitcast<u32>(c${j}); }`),
    '}',
    'workgroupBarrier();',
  ]
  const groups = rows * columns * batch
  return {
    name: `spikes ${batch}×${m}×${n}×${k}`,
    wide: true,
    singleThread: false,
    lines: ROUTINE_LINES,
    serial: groups * k * COLUMNS_PER_THREAD,
    emit: () => ({ groups, body, tile: 0, bits: ROWS * words }),
  }
}
