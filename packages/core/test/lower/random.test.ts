import { describe, expect, it } from 'vitest'
import * as s from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { lower } from '../../src/lower/lower.js'
import { printPlan } from '../../src/plan/printPlan.js'
import { fill, inputsOf, runPlan, traced } from './harness.js'
import { randomFunction, randomness } from './random.js'

const shapes = [[6, 2, 3], [3], [2, 3], [4, 6], [], [3, 3]]
const data = (shape: readonly number[], i: number): Tensor =>
  s.tensor(fill(s.aval(shape, 'f64'), i), { shape, dtype: 'f64' })

const modes = {
  plain: (f: (...x: Tensor[]) => Tensor[]) => f,
  jvp:
    (f: (...x: Tensor[]) => Tensor[]) =>
    (...x: Tensor[]) =>
      s.jvp(
        f,
        x,
        x.map((t) => s.mul(t, 0.5)),
      ),
  directions:
    (f: (...x: Tensor[]) => Tensor[]) =>
    (...x: Tensor[]) =>
      s.vmap((v: Tensor[]) => s.jvp(f, x, v))(x.map((t) => s.stack([t, s.sin(t), s.neg(t)]))),
  gradient:
    (f: (...x: Tensor[]) => Tensor[]) =>
    (...x: Tensor[]) =>
      s.vjp(
        (...y: Tensor[]) => f(...y).reduce<Tensor>((sum, t) => s.add(sum, s.sum(t)), s.tensor(0, { dtype: 'f64' })),
        ...x,
      )[1](s.tensor(1, { dtype: 'f64' })),
} as const

const COUNT = Number(process.env['PLAN_PROGRAMS'] ?? 25)

describe.each(Object.keys(modes) as (keyof typeof modes)[])('random programs, %s', (mode) => {
  it('compute the same as their operations one by one, fused or not, donated or not, with reproducible text', async () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const fn = modes[mode](randomFunction(seed, 4 + (seed % 14)))
      const xs = shapes.map(data)
      const t = traced(fn, ...xs)
      const outs = t.program.outputs.map((a) => a.aval)
      const ins = await inputsOf(t)
      const expected = await Promise.all(s.treeLeaves(fn(...xs)).map((x) => x.data()))
      const random = randomness(seed)
      const donate: (number | null)[] = outs.map(() => null)
      outs.forEach((o, j) => {
        const fits = t.program.inputs.flatMap((v, i) =>
          v.aval.dtype === o.dtype && s.sizeOf(v.aval.shape) === s.sizeOf(o.shape) && !donate.includes(i) ? [i] : [],
        )
        if (fits.length > 0) donate[j] = fits[Math.floor(random() * fits.length)]!
      })
      for (const options of [{ fuse: false }, {}, { fuse: false, donate }, { donate }]) {
        const plan = lower(t.program, options)
        expect(printPlan(lower(t.program, options))).toBe(printPlan(plan))
        let results
        try {
          results = await runPlan(plan, ins, outs)
        } catch (e) {
          throw new Error(`seed ${seed} ${JSON.stringify(options)}: ${String(e)}`, { cause: e })
        }
        expected.forEach((x, j) => {
          x.forEach((v, i) => {
            const w = results[j]![i]!
            if (!(Math.abs(w - v) <= 1e-9 * Math.max(1, Math.abs(v)) || (Number.isNaN(v) && Number.isNaN(w)))) {
              throw new Error(
                `seed ${seed} ${JSON.stringify(options)}: output ${j} element ${i} is ${w}, should be ${v}`,
              )
            }
          })
        })
      }
    }
  })
})
