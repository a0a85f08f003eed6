/** Derivatives in the coordinates by Taylor mode, against nested jvps. */
import {
  add,
  broadcastTo,
  collapsedJet,
  jet,
  jit,
  jvp,
  key as keyOf,
  mul,
  tensor,
  toBackend,
  uniform,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { pinn } from '@spikeward/operators'
import { type Study, type StudyRun, alternate, digits, titled } from './tools.js'

/** A network of two coordinates: tanh units, or leaky neurons over `time` steps. */
interface Net {
  readonly hidden: readonly number[]
  readonly points: number
  readonly time?: number
}

type Field = (at: Tensor) => Tensor

/** A derivative of a field u, by both methods. */
interface Derivative {
  readonly name: string
  readonly taylor: (u: Field) => Field
  readonly nested: (u: Field) => Field
}

/** One row: milliseconds compiled, and of the first call, which traces and compiles as well. */
export interface DerivativeRow extends Net {
  readonly derivative: string
  readonly ms: readonly [taylor: number, nested: number]
  readonly firstMs: readonly [taylor: number, nested: number]
  readonly flops: readonly [taylor: number, nested: number]
  /** The largest difference of the results, relative to the largest value. */
  readonly difference: number
}

const direction = (points: number, x: number, y: number): Tensor => broadcastTo(tensor([x, y]), [points, 2])

/** The derivative of a field along a direction. */
const along =
  (v: Tensor) =>
  (u: Field): Field =>
  (at) =>
    jvp(u, [at], [v])[1]

/** ∂ᵏu/∂x: k + 1 coefficients a value by Taylor mode, up to 2ᵏ tangents by nested jvps. */
// prettier
export const alongOneAxis = (points: number, order: number): Derivative => {
  const v = direction(points, 1, 0)
  return {
    name: `∂^${order}u/∂x^${order}`,
    taylor: (u) => (at) => jet(u, [at], [v], order)[order]!,
    nested: (u) => Array.from({ length: order }).reduce<Field>(along(v), u),
  }
}

/** Δu, and Δ²u by directions at angles of 60°: Δ² = 8/9 Σ ∂⁴/∂v⁴. */
export function operators(points: number): readonly Derivative[] {
  const axes = [direction(points, 1, 0), direction(points, 0, 1)]
  const diamonds = [0, 1, 2].map((k) => direction(points, Math.cos((k * Math.PI) / 3), Math.sin((k * Math.PI) / 3)))
  const laplacian = (u: Field): Field => {
    const [xx, yy] = axes.map((v) => along(v)(along(v)(u)))
    return (at) => add(xx!(at), yy!(at))
  }
  const partial = (u: Field, ...orders: readonly number[]): Field =>
    orders.flatMap((k, a) => Array.from({ length: k }, () => axes[a]!)).reduce<Field>((f, v) => along(v)(f), u)
  const collapsed = (u: Field, directions: readonly Tensor[], order: number, weights?: readonly number[]): Field => {
    const each = directions.map((v): [Tensor] => [v])
    return (at) => collapsedJet(u, [at], each, order, weights === undefined ? {} : { weights: [...weights] })[1]
  }
  const biharmonic = (u: Field): Field => collapsed(u, diamonds, 4, [8 / 9, 8 / 9, 8 / 9])
  return [
    { name: 'Δu', taylor: (u) => collapsed(u, axes, 2), nested: laplacian },
    { name: 'Δ(Δu)', taylor: biharmonic, nested: (u) => laplacian(laplacian(u)) },
    {
      name: 'u_xxxx + 2u_xxyy + u_yyyy',
      taylor: biharmonic,
      nested: (u) => (at) => add(add(partial(u, 4, 0)(at), mul(partial(u, 2, 2)(at), 2)), partial(u, 0, 4)(at)),
    },
  ]
}

/** Times each derivative on a network, Taylor mode first. */
export async function measureDerivatives(
  net: Net,
  derivatives: readonly Derivative[],
  rounds: number,
  { backend }: Pick<StudyRun, 'backend'>,
): Promise<readonly DerivativeRow[]> {
  const { hidden, points, time } = net
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const block =
    time === undefined
      ? ({ kind: 'smooth', hidden } as const)
      : ({ kind: 'spiking', hidden, neuron, surrogate: atan(), time } as const)
  const network = pinn({ axes: 2, block })
  const at = uniform(keyOf(1), [points, 2], { min: -1, max: 1 })
  const [variables, x] = await toBackend([network.init(keyOf(0)), at] as const, backend)
  const rows: DerivativeRow[] = []
  for (const { name, taylor, nested } of derivatives) {
    const plain = [taylor, nested].map(
      (method) => (p: typeof variables, c: Tensor) => method((e) => network.decode(p, [], { kind: 'points', x: e }))(c),
    )
    const compiled = plain.map((method) => jit(method))
    const values = await Promise.all(compiled.map(async (f) => Array.from(await f(variables, x).data(), Number)))
    const largest = Math.max(...values[1]!.map(Math.abs))
    const difference = Math.max(...values[1]!.map((v, i) => Math.abs(v - values[0]![i]!))) / largest
    const evaluate = async (f: (p: typeof variables, c: Tensor) => Tensor): Promise<void> => {
      const out = f(variables, x)
      await out.data()
      out.dispose()
    }
    const anew = async (method: (typeof plain)[number]): Promise<void> => {
      const once = jit(method)
      await evaluate(once)
      once.dispose()
    }
    const pair = (texts: readonly number[]): readonly [number, number] => [texts[0]!, texts[1]!]
    const again = compiled.map((f) => () => evaluate(f))
    const ms = pair(await alternate(again, rounds))
    const first = plain.map((method) => () => anew(method))
    const firstMs = pair(await alternate(first, Math.max(1, Math.ceil(rounds / 10)), 0))
    const flops = pair(compiled.map((f) => f.inspect(variables, x).executable.flops))
    compiled.forEach((f) => f.dispose())
    rows.push({ ...net, derivative: name, ms, firstMs, flops, difference })
  }
  return rows
}

/** Taylor mode against nested jvps, for one axis and for operators of the plane. */
export const derivatives: Study<{ readonly rows: readonly DerivativeRow[] }> = {
  name: 'derivatives',
  summary: 'derivatives of orders 1 to 4 in the coordinates: Taylor mode against nested jvps',
  async run(study) {
    const rounds = study.quick ? 5 : 60
    const orders = (points: number, all: readonly number[]): Derivative[] => all.map((k) => alongOneAxis(points, k))
    const parts: readonly (readonly [Net, readonly Derivative[]])[] = [
      [{ hidden: [128, 128], points: 1024 }, orders(1024, [1, 2, 3, 4])],
      [{ hidden: [64, 64], points: 256 }, operators(256)],
      [{ hidden: [128], points: 256, time: 16 }, orders(256, [1, 2, 3, 4])],
    ]
    const rows: DerivativeRow[] = []
    for (const [net, all] of study.quick ? parts.slice(1, 2) : parts) {
      rows.push(...(await measureDerivatives(net, all, rounds, study)))
      study.log(`2-${net.hidden.join('-')}-1: ${rows.length} derivatives`)
    }
    return { rows }
  },
  table: ({ rows }) =>
    titled('Derivatives in the coordinates: Taylor mode and nested jvps', [
      [
        ...['network', 'points', 'derivative', 'Taylor, ms', 'nested, ms', 'times faster'],
        ...['MFLOP', 'nested', 'first call, ms', 'nested'],
      ],
      ...rows.map(({ hidden, points, time, derivative, ms, firstMs, flops }) => [
        `2-${hidden.join('-')}-1${time === undefined ? ', tanh' : `, spiking, T = ${time}`}`,
        String(points),
        derivative,
        ...[ms[0], ms[1], ms[1] / ms[0]].map((value) => digits(value)),
        ...flops.map((f) => digits(f / 1e6)),
        ...firstMs.map((f) => digits(f)),
      ]),
    ]),
}
