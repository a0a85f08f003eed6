import { referenceBackend, type Backend } from '@spikeward/core'
import {
  countPlan,
  type Access,
  type DeviceBuffer,
  type Kernel,
  type KernelNode,
  type Plan,
  type Step,
} from '@spikeward/core/backend'
import { describe, expect, it } from 'vitest'
import { backendChecks, backendUnderTest, failuresOf, type BackendOptions } from '../src/index.js'

/** A reference backend that compiles something else than it was given. */
const miscompiling = (change: (plan: Plan) => Plan) => async (): Promise<Backend> => {
  const backend = referenceBackend()
  return { ...backend, compile: (plan) => ({ ...backend.compile(change(plan)), ...countPlan(plan) }) }
}

const everyStep =
  (change: (step: Step) => Step) =>
  (plan: Plan): Plan => {
    const visit = (step: Step): Step =>
      step.kind === 'loop' ? change({ ...step, steps: step.steps.map(visit) }) : change(step)
    return { ...plan, steps: plan.steps.map(visit) }
  }

const everyKernel = (change: (kernel: Kernel) => Kernel) =>
  everyStep((step) => (step.kind === 'kernel' ? { ...step, kernel: change(step.kernel) } : step))

/** Replaces nodes by other nodes that read the same arguments. */
const everyNode = (change: (node: KernelNode, kernel: Kernel) => KernelNode) =>
  everyKernel((k) => ({ ...k, nodes: k.nodes.map((n) => change(n, k)) }))

/** Replaces a node by several: `make` pushes them and returns the number of the result. */
function expand(
  k: Kernel,
  matches: (n: KernelNode) => boolean,
  make: (n: Extract<KernelNode, { args: readonly number[] }>, push: (n: KernelNode) => number) => number,
  products?: Map<number, readonly number[]>,
): Kernel {
  const nodes: KernelNode[] = []
  const push = (n: KernelNode): number => nodes.push(n) - 1
  const place: number[] = []
  for (const n of k.nodes) {
    const moved = 'args' in n ? { ...n, args: n.args.map((a) => place[a]!) } : n
    place.push(matches(n) && 'args' in moved ? make(moved, push) : push(moved))
    if ('args' in moved && moved.op === 'mul' && moved.dtype === 'f32') products?.set(place.at(-1)!, moved.args)
  }
  return {
    ...k,
    nodes,
    stores: k.stores.map((s) => ({ ...s, node: place[s.node]! })),
    carries: k.carries.map((c) => ({ ...c, init: place[c.init]!, next: place[c.next]! })),
  }
}

const forwards = <A extends Access>(access: A): A => ({ ...access, strides: access.strides.map(Math.abs), offset: 0 })

const miscompilations: readonly (readonly [string, (plan: Plan) => Plan, RegExp])[] = [
  [
    'tanh off by 1e-5',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'tanh',
        (n, push) => {
          const y = push(n)
          return push({ op: 'mul', dtype: n.dtype, args: [y, push({ op: 'const', dtype: n.dtype, value: 1.00001 })] })
        },
      ),
    ),
    /operations: tanh f32/,
  ],
  [
    'one wrong last bit in f32 division',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'div' && n.dtype === 'f32',
        (n, push) => {
          const inverse = push({
            op: 'div',
            dtype: 'f32',
            args: [push({ op: 'const', dtype: 'f32', value: 1 }), n.args[1]!],
          })
          return push({ op: 'mul', dtype: 'f32', args: [n.args[0]!, inverse] })
        },
      ),
    ),
    /operations: div f32/,
  ],
  [
    'max that loses NaN',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'max',
        (n, push) => {
          const less = push({ op: 'lt', dtype: 'bool', args: [n.args[0]!, n.args[1]!] })
          return push({ op: 'select', dtype: n.dtype, args: [less, n.args[1]!, n.args[0]!] })
        },
      ),
    ),
    /operations: max f32/,
  ],
  [
    'arithmetic where logical shifts are due',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'shiftRight' && n.dtype === 'u32',
        (n, push) => {
          const [x, y] = n.args.map((a) => push({ op: 'bitcast', dtype: 'i32', args: [a] }))
          return push({ op: 'bitcast', dtype: 'u32', args: [push({ op: 'shiftRight', dtype: 'i32', args: [x!, y!] })] })
        },
      ),
    ),
    /operations: shiftRight u32/,
  ],
  [
    'u32 compared as i32',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'lt' && k.nodes[n.args[0]!]!.dtype === 'u32',
        (n, push) => push({ ...n, args: n.args.map((a) => push({ op: 'bitcast', dtype: 'i32', args: [a] })) }),
      ),
    ),
    /operations: lt u32/,
  ],
  [
    'f64 rounded to f32',
    everyKernel((k) =>
      expand(
        k,
        (n) => n.op === 'add' && n.dtype === 'f64',
        (n, push) => push({ op: 'cast', dtype: 'f64', args: [push({ op: 'cast', dtype: 'f32', args: [push(n)] })] }),
      ),
    ),
    /operations: add f64/,
  ],
  [
    'select without its condition',
    everyNode((n) => ('args' in n && n.op === 'select' ? { ...n, args: [n.args[0]!, n.args[1]!, n.args[1]!] } : n)),
    /operations: select/,
  ],
  ['negative strides taken as positive', everyKernel((k) => ({ ...k, loads: k.loads.map(forwards) })), /flipped/],
  [
    'the first element in the place of a broadcast row',
    everyKernel((k) => ({
      ...k,
      loads: k.loads.map((a) =>
        k.space.length > 1 && a.strides[0] === 0 ? { ...a, strides: a.strides.map(() => 0) } : a,
      ),
    })),
    /loads f32 a row/,
  ],
  [
    'carries updated one after the other',
    everyKernel((k) => ({
      ...k,
      carries: k.carries.map((c, i) => {
        const next = k.nodes[c.next]!
        return next.op === 'carry' && next.carry < i ? { ...c, next: k.carries[next.carry]!.next } : c
      }),
    })),
    /carries change simultaneously/,
  ],
  [
    'a fold that forgets the last axis',
    everyKernel((k) => ({
      ...k,
      stores: k.stores.map((s) => (s.reduce === 'min' ? { ...s, reduce: 'max' as const } : s)),
    })),
    /sum, max and min/,
  ],
  [
    'a batch that is not shared',
    everyStep((s) =>
      s.kind === 'routine' && s.routine.kind === 'dot' && s.routine.batch > 1
        ? { ...s, routine: { ...s.routine, b: { ...s.routine.b, batch: 0 } } }
        : s,
    ),
    /batch of 3/,
  ],
  [
    'a product that stops one short',
    everyStep((s) =>
      s.kind === 'routine' && s.routine.kind === 'dot' && s.routine.k > 1
        ? { ...s, routine: { ...s.routine, k: s.routine.k - 1 } }
        : s,
    ),
    /dot of spikes: f32: rows, density 0.5/,
  ],
  [
    'rows clamped one short',
    everyStep((s) =>
      s.kind === 'routine' && s.routine.kind === 'gather' && s.routine.rows > 1
        ? { ...s, routine: { ...s.routine, rows: s.routine.rows - 1 } }
        : s,
    ),
    /gather: f32/,
  ],
  [
    'the wrong triangle',
    everyStep((s) =>
      s.kind === 'routine' && s.routine.kind === 'triangularSolve'
        ? { ...s, routine: { ...s.routine, transposed: !s.routine.transposed } }
        : s,
    ),
    /triangularSolve f32/,
  ],
  [
    'a loop one step short',
    everyStep((s) => (s.kind === 'loop' && s.length > 1 ? { ...s, length: s.length - 1 } : s)),
    /plans: a loop of 7/,
  ],
]

/** Names of the checks that fail, of those whose name matches. */
async function failuresIn(make: () => Promise<Backend>, which = /./, options: BackendOptions = {}): Promise<string[]> {
  const checks = backendChecks().filter((c) => which.test(`${c.group}: ${c.name}`))
  return [...(await failuresOf(checks, await backendUnderTest('broken', make, { runs: 5, ...options }))).keys()]
}

describe('describeBackend catches', () => {
  it.each(miscompilations)('%s', async (_, change, expected) => {
    expect(await failuresIn(miscompiling(change), expected)).not.toEqual([])
  })

  it.each<[string, (backend: Backend) => Partial<Backend>, RegExp]>([
    [
      'buffers that are freed twice',
      (b) => ({
        free: (buffer: DeviceBuffer) => {
          try {
            b.free(buffer)
          } catch {
            /* says nothing */
          }
        },
      }),
      /memory: refuses freed/,
    ],
    ['runs that are not counted', (b) => ({ stats: () => ({ ...b.stats(), runs: 0 }) }), /memory: counts/],
    [
      'reads that return the memory itself',
      (b) => {
        const views = new Map<DeviceBuffer, Float32Array>()
        return {
          read: async (buffer, dtype, size) => {
            const data = await b.read(buffer, dtype, size)
            if (dtype !== 'f32' || size !== 10) return data
            const view = views.get(buffer) ?? new Float32Array(10)
            views.set(buffer, view)
            view.set(data)
            return view
          },
        }
      },
      /memory: writes from a view/,
    ],
    ['a free that does not free', () => ({ free: () => {} }), /memory: counts/],
    ['a disposed backend that continues', () => ({ [Symbol.asyncDispose]: async () => {} }), /memory: refuses freed/],
  ])('%s', async (_, change, expected) => {
    const make = async (): Promise<Backend> => {
      const backend = referenceBackend()
      return { ...backend, ...change(backend) }
    }
    expect(await failuresIn(make, expected)).not.toEqual([])
  })

  it('nothing in the reference itself by other keys', async () => {
    expect(await failuresIn(async () => referenceBackend(), /generated/, { runs: 8, key: 99 })).toEqual([])
  })

  it('a fused product and sum only if it is not declared', async () => {
    // a·b + c with one rounding, through f64
    const fused = miscompiling(
      everyKernel((k) => {
        const factors = new Map<number, readonly number[]>()
        return expand(
          k,
          (n) => n.op === 'add' && n.dtype === 'f32',
          (n, push) => {
            const wide = (a: number): number => {
              const m = factors.get(a)
              return m
                ? push({ op: 'mul', dtype: 'f64', args: m.map((x) => push({ op: 'cast', dtype: 'f64', args: [x] })) })
                : push({ op: 'cast', dtype: 'f64', args: [a] })
            }
            return push({ op: 'cast', dtype: 'f32', args: [push({ op: 'add', dtype: 'f64', args: n.args.map(wide) })] })
          },
          factors,
        )
      }),
    )
    expect(await failuresIn(fused, /operations|generated kernels: f32/, { runs: 60 })).toEqual([
      'operations: a product and a sum are rounded separately, f32',
    ])
    expect(await failuresIn(fused, /operations|generated kernels: f32/, { runs: 60, contraction: true })).toEqual([])
  })
})
