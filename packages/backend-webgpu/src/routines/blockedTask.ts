import type { DotRoutine } from '@spikeward/core/backend'
import type { Operands } from '../device/traits.js'
import { factor, u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, type Task } from '../plan/task.js'

/** Threads along the columns of C. */
const LANES = 16
/** The largest number of rows and of columns in a thread's block. */
const MAX_BLOCK = 8

/**
 * The product in blocks of up to 8 × 8 results a thread, read directly from memory: each term takes 16 reads for 64
 * multiplications. It is meant for software renderers: workgroup memory is not faster than other memory there, a
 * barrier switches threads, and a divergent branch costs a whole vector. Spikes therefore select the weight or zero
 * without a branch. Terms are added in ascending order, as in tiles.
 */
export function blockedTask(r: DotRoutine, operands: Operands, a: string, b: string, c: string): Task {
  const { batch, m, n, k } = r
  const columns = Math.ceil(n / (LANES * MAX_BLOCK))
  const wide = Math.ceil(n / (LANES * columns))
  const js = Array.from({ length: wide }, (_, j) => j)
  const groupsOf = (threads: number): { high: number; tall: number; rows: number; groups: number } => {
    const high = threads / LANES
    const rows = Math.ceil(m / (high * MAX_BLOCK))
    return { high, rows, tall: Math.ceil(m / (high * rows)), groups: rows * columns * batch }
  }
  return {
    name: `${r.binary ? 'spikes' : 'dot'} ${batch}×${m}×${n}×${k}`,
    wide: false,
    singleThread: false,
    lines: ROUTINE_LINES,
    serial: groupsOf(256).groups * k * MAX_BLOCK * wide,
    emit(threads) {
      const { high, rows, tall, groups } = groupsOf(threads)
      const is = Array.from({ length: tall }, (_, i) => i)
      const term = (i: number, j: number): string =>
        r.binary ? `c${i}_${j} += select(0f, y${j}, x != 0u);` : `c${i}_${j} += x * y${j};`
      const body = [
        `let s = g / ${rows * columns}u; let t = g % ${rows * columns}u;`,
        `let i0 = (t / ${columns}u * ${high}u + l / ${LANES}u) * ${tall}u;`,
        `let j0 = t % ${columns}u * ${LANES * wide}u + l % ${LANES}u;`,
        `let pa = ${a} + s * ${u32(r.a.batch)}; let pb = ${b} + s * ${u32(r.b.batch)};`,
        // Beyond the edge the last row and column are read again, and nothing is written.
        ...is.map((i) => `var a${i} = pa + min(i0 + ${i}u, ${u32(m - 1)}) * ${u32(r.a.m)};`),
        ...js.map((j) => `var b${j} = pb + min(j0 + ${j * LANES}u, ${u32(n - 1)}) * ${u32(r.b.n)};`),
        ...is.flatMap((i) => js.map((j) => `var c${i}_${j} = 0f;`)),
        `for (var z = 0u; z < ${u32(k)}; z++) {`,
        ...js.map((j) => `let y${j} = ${factor(operands, `m[b${j}]`)}; b${j} += ${u32(r.b.k)};`),
        ...is.flatMap((i) => [
          `{ let x = ${r.binary ? `m[a${i}]` : factor(operands, `m[a${i}]`)}; a${i} += ${u32(r.a.k)};`,
          ...js.map((j) => term(i, j)),
          '}',
        ]),
        '}',
        ...storeBlock(c, r, { rows: is, columns: js, lanes: LANES }),
      ]
      return { groups, body, tile: 0, bits: 0 }
    },
  }
}

/** A thread's block of results `c0_0` … in a product of m rows and n columns. */
type Block = {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  /** Columns between two results of a thread: the threads along a row. */
  readonly lanes: number
}

/**
 * The code that stores a thread's block of a product; results beyond the edge are not written.
 *
 * @param c the variable that holds the address of the product
 */
export const storeBlock = (
  c: string,
  { m, n }: { readonly m: number; readonly n: number },
  { rows, columns, lanes }: Block,
): readonly string[] => [
  `let pc = ${c} + s * ${u32(m * n)};`,
  ...rows.flatMap((i) => [
    `if (i0 + ${i}u < ${u32(m)}) {`,
    `let row = pc + (i0 + ${i}u) * ${u32(n)} + j0;`,
    ...columns.map((j) => `if (j0 + ${j * lanes}u < ${u32(n)}) { m[row + ${j * lanes}u] = bitcast<u32>(c${i}_${j}); }`),
    '}',
  ]),
]
