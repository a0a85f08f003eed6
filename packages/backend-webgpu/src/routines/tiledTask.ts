import type { DotRoutine } from '@spikeward/core/backend'
import type { Operands } from '../device/traits.js'
import { u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, type Task } from '../plan/task.js'

/** Terms that are copied to workgroup memory at once. */
const DEPTH = 16
/** Threads of a workgroup: 16 × 16. */
const SIDE = 16
/** With fewer workgroups of large tiles than this, tiles are smaller, so that more of the device is busy. */
const MIN_WORKGROUPS = 64

/**
 * The dense product in tiles: 16 × 16 threads, each with a block of 4 × 4 (or 2 × 2) results in registers. 16 terms of
 * A and B at a time are copied to workgroup memory, with contiguous reads; f16 operands take half the space.
 */
export function tiledTask(r: DotRoutine, operands: Operands, a: string, b: string, c: string): Task {
  const { batch, m, n, k } = r
  const count = (block: number): number => Math.ceil(m / (SIDE * block)) * Math.ceil(n / (SIDE * block)) * batch
  const block = count(4) >= MIN_WORKGROUPS ? 4 : 2
  const tile = SIDE * block
  const [rows, columns] = [Math.ceil(m / tile), Math.ceil(n / tile)]
  const elements = tile * DEPTH
  const each = elements / 256
  const all = Array.from({ length: block }, (_, i) => i)
  const splitA = r.a.k === 1 || r.a.m !== 1
  const splitB = r.b.n === 1 || r.b.k !== 1
  const half = operands === 'f16'
  const element = (at: string): string => (half ? `f32(halves[${at}])` : `tile[${at}]`)
  // Workgroup memory holds A and B term by term, so that a thread reads adjacent rows and columns.
  const fetch = (what: 'A' | 'B', alongDepth: boolean): string[] => {
    const [start, length, rowStride, termStride] = what === 'A' ? ['i0', m, r.a.m, r.a.k] : ['j0', n, r.b.n, r.b.k]
    const at = what === 'A' ? '' : `${elements}u + `
    return [
      `for (var e = 0u; e < ${each}u; e++) {`,
      `let f = e * 256u + l;`,
      alongDepth ? `let x = f / ${DEPTH}u; let z = f % ${DEPTH}u;` : `let x = f % ${tile}u; let z = f / ${tile}u;`,
      `let row = ${start} + x; let term = k0 + z;`,
      `var v = 0f;`,
      `if (row < ${u32(length)} && term < ${u32(k)}) { v = bitcast<f32>(m[${what === 'A' ? 'pa' : 'pb'} + row * ${u32(rowStride)} + term * ${u32(termStride)}]); }`,
      half ? `halves[${at}z * ${tile}u + x] = f16(v);` : `tile[${at}z * ${tile}u + x] = v;`,
      '}',
    ]
  }
  const body = [
    `let s = g / ${rows * columns}u; let t = g % ${rows * columns}u;`,
    `let i0 = t / ${columns}u * ${tile}u; let j0 = t % ${columns}u * ${tile}u;`,
    `let pa = ${a} + s * ${u32(r.a.batch)}; let pb = ${b} + s * ${u32(r.b.batch)};`,
    `let ti = l / ${SIDE}u * ${block}u; let tj = l % ${SIDE}u * ${block}u;`,
    ...all.flatMap((i) => all.map((j) => `var c${i}${j} = 0f;`)),
    `for (var k0 = 0u; k0 < ${u32(k)}; k0 += ${DEPTH}u) {`,
    ...fetch('A', splitA),
    ...fetch('B', !splitB),
    'workgroupBarrier();',
    `for (var z = 0u; z < ${DEPTH}u; z++) {`,
    ...all.map((i) => `let x${i} = ${element(`z * ${tile}u + ti + ${i}u`)};`),
    ...all.map((j) => `let y${j} = ${element(`${elements}u + z * ${tile}u + tj + ${j}u`)};`),
    ...all.flatMap((i) => all.map((j) => `c${i}${j} += x${i} * y${j};`)),
    '}',
    'workgroupBarrier();',
    '}',
    `let pc = ${c} + s * ${u32(m * n)};`,
    ...all.flatMap((i) => [
      `if (i0 + ti + ${i}u < ${u32(m)}) {`,
      `let row = pc + (i0 + ti + ${i}u) * ${u32(n)} + j0 + tj;`,
      ...all.map((j) => `if (j0 + tj + ${j}u < ${u32(n)}) { m[row + ${j}u] = bitcast<u32>(c${i}${j}); }`),
      '}',
    ]),
  ]
  const groups = rows * columns * batch
  return {
    name: `dot ${batch}×${m}×${n}×${k}`,
    wide: true,
    singleThread: false,
    lines: ROUTINE_LINES,
    serial: groups * k * block * block,
    emit: () => ({ groups, body, bits: 0, ...(half ? { tile: 0, halves: 2 * elements } : { tile: 2 * elements }) }),
  }
}
