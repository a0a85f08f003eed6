import { broadcastTo, jet, jit, jvp, key, tensor, toBackend, uniform } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { pinn } from '@spikeward/operators'
import { alternate, ratio, timesOf } from '../rounds.js'
import type { Runner } from '../rounds.js'

/** The network and the points. */
export type DerivativeSettings = {
  /** Hidden layers of a tanh network of two coordinates. */
  readonly hidden: readonly number[]
  readonly points: number
  readonly orders: readonly number[]
  readonly repeat: number
}

/** A derivative along one axis, by both methods. */
export type DerivativeRow = {
  readonly order: number
  readonly jet: MethodCost
  readonly nested: MethodCost
  /** Time of nested jvps over that of Taylor mode, the median over rounds. */
  readonly speedup: number
  /** The largest difference of the results, relative to the largest value. */
  readonly difference: number
}

/** The cost of one evaluation. */
export type MethodCost = {
  /** Of the first evaluation: tracing, lowering and compiling, and one evaluation. */
  readonly firstMs: number
  readonly medianMs: number
  readonly flops: number
  readonly workspaceBytes: number
}

/**
 * Times ∂ᵏu/∂x of a dense network of (x, y) at points: by Taylor mode, with k + 1 coefficients a value, and by k nested jvps, with 2ᵏ before
 * equal values are merged: the tangents of nested jvps along one direction repeat each other.
 */
export async function measureDerivatives(
  backend: Backend,
  { hidden, points, orders, repeat }: DerivativeSettings,
  onOrder: (order: number) => void,
): Promise<readonly DerivativeRow[]> {
  const network = pinn({ axes: 2, block: { kind: 'smooth', hidden } })
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
  const rows: DerivativeRow[] = []
  for (const order of orders) {
    const methods = [
      jit((p: typeof variables, at: Tensor) => jet((c: Tensor) => u(p, c), [at], [along], order)[order]!),
      jit(nested(order)),
    ] as const
    const runners = methods.map((method, i): Runner => {
      const evaluate = async (): Promise<void> => {
        const out = method(variables, x)
        await out.data()
        out.dispose()
      }
      return { name: i === 0 ? 'jet' : 'nested', round: (n) => timesOf(evaluate, n) }
    })
    const values: number[][] = []
    const first: number[] = []
    for (const method of methods) {
      const begun = performance.now()
      values.push(Array.from(await method(variables, x).data(), Number))
      first.push(performance.now() - begun)
    }
    const [a, b] = values
    const largest = b!.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    const difference = b!.reduce((most, v, i) => Math.max(most, Math.abs(v - a![i]!)), 0) / largest
    const [own, other] = await alternate(runners, repeat)
    const [jetCost, nestedCost] = methods.map((method, i): MethodCost => {
      const { flops, workspaceBytes } = method.inspect(variables, x).executable
      return { firstMs: first[i]!, medianMs: [own, other][i]!.medianMs, flops, workspaceBytes }
    })
    rows.push({ order, jet: jetCost!, nested: nestedCost!, speedup: ratio(other!, own!), difference })
    methods.forEach((method) => method.dispose())
    onOrder(order)
  }
  return rows
}
