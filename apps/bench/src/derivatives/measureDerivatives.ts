import { setImmediate } from 'node:timers/promises'
import { broadcastTo, jet, jit, jvp, key, tensor, toBackend, uniform } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { pinn } from '@spikeward/operators'
import { collectGarbage } from './collectGarbage.js'
import { alternate, ratio, timesOf } from '../rounds.js'
import type { Timing } from '../rounds.js'

/** The network and the points. */
export type DerivativeSettings = {
  /** Hidden layers of a network of two coordinates. */
  readonly hidden: readonly number[]
  /** Time steps of leaky neurons with an atan surrogate. Default: tanh units. */
  readonly time?: number
  readonly points: number
  readonly orders: readonly number[]
  readonly repeat: number
}

/** A derivative along one axis, by both methods. */
export type DerivativeRow = {
  readonly order: number
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

/**
 * Times ∂ᵏu/∂x of a network of (x, y) at points: by Taylor mode, with k + 1 coefficients a value, and by k nested jvps, with 2ᵏ before
 * equal values are merged: the tangents of nested jvps along one direction repeat each other. The state of a scan is not merged.
 */
export async function measureDerivatives(
  backend: Backend,
  { hidden, time, points, orders, repeat }: DerivativeSettings,
  onOrder: (order: number) => void,
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
  const along = broadcastTo(tensor([1, 0]), [points, 2])
  const u = (p: typeof variables, at: Tensor): Tensor => network.decode(p, [], { kind: 'points', x: at })
  const nested =
    (order: number) =>
    (p: typeof variables, at: Tensor): Tensor =>
      Array.from({ length: order }).reduce<(c: Tensor) => Tensor>(
        (f) => (c) => jvp(f, [c], [along])[1],
        (c) => u(p, c),
      )(at)
  const evaluation =
    (method: (p: typeof variables, at: Tensor) => Tensor): Evaluation =>
    async () => {
      const out = method(variables, x)
      await out.data()
      out.dispose()
    }
  const rows: DerivativeRow[] = []
  for (const order of orders) {
    const plain = [
      (p: typeof variables, at: Tensor): Tensor => jet((c: Tensor) => u(p, c), [at], [along], order)[order]!,
      nested(order),
    ] as const
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
    rows.push({
      order,
      jet: jetCost!,
      nested: nestedCost!,
      speedup: speedup(compiled),
      eagerSpeedup: speedup(eager),
      firstSpeedup: speedup(first),
      difference,
    })
    methods.forEach((method) => method.dispose())
    onOrder(order)
  }
  return rows
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
