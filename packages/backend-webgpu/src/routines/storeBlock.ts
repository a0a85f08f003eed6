import { u32 } from '../kernel/wgsl.js'

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
