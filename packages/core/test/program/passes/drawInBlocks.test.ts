import { describe, expect, it } from 'vitest'
import { add, jvp, key, matmul, mul, normal, rademacher, scan, sum, tanh, vmap, zeros } from '../../../src/index.js'
import type { Key, Tensor, Tree } from '../../../src/index.js'
import { lower } from '../../../src/lower/lower.js'
import { drawInBlocks } from '../../../src/program/passes/drawInBlocks.js'
import { inlineProgram } from '../../../src/program/passes/inlineProgram.js'
import { checkProgram } from '../../../src/program/checkProgram.js'
import type { ScanParams } from '../../../src/program/params.js'
import type { Program } from '../../../src/program/program.js'
import { sizeOf } from '../../../src/tensor/aval.js'
import { inputsOf, runPlan, traced } from '../../lower/harness.js'

/** The largest tensor that an equation makes, inside scans too. */
const largest = (p: Program): number =>
  Math.max(
    0,
    ...p.equations.flatMap((e) => [
      ...e.outputs.map((v) => sizeOf(v.aval.shape)),
      ...(e.primitive.lower.kind === 'scan' ? [largest((e.params as ScanParams).body)] : []),
    ]),
  )

/** The largest tensor without and with the pass; both programs give the same bits. */
async function sizes(fn: (...args: never[]) => Tree, ...args: Tree[]): Promise<readonly [number, number]> {
  const t = traced(fn, ...args)
  const before = inlineProgram(t.program)
  const after = drawInBlocks(before, 1 << 10)
  checkProgram(after)
  const outs = t.program.outputs.map((a) => a.aval)
  const ins = await inputsOf(t)
  expect(await runPlan(lower(after), ins, outs)).toEqual(await runPlan(lower(t.program), ins, outs))
  return [largest(before), largest(after)]
}

const [rows, width] = [2, 40]

describe('random operands of products', () => {
  it.each([256, 300, 512, 100])('%i columns are drawn in blocks of 256, with the same numbers', async (columns) => {
    const found = await sizes(
      (k: Key, x: Tensor) => matmul(x, normal(k, [width, columns])),
      key(3),
      zeros([rows, width]),
    )
    expect(found).toEqual([width * columns, width * Math.min(columns, 256)])
  })

  it('a direction of a layer, for several directions at once and in chunks of time', async () => {
    const along = (k: Key, x: Tensor, w: Tensor, back: Tensor): Tensor => {
      const chunk = (h: Tensor, v: Tensor): Tensor => tanh(add(matmul(h, w), mul(1e-3, matmul(h, v))))
      const v = rademacher(k, [width, width * 8])
      const [end] = scan((h: Tensor): [Tensor, Tree] => [matmul(chunk(h, v), back), []], x, null, { length: 3 })
      const [, slope] = jvp((q: Tensor) => sum(tanh(matmul(x, q))), [w], [normal(k.fold(1), w.shape)])
      return add(sum(end), slope)
    }
    const [w, x, back] = [zeros([width, 8 * width]), zeros([rows, width]), zeros([8 * width, width])]
    expect(await sizes(along, key(1), x, w, back)).toEqual([8 * width * width, 256 * width])
    const several = (k: Key): Tensor =>
      vmap((i: Tensor) => sum(matmul(x, normal(k.fold(i), w.shape))))(zeros([3], 'u32'))
    expect((await sizes(several, key(1)))[1]).toBeLessThan(3 * 8 * width * width)
  })

  it('an operand that is used elsewhere, that is small, or that is not random is stored', async () => {
    const shape = [width, 300]
    const twice = (k: Key, x: Tensor): Tree => {
      const v = normal(k, shape)
      return [matmul(x, v), sum(v)]
    }
    const x = zeros([rows, width])
    expect((await sizes(twice, key(2), x))[1]).toBe(width * 300)
    const few = (k: Key, y: Tensor): Tensor => matmul(y, normal(k, [width, 25]))
    expect((await sizes(few, key(2), x))[1]).toBe(width * 25)
    const product = (k: Key, y: Tensor): Tensor => matmul(y, normal(k, shape))
    const scans = (count: number): number => {
      const { equations } = drawInBlocks(inlineProgram(traced(product, key(2), zeros([count, width])).program), 1 << 10)
      return equations.filter((e) => e.primitive.name === 'scan').length
    }
    // 2 · 40 · 300 is 70 · (40 + 300) and a little more.
    expect([scans(70), scans(71)]).toEqual([1, 0])
    expect((await sizes((y: Tensor, v: Tensor) => matmul(y, tanh(v)), x, zeros(shape)))[1]).toBe(width * 300)
  })
})
