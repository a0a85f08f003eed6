import { setImmediate } from 'node:timers/promises'
import { add, broadcastTo, collapsedJet, jet, jit, jvp, mul, key, tensor, toBackend, uniform } from '@spikeward/core'
import type { Backend, Tensor, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { pinn } from '@spikeward/operators'
import { collectGarbage } from './collectGarbage.js'
import { alternate, ratio, timesOf } from '../step/alternate.js'
import type { Timing } from '../step/alternate.js'

/** The network and the points. */
export type DerivativeSettings = {
  /** Hidden layers of a network of two coordinates. */
  readonly hidden: readonly number[]
  /** Time steps of leaky neurons with an atan surrogate. Default: tanh units. */
  readonly time?: number
  readonly points: number
  readonly orders: readonly number[]
  /** Operators instead of derivatives along one axis. Default none. */
  readonly operators?: readonly Operator[]
  readonly repeat: number
}

/** Δu and Δ²u in the plane. */
export type Operator = 'laplacian' | 'biharmonic'

/** A derivative along one axis, or an operator, by both methods. */
export type DerivativeRow = {
  readonly order: number
  /** How nested jvps compute an operator; absent: a derivative along one axis. */
  readonly operator?: string
  readonly jet: MethodCost
  readonly nested: MethodCost
  /** Time of nested jvps over that of Taylor mode, compiled: the median over rounds. */
  readonly speedup: number
  /** The same without compilation: each operation runs as it is called. */
  readonly eagerSpeedup: number
  /** Time of the first evaluation by nested jvps over that by Taylor mode: tracing, lowering and compiling decide it. */
  readonly firstSpeedup: number
  /** The largest difference of the results, relative to the largest value. */
  readonly difference: number
}

/** The cost of one evaluation. */
export type MethodCost = {
  /** Of the first evaluation: tracing, lowering and compiling, and one evaluation. The median over new compilations. */
  readonly firstMs: number
  readonly medianMs: number
  /** Without compilation. */
  readonly eagerMs: number
  readonly flops: number
  readonly workspaceBytes: number
}

/** Evaluates once, and waits for the result. */
type Evaluation = () => Promise<unknown>

type Scalar = (at: Tensor) => Tensor

/** A measured function of the network's output u, computed by both methods. */
type Compared = Pick<DerivativeRow, 'order' | 'operator'> & Readonly<Record<'jet' | 'nested', (u: Scalar) => Scalar>>

/**
 * Times ∂ᵏu/∂x of a network of (x, y) at points: by Taylor mode, with k + 1 coefficients a value, and by k nested jvps, with 2ᵏ before
 * equal values are merged: the tangents of nested jvps along one direction repeat each other. The state of a scan is not merged. Or it
 * times operators: by collapsed Taylor mode, and by nested jvps.
 */
export async function measureDerivatives(
  backend: Backend,
  { hidden, time, points, orders, operators = [], repeat }: DerivativeSettings,
  onRow: (name: string) => void,
): Promise<readonly DerivativeRow[]> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const network = pinn({
    axes: 2,
    block:
      time === undefined ? { kind: 'smooth', hidden } : { kind: 'spiking', hidden, neuron, surrogate: atan(), time },
  })
  const [variables, x] = await toBackend(
    [network.init(key(0)), uniform(key(1), [points, 2], { min: -1, max: 1 })] as const,
    backend,
  )
  const compared =
    operators.length > 0
      ? operators.flatMap((name) => operatorForms[name](points))
      : orders.map((order) => alongOneAxis(order, points))
  const rows: DerivativeRow[] = []
  for (const { order, operator, ...methods } of compared) {
    const plain = [methods.jet, methods.nested].map(
      (method) =>
        (p: typeof variables, at: Tensor): Tensor =>
          method((c) => network.decode(p, [], { kind: 'points', x: c }))(at),
    )
    const measured = await comparison(plain, variables, x, repeat)
    rows.push({ order, ...(operator === undefined ? {} : { operator }), ...measured })
    onRow(operator ?? `order ${order}`)
  }
  return rows
}

/** A direction at all points. */
const direction = (points: number, x: number, y: number): Tensor => broadcastTo(tensor([x, y]), [points, 2])

/** The derivative of a function of points along a direction. */
const along =
  (v: Tensor) =>
  (u: Scalar): Scalar =>
  (at) =>
    jvp(u, [at], [v])[1]

function alongOneAxis(order: number, points: number): Compared {
  const v = direction(points, 1, 0)
  return {
    order,
    jet: (u) => (at) => jet(u, [at], [v], order)[order]!,
    nested: (u) => Array.from({ length: order }).reduce<Scalar>(along(v), u),
  }
}

/** Operators of the plane; for each way to write one by nested jvps a comparison. */
const operatorForms: Readonly<Record<Operator, (points: number) => readonly Compared[]>> = {
  laplacian: (points) => {
    const { laplacian, axes } = nestedIn(points)
    return [
      {
        order: 2,
        operator: 'u_xx + u_yy',
        jet: (u) => (at) =>
          collapsedJet(
            u,
            [at],
            axes.map((v): [Tensor] => [v]),
            2,
          )[1],
        nested: laplacian,
      },
    ]
  },
  biharmonic(points) {
    const { laplacian, partial } = nestedIn(points)
    const angles = [0, 1, 2].map((k) => (k * Math.PI) / 3)
    const collapsed = (u: Scalar): Scalar => {
      const directions = angles.map((a): [Tensor] => [direction(points, Math.cos(a), Math.sin(a))])
      return (at) => collapsedJet(u, [at], directions, 4, { weights: angles.map(() => 8 / 9) })[1]
    }
    const sum = (u: Scalar): Scalar => {
      const [xx, xy, yy] = [partial(4, 0)(u), partial(2, 2)(u), partial(0, 4)(u)]
      return (at) => add(add(xx(at), mul(xy(at), 2)), yy(at))
    }
    return [
      { order: 4, operator: 'Δ(Δu)', jet: collapsed, nested: (u) => laplacian(laplacian(u)) },
      { order: 4, operator: 'u_xxxx + 2u_xxyy + u_yyyy', jet: collapsed, nested: sum },
    ]
  },
}

/** Derivatives by nested jvps along the two axes. */
function nestedIn(points: number) {
  const axes = [direction(points, 1, 0), direction(points, 0, 1)]
  const partial = (...orders: readonly number[]) => {
    const steps = orders.flatMap((k, a) => Array.from({ length: k }, () => along(axes[a]!)))
    return (u: Scalar): Scalar => steps.reduce<Scalar>((f, step) => step(f), u)
  }
  const laplacian = (u: Scalar): Scalar => {
    const [xx, yy] = [partial(2, 0)(u), partial(0, 2)(u)]
    return (at) => add(xx(at), yy(at))
  }
  return { axes, partial, laplacian }
}

/** Times both methods, Taylor mode first, and compares their results. */
async function comparison<V extends Tree>(
  plain: readonly ((p: V, at: Tensor) => Tensor)[],
  variables: V,
  x: Tensor,
  repeat: number,
): Promise<Omit<DerivativeRow, 'order' | 'operator'>> {
  const evaluation =
    (method: (p: V, at: Tensor) => Tensor): Evaluation =>
    async () => {
      const out = method(variables, x)
      await out.data()
      out.dispose()
    }
  const methods = plain.map((method) => jit(method))
  const values: number[][] = []
  for (const method of methods) values.push(Array.from(await method(variables, x).data(), Number))
  const [a, b] = values
  const largest = b!.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const difference = b!.reduce((most, v, i) => Math.max(most, Math.abs(v - a![i]!)), 0) / largest
  const timed = (evaluations: readonly Evaluation[], times: typeof timesOf): Promise<readonly Timing[]> =>
    alternate(
      evaluations.map((evaluate, i) => ({ name: String(i), round: (n) => times(evaluate, n) })),
      repeat,
    )
  const anew =
    (method: (typeof plain)[number]): Evaluation =>
    async () => {
      const compiled = jit(method)
      await evaluation(compiled)()
      compiled.dispose()
    }
  const compiled = await timed(methods.map(evaluation), timesOf)
  const eager = await timed(plain.map(evaluation), timesApart)
  const first = await timed(plain.map(anew), timesOf)
  const [jetCost, nestedCost] = methods.map((method, i): MethodCost => {
    const { flops, workspaceBytes } = method.inspect(variables, x).executable
    const [medianMs, eagerMs, firstMs] = [compiled, eager, first].map((timings) => timings[i]!.medianMs)
    return { firstMs: firstMs!, medianMs: medianMs!, eagerMs: eagerMs!, flops, workspaceBytes }
  })
  const speedup = ([own, other]: readonly Timing[]): number => ratio(other!, own!)
  methods.forEach((method) => method.dispose())
  return {
    jet: jetCost!,
    nested: nestedCost!,
    speedup: speedup(compiled),
    eagerSpeedup: speedup(eager),
    firstSpeedup: speedup(first),
    difference,
  }
}

/** Evaluations without compilation between two garbage collections: their intermediate tensors fit in the memory of any backend. */
const BETWEEN = 8

/**
 * Times of n evaluations without compilation. Their intermediate tensors are freed by the garbage collector, which runs between
 * evaluations, outside of the times.
 */
async function timesApart(evaluate: Evaluation, n: number): Promise<readonly number[]> {
  const times: number[] = []
  while (times.length < n) {
    times.push(...(await timesOf(evaluate, Math.min(BETWEEN, n - times.length))))
    collectGarbage()
    await setImmediate()
  }
  return times
}
