import { describe, expect, it } from 'vitest'
import * as s from '../../src/index.js'
import type { Tensor, Tree } from '../../src/index.js'
import { lower, type LowerOptions } from '../../src/lower/lower.js'
import type { Kernel } from '../../src/plan/kernel.js'
import type { Plan, Step } from '../../src/plan/plan.js'
import { inputsOf, runPlan, traced } from '../lower/harness.js'
import { lif, snnLoss, snnParams, spike } from '../lower/networks.js'

const z = (...shape: number[]): Tensor => s.zeros(shape)
const plan = (fn: (...args: never[]) => Tree, args: readonly Tree[], options?: LowerOptions): Plan =>
  lower(traced(fn, ...args).program, options)

function leaves(steps: readonly Step[]): Exclude<Step, { kind: 'loop' }>[] {
  return steps.flatMap((step) => (step.kind === 'loop' ? leaves(step.steps) : [step]))
}
const kernels = (p: Plan): Kernel[] => leaves(p.steps).flatMap((step) => (step.kind === 'kernel' ? [step.kernel] : []))
const kinds = (p: Plan): string[] =>
  leaves(p.steps).map((step) =>
    step.kind === 'routine' ? step.routine.kind : step.kernel.time === null ? 'kernel' : 'time',
  )
const temporaries = (p: Plan): number[] => p.slots.flatMap((slot) => (slot.kind === 'temporary' ? [slot.size] : []))

describe('fusion', () => {
  it('makes one kernel of a pointwise graph with broadcasts, permutations and reshapes', () => {
    const p = plan(
      (x: Tensor, b: Tensor) => {
        const a = s.reshape(s.exp(s.add(x, b)), [24])
        return s.transpose(s.reshape(s.mul(a, s.sin(a)), [4, 2, 3]), [2, 0, 1])
      },
      [z(4, 6), z(6)],
    )
    expect(kinds(p)).toEqual(['kernel'])
    expect(p.workspace).toBe(0)
  })

  it('merges both operands of an operation into its kernel', () => {
    expect(
      kinds(
        plan((a: Tensor, b: Tensor, c: Tensor, d: Tensor) => s.add(s.mul(a, b), s.mul(c, d)), [z(5), z(5), z(5), z(5)]),
      ),
    ).toEqual(['kernel'])
  })

  it('updates a carry in place after a reduction that reads it', () => {
    const p = plan(
      (w: Tensor, xs: Tensor) =>
        s.scan(
          ([trace, total]: [Tensor, Tensor], x: Tensor): [[Tensor, Tensor], Tensor[]] => {
            const slope = s.sin(s.matmul(x, w))
            const error = s.matmul(s.cos(slope), w)
            const fresh = s.mul(s.expandDims(slope, 1), s.expandDims(x, 2))
            const next = s.add(s.mul(trace, 0.9), fresh)
            return [[next, s.add(total, s.sum(s.mul(s.expandDims(error, 1), trace), 0))], []]
          },
          [z(2, 5, 5), z(5, 5)],
          xs,
        )[0],
      [z(5, 5), z(3, 2, 5)],
    )
    expect(temporaries(p).filter((size) => size >= 2 * 5 * 5)).toEqual([])
  })

  it('merges adjacent axes', () => {
    expect(kernels(plan((x: Tensor) => s.exp(x), [z(2, 3, 4)]))[0]!.space).toEqual([24])
    expect(kernels(plan((x: Tensor, b: Tensor) => s.add(x, b), [z(2, 3, 4), z(4)]))[0]!.space).toEqual([6, 4])
    expect(
      kernels(plan((x: Tensor) => s.mul(x, s.cast(s.iota([6, 4], 1, 'i32'), 'f32')), [z(6, 4)]))[0]!.space,
    ).toEqual([6, 4])
  })

  it('stores no coordinates and no constants: their readers compute them', () => {
    const p = plan(
      (x: Tensor) => {
        const ramp = s.mul(s.arange(6, 'f32'), 0.1)
        return [s.sum(s.mul(x, ramp), 1), s.add(x, ramp)]
      },
      [z(4, 6)],
    )
    expect(temporaries(p)).toEqual([])
    expect(kernels(p).every((k) => k.loads.length === 1)).toBe(true)
  })

  it('does not fuse across a path through a third step', () => {
    const p = plan(
      (x: Tensor) => {
        const e = s.exp(x)
        return s.div(e, s.sum(e))
      },
      [z(5)],
    )
    expect(kinds(p)).toEqual(['kernel', 'kernel'])
  })

  it('fuses the layer around a scan into its kernel: the bias before, the mean over time after', () => {
    const p = plan(
      (z: Tensor, b: Tensor) => {
        const [u, spikes] = lif(s.reshape(s.add(z, b), [6, 2, 4]))
        return s.sub(s.mean(spikes, 0), s.tanh(u))
      },
      [z(12, 4), z(4)],
    )
    expect(kinds(p)).toEqual(['time'])
    expect(kernels(p)[0]!.stores.map((x) => x.when)).toEqual(['once'])
    expect(kernels(p)[0]!.carries).toHaveLength(2)
  })

  it('does not fuse a reduction over other axes than time with a scan', () => {
    expect(kinds(plan((x: Tensor) => s.sum(lif(x)[1]), [z(6, 2, 4)]))).toEqual(['time', 'kernel'])
  })

  it('does not let a step read a value that is known only after the last step', () => {
    const p = plan(
      (x: Tensor) => {
        const [end, ys] = lif(x)
        return s.sub(ys, end)
      },
      [z(6, 8)],
    )
    expect(kinds(p)).toEqual(['time', 'kernel'])
  })

  it('drops sequences that no equation reads, and states that only they need', () => {
    const p = plan(
      (x: Tensor) =>
        s.scan(
          (c: { a: Tensor; b: Tensor }, i: Tensor) => {
            const a = s.add(c.a, i)
            return [{ a, b: s.add(c.b, a) }, [s.exp(a), c.b]] as const
          },
          { a: z(3), b: z(3) },
          x,
        )[0].a,
      [z(5, 3)],
    )
    expect(kernels(p)[0]!.carries).toHaveLength(1)
    expect(kernels(p)[0]!.stores).toHaveLength(1)
  })

  it('shares the primal among directions: one scan, with one state and one product', () => {
    const x = z(6, 7, 3),
      y = z(7, 2)
    const many: typeof snnParams = s.treeMap((t) => s.zeros([5, ...t.shape]), snnParams)
    const p = plan(
      (w: typeof snnParams, v: typeof snnParams) =>
        s.vmap((d: typeof snnParams) => s.jvp((q: typeof snnParams) => snnLoss(q, x, y), [w], [d]))(v),
      [snnParams, many],
    )
    const scans = kernels(p).filter((k) => k.time !== null)
    expect(scans).toHaveLength(2)
    for (const k of scans) {
      expect(k.space[0]).toBe(5)
      expect(k.stores.some((x) => x.strides[0] === 0)).toBe(true)
    }
    const dots = leaves(p.steps).flatMap((step) =>
      step.kind === 'routine' && step.routine.kind === 'dot' ? [step.routine] : [],
    )
    expect(dots.filter((d) => d.batch === 5).every((d) => d.a.batch === 0)).toBe(true)
    expect(dots.some((d) => d.binary)).toBe(true)
  })

  it('keeps the spikes that a gradient stores over time binary, and so their products', () => {
    const through = (w: Tensor, x: Tensor): Tensor =>
      s.scan(
        (u: Tensor, i: Tensor) => {
          const v = s.add(u, i)
          return [v, s.tanh(s.matmul(spike(v), w))] as const
        },
        z(7, 4),
        x,
      )[1]
    const p = plan((w: Tensor, x: Tensor) => s.grad((q: Tensor) => s.sum(through(q, x)))(w), [z(4, 5), z(6, 7, 4)])
    const dots = leaves(p.steps).flatMap((step) =>
      step.kind === 'routine' && step.routine.kind === 'dot' ? [step.routine] : [],
    )
    expect(dots.map((d) => d.binary)).toEqual([true, true])
  })

  it('does not repeat costly work along axes on which it does not depend', () => {
    const costly = plan(
      (k: Tensor, x: Tensor) => s.add(x, s.normal(new s.Key(k), [4])),
      [s.zeros([2], 'u32'), z(100, 4)],
    )
    expect(kinds(costly)).toEqual(['kernel', 'kernel'])
    const cheap = plan((b: Tensor, x: Tensor) => s.add(x, s.mul(b, b)), [z(4), z(100, 4)])
    expect(kinds(cheap)).toEqual(['kernel'])
  })

  it('does not widen scans or reductions, and does not merge clusters of which each has axes that the other lacks', () => {
    const spread = plan((x: Tensor, y: Tensor) => s.mul(lif(x)[1], y), [z(6, 4), z(5, 6, 4)])
    expect(kernels(spread).map((k) => k.space)).toEqual([
      [6, 4],
      [5, 24],
    ])
    const folded = plan(
      (x: Tensor, y: Tensor) => {
        const d = s.add(x, 1)
        return [s.sum(d, 1), s.mul(d, y)]
      },
      [z(6, 4), z(5, 6, 4)],
    )
    expect(kernels(folded).map((k) => k.space)).toEqual([
      [6, 4],
      [5, 24],
    ])
    const two = plan(
      (x: Tensor, y: Tensor, b: Tensor) => {
        const e = s.mul(b, b)
        return [s.mul(x, e), s.mul(y, e)]
      },
      [z(7, 3), z(5, 3), z(3)],
    )
    expect(kernels(two).map((k) => k.space)).toEqual([
      [7, 3],
      [5, 3],
    ])
  })

  it('draws random directions inside the kernel that uses them', () => {
    const p = plan(
      (k: Tensor, x: Tensor) => s.add(x, s.mul(0.1, s.normal(new s.Key(k), [6, 4]))),
      [s.zeros([2], 'u32'), z(6, 4)],
    )
    expect(kinds(p)).toEqual(['kernel'])
    expect(kernels(p)[0]!.space).toEqual([24])
  })

  it('merges steps of a single point', () => {
    expect(kinds(plan((a: Tensor, b: Tensor) => [s.mul(a, 2), s.exp(b), s.add(a, 1)], [z(), z()]))).toEqual(['kernel'])
  })

  it('reads products through strides: no copies for transposed, sliced and unbatched operands', () => {
    const p = plan(
      (a: Tensor, b: Tensor, c: Tensor) => [
        s.matmul(s.transpose(a), b), // [5,4]·[4,6]
        s.matmul(s.slice(b, [0, 1], [4, 5]), s.transpose(s.slice(a, [1, 0], [4, 4]))), // [4,4]·[4,3]
        s.matmul(c, b), // [2,3,4]·[4,6]
        s.matmul(s.slice(c, [1, 0, 0], [2, 3, 4]), a), // [1,3,4]·[4,5]
      ],
      [z(4, 5), z(4, 6), z(2, 3, 4)],
    )
    expect(kinds(p)).toEqual(['dot', 'dot', 'dot', 'dot'])
  })
})

describe('memory', () => {
  const update = (p: Tensor, m: Tensor, g: Tensor): Tensor[] => {
    const m1 = s.add(s.mul(m, 0.9), g)
    return [s.sub(p, s.mul(0.1, m1)), m1]
  }

  it('updates donated state in place, without scratch memory', async () => {
    const t = traced(update, z(4, 5), z(4, 5), z(4, 5))
    const p = lower(t.program, { donate: [0, 1] })
    expect(kinds(p)).toEqual(['kernel'])
    expect(p.workspace).toBe(0)
    const ins = await inputsOf(t)
    const outs = t.program.outputs.map((a) => a.aval)
    expect(await runPlan(p, ins, outs)).toEqual(await runPlan(lower(t.program, { fuse: false }), ins, outs))
  })

  it('copies last where a donated input is read again', async () => {
    const t = traced(
      (x: Tensor, y: Tensor) => [s.matmul(x, y), s.add(s.matmul(y, x), s.transpose(x))],
      z(3, 3),
      z(3, 3),
    )
    const ins = await inputsOf(t)
    const outs = t.program.outputs.map((a) => a.aval)
    const expected = await runPlan(lower(t.program, { fuse: false }), ins, outs)
    for (const donate of [
      [0, 1],
      [1, 0],
      [null, 0],
    ])
      expect(await runPlan(lower(t.program, { donate }), ins, outs)).toEqual(expected)
  })

  it('swaps two donated inputs', async () => {
    const t = traced((x: Tensor, y: Tensor) => [y, x], z(3), z(3))
    const ins = await inputsOf(t)
    const outs = t.program.outputs.map((a) => a.aval)
    for (const fuse of [true, false])
      expect(await runPlan(lower(t.program, { donate: [0, 1], fuse }), ins, outs)).toEqual([ins[1], ins[0]])
  })

  it('does not copy a donated input that is returned unchanged', () => {
    expect(lower(traced((x: Tensor) => x, z(3)).program, { donate: [0] }).steps).toEqual([])
  })

  it('refuses donations that do not fit', () => {
    const { program } = traced((x: Tensor, y: Tensor) => [s.add(x, 1), s.exp(x), s.sum(y)], z(3), z(4))
    for (const donate of [
      [1, null, null],
      [0, 0, null],
      [null, null, 1],
      [7, null, null],
    ]) {
      expect(() => lower(program, { donate })).toThrow(expect.objectContaining({ code: 'DONATION_MISMATCH' }))
    }
  })

  it('reuses the memory of values that are no longer read', () => {
    const p = plan(
      (x: Tensor, w: Tensor) => {
        let h = x
        for (let i = 0; i < 10; i++) h = s.tanh(s.matmul(h, w))
        return h
      },
      [z(64, 16), z(16, 16)],
    )
    // A product cannot overwrite its operand: two slots are enough for any number of layers.
    expect(p.workspace).toBe(2 * 64 * 16 * 4)
  })

  it('needs the memory of one chunk of time for any number of chunks', () => {
    const chunks = (n: number): Plan =>
      plan(
        (x: Tensor, w: Tensor) =>
          s.scan(
            (u: Tensor, c: Tensor) => {
              const [v, spikes] = s.scan(
                (a: Tensor, i: Tensor) => {
                  const b = s.add(s.mul(a, 0.5), i)
                  return [b, s.exp(b)] as const
                },
                u,
                s.matmul(c, w),
              )
              return [s.add(v, s.sum(spikes, 0)), []] as const
            },
            z(8, 16),
            x,
          )[0],
        [z(n, 4, 8, 16), z(16, 16)],
      )
    expect(chunks(100).workspace).toBe(chunks(2).workspace)
  })

  it('updates a state in place: the kernel that computes the next state overwrites the old one', () => {
    const p = plan(
      (x: Tensor, w: Tensor) =>
        s.scan(
          (h: Tensor, i: Tensor) => {
            const n = s.tanh(s.add(i, s.matmul(h, w)))
            return [n, n] as const
          },
          z(3, 4),
          x,
        ),
      [z(5, 3, 4), z(4, 4)],
    )
    const loop = p.steps.find((step) => step.kind === 'loop')!
    expect(loop.kind === 'loop' && loop.steps.map((step) => step.kind)).toEqual(['routine', 'kernel'])
  })
})

describe('lower', () => {
  it('inlines a function with a custom rule, in a scan too', () => {
    const p = plan((x: Tensor) => lif(x)[1], [z(4, 3)])
    expect(kinds(p)).toEqual(['time'])
    expect(kernels(p)[0]!.name).not.toContain('customJvp')
  })

  it('lowers a program without work to a plan without steps', () => {
    expect(plan((x: Tensor) => s.add(x, 1), [z(0, 3)]).steps).toEqual([])
  })
})
