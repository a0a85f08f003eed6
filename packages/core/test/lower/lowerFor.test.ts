import { describe, expect, it } from 'vitest'
import * as s from '../../src/index.js'
import { traceFlat } from '../../src/interpreters/traceFlat.js'
import { lower } from '../../src/lower/lower.js'
import { expandComposites } from '../../src/program/passes/inlineProgram.js'
import { lowerFor } from '../../src/transforms/jit.js'
import { referenceBackend } from '../../src/reference/referenceBackend.js'
import { inputsOf, runPlan, traced } from './harness.js'
import { cases } from './programs.js'

const avals = [s.aval([3, 2]), s.aval([3, 2])]
/** A function that is traced anew at each call. */
const program = (literal: number, shape = avals) => traceFlat((x, y) => [s.add(s.mul(x, literal), y)], shape).program

describe('the plan of a program for a backend', () => {
  const backend = referenceBackend()
  const plan = lowerFor(backend, program(2), [null])

  it('is the same for an equal program', () => {
    expect(lowerFor(backend, program(2), [null])).toBe(plan)
  })

  it.each([
    ['another number', program(3), [null]],
    ['another sign of zero', program(-0), [null]],
    ['another shape', program(2, [s.aval([2, 3]), s.aval([2, 3])]), [null]],
    ['inputs that are binary', program(2, [s.aval([3, 2], 'f32', true), s.aval([3, 2])]), [null]],
    ['memory that is donated', program(2), [1]],
  ] as const)('is another one for %s', (_, other, donate) => {
    lowerFor(backend, program(0), [null])
    const found = lowerFor(backend, other, donate)
    expect(found).not.toBe(plan)
    expect(found.donations).toEqual(donate)
  })

  it('is kept with the backend', () => {
    const other = referenceBackend()
    const mine = lowerFor(other, program(2), [null])
    expect(mine).not.toBe(plan)
    expect(mine).toEqual(plan)
  })
})

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

  it('gives the windows of a convolution the longest runs of adjacent elements', () => {
    const windowsOf = (x: readonly number[], w: readonly number[]) => {
      const { program } = traceFlat((a, b) => [s.conv(a, b, { padding: 'valid' })], [s.aval(x), s.aval(w)])
      return lower(expandComposites(program), { windows: true }).steps.flatMap((step) =>
        step.kind === 'routine' && step.routine.kind === 'dot' ? [step.routine.windows] : [],
      )
    }
    // The 5 cells of 12 channels that a window reads are 60 elements; rows of a plane are apart.
    expect(windowsOf([8, 256, 12], [5, 12, 12])).toEqual([
      {
        m: [
          [8, 3072],
          [252, 12],
        ],
        k: [[60, 1]],
      },
    ])
    expect(windowsOf([1, 20, 30, 3], [3, 3, 3, 16])).toEqual([
      {
        m: [
          [18, 90],
          [28, 3],
        ],
        k: [
          [3, 90],
          [9, 1],
        ],
      },
    ])
  })
})
