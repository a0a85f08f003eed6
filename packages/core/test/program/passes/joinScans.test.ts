import { describe, expect, it } from 'vitest'
import { type Tensor, type Tree, add, jvp, matmul, mul, scan, sub, sum, tanh, zeros } from '../../../src/index.js'
import { inlineProgram } from '../../../src/program/passes/inlineProgram.js'
import { joinScans } from '../../../src/program/passes/joinScans.js'
import { lower } from '../../../src/lower/lower.js'
import type { ScanParams } from '../../../src/program/params.js'
import { checkProgram } from '../../../src/program/checkProgram.js'
import type { Program } from '../../../src/program/program.js'
import { inputsOf, runPlan, traced } from '../../lower/harness.js'

const T = 5
const [x, v, w] = [zeros([T, 4, 3]), zeros([3, 6]), zeros([6, 2])]

/** A recurrent network of two layers: state h of the first, and the sum of the second's outputs. */
function net(x: Tensor, v: Tensor, w: Tensor): Tensor {
  const [[, total]] = scan(
    ([h, total]: readonly [Tensor, Tensor], slice: Tensor) => {
      const next = tanh(add(mul(0.5, h), matmul(slice, v)))
      return [[next, add(total, tanh(matmul(next, w)))] as const, []]
    },
    [zeros([4, 6]), zeros([4, 2])] as const,
    x,
  )
  return sum(total)
}

const bodies = (p: Program): Program[] =>
  p.equations.flatMap((e) => (e.primitive.lower.kind === 'scan' ? [(e.params as ScanParams).body] : []))
const products = (p: Program): number =>
  p.equations.filter((e) => e.primitive.name === 'dot').length + bodies(p).reduce((n, b) => n + products(b), 0)

function joined(fn: (...args: never[]) => Tree, ...args: Tree[]) {
  const t = traced(fn, ...args)
  const before = inlineProgram(t.program)
  const after = joinScans(before)
  checkProgram(after)
  return { before, after, t }
}

/** The plan of the joined program gives the same bits as one step per equation. */
async function same(t: ReturnType<typeof traced>): Promise<void> {
  const outs = t.program.outputs.map((a) => a.aval)
  const ins = await inputsOf(t)
  expect(await runPlan(lower(t.program), ins, outs)).toEqual(
    await runPlan(lower(t.program, { fuse: false }), ins, outs),
  )
}

describe('scans that share states', () => {
  it('derivatives along one argument after the other compute the states once', async () => {
    const fn = (x: Tensor, v: Tensor, w: Tensor, dv: Tensor, dw: Tensor) => {
      const [, a] = jvp((q: Tensor) => net(x, q, w), [v], [dv])
      const [loss, b] = jvp((q: Tensor) => net(x, v, q), [w], [dw])
      return [loss, a, b]
    }
    const { before, after, t } = joined(fn, x, v, w, v, w)
    expect(bodies(before)).toHaveLength(2)
    expect(bodies(after)).toHaveLength(1)
    // x·v, x·dv, h·w, dh·w, h·dw
    expect(products(after)).toBe(5)
    expect(products(before)).toBeGreaterThan(5)
    await same(t)
  })

  it('even if a result of the first is used before the second', async () => {
    const fn = (x: Tensor, v: Tensor, w: Tensor, dv: Tensor) => {
      const [, a] = jvp((q: Tensor) => net(x, q, w), [v], [dv])
      const b = tanh(mul(a, 3))
      return [b, add(net(x, v, w), b)]
    }
    const { after, t } = joined(fn, x, v, w, v)
    expect(bodies(after)).toHaveLength(1)
    await same(t)
  })

  it('inside other scans', async () => {
    const outer = (x: Tensor, v: Tensor, w: Tensor) =>
      scan((c: Tensor) => [add(c, net(mul(x, c), v, w)), []] as const, zeros([4, 3]), null, { length: 3 })[0]
    const fn = (x: Tensor, v: Tensor, w: Tensor, dv: Tensor, dw: Tensor) => [
      ...jvp((q: Tensor) => outer(x, q, w), [v], [dv]),
      ...jvp((q: Tensor) => outer(x, v, q), [w], [dw]),
    ]
    const { before, after, t } = joined(fn, x, v, w, v, w)
    expect(bodies(before)).toHaveLength(2)
    expect(bodies(after)).toHaveLength(1)
    expect(bodies(bodies(after)[0]!)).toHaveLength(1)
    await same(t)
  })
})

describe('scans that stay separate', () => {
  it.each<readonly [string, (x: Tensor, v: Tensor, w: Tensor) => Tree]>([
    ['states that start the same and go different ways', (x, v, w) => [net(x, v, w), net(x, mul(2, v), w)]],
    [
      'a scan that needs the other',
      (x, v, w) => {
        const first = net(x, v, w)
        return [first, net(sub(x, first), v, w)]
      },
    ],
    [
      'different directions of time',
      (x) => {
        const run = (reverse: boolean) =>
          scan((h: Tensor, s: Tensor) => [tanh(add(h, s)), []] as const, zeros([4, 3]), x, { reverse })[0]
        return [run(false), run(true)]
      },
    ],
  ])('%s', async (_, fn) => {
    const { before, after, t } = joined(fn, x, v, w)
    expect(bodies(before)).toHaveLength(2)
    expect(bodies(after)).toHaveLength(2)
    await same(t)
  })
})
