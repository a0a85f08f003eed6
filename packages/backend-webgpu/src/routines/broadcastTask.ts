import type { DotRoutine } from '@spikeward/core/backend'
import type { Operands } from '../device/traits.js'
import { factor, u32 } from '../kernel/wgsl.js'
import { storeBlock } from './blockedTask.js'
import { ROUTINE_LINES, type Task, type Threads } from '../plan/task.js'

/** The largest number of results of a lane, and of columns in its block. */
const MAX_RESULTS = 128
const WIDEST = 8

/**
 * How a product is divided: a subgroup computes `tall` rows and `wide` columns a lane; a workgroup has `above` ×
 * `beside` subgroups along rows and columns.
 */
interface Cut {
  readonly tall: number
  readonly wide: number
  readonly above: number
  readonly beside: number
  readonly rows: number
  readonly columns: number
  readonly groups: number
}

/** Whether several workgroups share the product, or one computes it alone. */
export type Sharing = 'spread' | 'alone'

function cut({ batch, m, n }: DotRoutine, lanes: number, threads: Threads, sharing: Sharing): Cut {
  const subgroups = threads / lanes
  const wide = Math.ceil(n / (lanes * Math.ceil(n / (lanes * WIDEST))))
  const most = Math.max(1, Math.floor(MAX_RESULTS / (wide * lanes)))
  const tall = lanes * Math.min(most, Math.ceil(m / (sharing === 'alone' ? lanes : subgroups * lanes)))
  let above = subgroups
  while (above > 1 && (above / 2) * tall >= m) above /= 2
  const beside = subgroups / above
  const rows = Math.ceil(m / (above * tall))
  const columns = Math.ceil(n / (beside * lanes * wide))
  return { tall, wide, above, beside, rows, columns, groups: rows * columns * batch }
}

/**
 * The product in blocks of up to 16 × 8 results a thread, read directly from memory. `lanes` consecutive threads form a
 * subgroup: each lane reads its columns of B and one row of A, which it broadcasts to the other lanes. A term of a
 * block takes 10 reads for 128 multiplications. It is meant for software renderers, where each lane branches to read
 * memory, but reads a register of another lane in one instruction. Spikes select the weight or zero. Terms are added in
 * ascending order, as in tiles.
 */
export function broadcastTask(
  r: DotRoutine,
  lanes: number,
  operands: Operands,
  sharing: Sharing,
  a: string,
  b: string,
  c: string,
): Task {
  const { m, n, k } = r
  const most = cut(r, lanes, 256, sharing)
  return {
    name: `${r.binary ? 'spikes' : 'dot'} ${r.batch}×${m}×${n}×${k}`,
    wide: false,
    singleThread: false,
    lines: ROUTINE_LINES,
    serial: most.groups * k * most.tall * most.wide,
    emit(threads) {
      const { tall, wide, above, beside, rows, columns, groups } = cut(r, lanes, threads, sharing)
      const is = Array.from({ length: tall }, (_, i) => i)
      const js = Array.from({ length: wide }, (_, j) => j)
      const own = Array.from({ length: tall / lanes }, (_, i) => i)
      // A spike is a mask of the weight's bits.
      const left = (x: string): string => (r.binary ? `select(0u, 0xffffffffu, ${x} != 0u)` : factor(operands, x))
      const right = (y: string): string => (r.binary ? y : factor(operands, y))
      const term = (x: string, y: string): string => (r.binary ? `bitcast<f32>(${x} & ${y})` : `${x} * ${y}`)
      const body = [
        `let s = g / ${rows * columns}u; let t = g % ${rows * columns}u; let u = l / ${lanes}u; let lane = l % ${lanes}u;`,
        `let i0 = (t / ${columns}u * ${above}u + u / ${beside}u) * ${tall}u;`,
        `let j0 = (t % ${columns}u * ${beside}u + u % ${beside}u) * ${lanes * wide}u + lane;`,
        `let pa = ${a} + s * ${u32(r.a.batch)}; let pb = ${b} + s * ${u32(r.b.batch)};`,
        // Beyond the edge the last row and column are read again, and nothing is written.
        ...own.map((i) => `let a${i} = pa + min(i0 + ${i * lanes}u + lane, ${u32(m - 1)}) * ${u32(r.a.m)};`),
        ...js.map((j) => `let b${j} = pb + min(j0 + ${j * lanes}u, ${u32(n - 1)}) * ${u32(r.b.n)};`),
        ...is.flatMap((i) => js.map((j) => `var c${i}_${j} = 0f;`)),
        `for (var z = 0u; z < ${u32(k)}; z++) {`,
        ...js.map((j) => `let y${j} = ${right(`m[b${j} + z * ${u32(r.b.k)}]`)};`),
        ...own.map((i) => `let v${i} = ${left(`m[a${i} + z * ${u32(r.a.k)}]`)};`),
        ...is.flatMap((i) => [
          `let x${i} = subgroupBroadcast(v${Math.floor(i / lanes)}, ${i % lanes}u);`,
          ...js.map((j) => `c${i}_${j} += ${term(`x${i}`, `y${j}`)};`),
        ]),
        '}',
        ...storeBlock(c, r, { rows: is, columns: js, lanes }),
      ]
      return { groups, body, tile: 0, bits: 0 }
    },
  }
}
