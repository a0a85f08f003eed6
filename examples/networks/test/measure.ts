import {
  add,
  div,
  jit,
  key,
  layersOf,
  mul,
  online,
  sqrt,
  square,
  sub,
  sum,
  take,
  tensor,
  treeLeaves,
  treePaths,
} from '@spikeward/core'
import type { Backend, Estimator, Key, OnlineRule, Stateless, Tensor, Tree } from '@spikeward/core'
import { lossOf, recurrent } from './rows.js'
import type { Row } from './rows.js'

/** A gradient of the loss of a row's task. */
export type Method = (row: Row, task: { readonly x: Tensor; readonly y: Tensor }) => (params: Tree, key: Key) => Tree

/** The estimate of an estimator with its first state. */
export const byEstimator =
  (estimator: Estimator): Method =>
  (row, { x, y }) => {
    const loss = lossOf(row.network(row.steps), x, y)
    return (params, k) => estimator.estimate(loss, params, estimator.init(params), { key: k }).grad
  }

/** Online learning of the recurrent network: the gradients of each step's loss in that step, summed over the steps. */
export const byOnline =
  (rule: OnlineRule): Method =>
  (_, { x, y }) =>
  (params) => {
    const learn = online(
      (p: Tree, s: Tree, [now]: readonly [Tensor, Tensor]) =>
        recurrent.step(p as never, s as never, now) as readonly [Tree, Tensor],
      { rule },
    )
    const first = (t: Tensor): Tensor => take(t, tensor(0, { dtype: 'i32' }))
    const start = learn.init(params, recurrent.rest(x.shape[1]!), [first(x), first(y)])
    return learn.gradient(params, start, [x, y], (output, [, target]) =>
      div(square(sub(output, target)), x.shape[0]!),
    )[2]
  }

/** Online learning in the place of an estimator. */
export const onlineEstimator = (rule: OnlineRule, row: Row): Estimator<Stateless> => ({
  name: 'online',
  needs: 'jvp',
  unbiased: false,
  init: () => ({}),
  estimate: (loss, params, state, { key: k }) => ({
    value: loss(params),
    grad: byOnline(rule)(row, row.task(row.steps))(params, k) as typeof params,
    state,
    stats: { forwardEquivalents: tensor(3) },
  }),
})

const inner = (a: readonly Tensor[], b: readonly Tensor[]): Tensor =>
  a.map((t, i) => sum(mul(t, b[i]!))).reduce((s, t) => add(s, t))

/**
 * Cosine of a gradient to another one in each layer, and its part along the other, ⟨ĝ, g⟩/⟨g, g⟩, over all layers: 1
 * without bias.
 */
export async function compared(row: Row, found: Method, exact: Method) {
  const network = row.network(row.steps)
  const { x, y } = row.task(row.steps)
  const params = network.init(key(7))
  const names = [...new Set(layersOf((p: Tree, at: Tensor) => network.apply(p, at), params, x).map((l) => l.name))]
  const paths = treePaths(params)
  const both = jit((p: Tree, k: Key) => {
    const [a, b] = [found, exact].map((method) => treeLeaves(method(row, { x, y })(p, k)))
    const own = (name: string, g: readonly Tensor[]): Tensor[] => g.filter((_, i) => paths[i]!.startsWith(name))
    const cosines = names.map((name) => {
      const [f, e] = [own(name, a!), own(name, b!)]
      return div(inner(f, e), sqrt(mul(inner(f, f), inner(e, e))))
    })
    return { cosines, part: div(inner(a!, b!), inner(b!, b!)) }
  })
  const { cosines, part } = both(params, key(3))
  const result = {
    cosines: Object.fromEntries(await Promise.all(cosines.map(async (c, i) => [names[i]!, await c.item()] as const))),
    part: await part.item(),
  }
  both.dispose()
  return result
}

/** Bytes of workspace that a gradient takes, for a number of time steps. */
export function memoryOf(row: Row, method: Method, steps: number, backend: Backend): number {
  const params = row.network(steps).init(key(7))
  const own: Row = { ...row, steps }
  const compiled = jit((p: Tree, k: Key) => method(own, own.task(steps))(p, k), { backend })
  const { workspaceBytes } = compiled.inspect(params, key(3)).executable
  compiled.dispose()
  return workspaceBytes
}
