import { describe, expect, it } from 'vitest'
import { lower } from '../../src/lower/lower.js'
import { inputsOf, runPlan, traced } from './harness.js'
import { cases } from './programs.js'

describe('lower', () => {
  it.each(cases)('fused and unfused plans agree: $name', async ({ fn, args }) => {
    const t = traced(fn, ...args)
    const outs = t.program.outputs.map((a) => a.aval)
    const ins = await inputsOf(t)
    const plain = await runPlan(lower(t.program, { fuse: false }), ins, outs)
    const fused = await runPlan(lower(t.program), ins, outs)
    plain.forEach((x, j) => {
      expect(fused[j]!.length).toBe(x.length)
      x.forEach((v, i) => {
        if (Number.isNaN(v)) expect(fused[j]![i]).toBeNaN()
        else
          expect(
            Math.abs(fused[j]![i]! - v),
            `output ${j} element ${i}: ${fused[j]![i]} instead of ${v}`,
          ).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(v)))
      })
    })
  })
})
