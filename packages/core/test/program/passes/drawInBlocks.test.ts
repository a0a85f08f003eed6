import { describe, expect, it } from 'vitest'
import {
  add,
  arange,
  cast,
  cos,
  jit,
  jvp,
  key,
  matmul,
  mul,
  normal,
  rademacher,
  scan,
  sum,
  tanh,
  vmap,
  zeros,
} from '../../../src/index.js'
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

const [rows, width] = [2, 20]

describe('random operands of products', () => {
  it.each([512, 700, 511, 100])(
    '%i columns are drawn in blocks of 256 if they are two or more, with the same numbers',
    async (columns) => {
      const found = await sizes(
        (k: Key, x: Tensor) => matmul(x, normal(k, [width, columns])),
        key(3),
        zeros([rows, width]),
      )
      expect(found).toEqual([width * columns, width * (columns < 512 ? columns : 256)])
    },
  )

  it('a direction of a layer, for several directions at once and in chunks of time', async () => {
    const along = (k: Key, x: Tensor, w: Tensor, back: Tensor): Tensor => {
      const chunk = (h: Tensor, v: Tensor): Tensor => tanh(add(matmul(h, w), mul(1e-3, matmul(h, v))))
      const v = rademacher(k, [width, width * 32])
      const [end] = scan((h: Tensor): [Tensor, Tree] => [matmul(chunk(h, v), back), []], x, null, { length: 3 })
      const [, slope] = jvp((q: Tensor) => sum(tanh(matmul(x, q))), [w], [normal(k.fold(1), w.shape)])
      return add(sum(end), slope)
    }
    const [w, x, back] = [zeros([width, 32 * width]), zeros([rows, width]), zeros([32 * width, width])]
    expect(await sizes(along, key(1), x, w, back)).toEqual([32 * width * width, 256 * width])
    const several = (k: Key): Tensor =>
      vmap((i: Tensor) => sum(matmul(x, normal(k.fold(i), w.shape))))(zeros([3], 'u32'))
    expect((await sizes(several, key(1)))[1]).toBeLessThan(3 * 32 * width * width)
  })

  it('an operand that is used elsewhere, that is small, or that is not random is stored', async () => {
    const shape = [width, 600]
    const twice = (k: Key, x: Tensor): Tree => {
      const v = normal(k, shape)
      return [matmul(x, v), sum(v)]
    }
    const x = zeros([rows, width])
    expect((await sizes(twice, key(2), x))[1]).toBe(width * 600)
    const few = (k: Key, y: Tensor): Tensor => matmul(y, normal(k, [width, 25]))
    expect((await sizes(few, key(2), x))[1]).toBe(width * 25)
    const product = (k: Key, y: Tensor): Tensor => matmul(y, normal(k, shape))
    const scans = (count: number): number => {
      const { equations } = drawInBlocks(inlineProgram(traced(product, key(2), zeros([count, width])).program), 1 << 10)
      return equations.filter((e) => e.primitive.name === 'scan').length
    }
    // 2 · 20 · 600 lies between 38 and 39 times 20 + 600.
    expect([scans(38), scans(39)]).toEqual([1, 0])
    expect((await sizes((y: Tensor, v: Tensor) => matmul(y, tanh(v)), x, zeros(shape)))[1]).toBe(width * 600)
  })

  it('a vector can be drawn along the columns and be a factor of each row', async () => {
    const numbered = (x: Tensor): Tensor => {
      const i = cast(arange(600, 'u32'), 'f32')
      return matmul(x, vmap((a: Tensor) => mul(add(i, 0), cos(add(a, i))))(i))
    }
    expect(await sizes(numbered, zeros([rows, 600]))).toEqual([600 * 600, 600 * 256])
  })

  it('a draw does not move into a scan of more than 64 steps, which would repeat it too often', async () => {
    const recurrent =
      (length: number) =>
      (k: Key, x: Tensor): Tensor => {
        const v = normal(k, [600, 600])
        return scan((h: Tensor): [Tensor, Tree] => [tanh(matmul(h, v)), []], x, null, { length })[0]
      }
    const made = (length: number): number =>
      largest(drawInBlocks(inlineProgram(traced(recurrent(length), key(1), zeros([rows, 600])).program), 1 << 10))
    expect([made(64), made(65)]).toEqual([600 * 256, 600 * 600])
  })

  it('jit compiles the blocks, and shows the program before them', () => {
    const n = 1024
    const f = jit((k: Key, x: Tensor) => matmul(x, normal(k, [n, n])))
    const { plan, program } = f.inspect(key(1), zeros([rows, n]))
    expect(largest(program)).toBe(n * n)
    expect(plan.workspace).toBeLessThan(4 * n * 600)
    f.dispose()
  })
})
