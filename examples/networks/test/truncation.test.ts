import { grad, jit, key, mean, scan, square, stopGradient, sub, treeLeaves, treeMap } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { expect, it } from 'vitest'
import type { AdaptiveState } from '../src/adaptive.js'
import { byOnline } from './measure.js'
import { recurrent, rows } from './rows.js'

const stopped = <T extends Tree>(tree: T): T => treeMap((t) => stopGradient(t), tree)
const row = rows.find(({ name }) => name === 'adaptive')!
const { x, y } = row.task(row.steps)
type Params = ReturnType<typeof recurrent.init>

/** The loss over all steps, in which a part of each state has no derivative by the steps before. */
const lossWith =
  (before: (s: AdaptiveState) => AdaptiveState) =>
  (p: Params): Tensor => {
    const step = (s: AdaptiveState, now: Tensor): readonly [AdaptiveState, Tensor] => recurrent.step(p, before(s), now)
    return mean(square(sub(scan(step, recurrent.rest(x.shape[1]!), x)[1], y)))
  }

const quiet = (l: AdaptiveState['first']): AdaptiveState['first'] => ({ ...l, spikes: stopGradient(l.spikes) })
/** Recurrent weights pass no error to the step before. */
const diagonal = lossWith((s) => ({ ...s, first: quiet(s.first), second: quiet(s.second) }))
/** Nor do the states above the first layer. */
const belowAlone = lossWith((s) => ({
  ...s,
  first: quiet(s.first),
  second: stopped(s.second),
  trace: stopGradient(s.trace),
}))

it('dRtrl of two recurrent layers leaves out recurrent weights and the states above, and nothing else', async () => {
  const params = recurrent.init(key(7))
  const all = jit((p: Params) => {
    const online = byOnline('dRtrl')(row, { x, y })(p, key(3)) as Params
    return { online, above: grad(diagonal)(p), below: grad(belowAlone)(p) }
  })(params)
  const { online, above, below } = all
  const numbers = async (tree: Tree): Promise<number[]> =>
    (await Promise.all(treeLeaves(tree).map(async (t) => [...(await t.data())].map(Number)))).flat()
  const pairs: readonly (readonly [Tree, Tree])[] = [
    [online.readout, above.readout],
    [online.second, above.second],
    [online.first, below.first],
  ]
  for (const [mine, truth] of pairs) {
    const [a, b] = [await numbers(mine), await numbers(truth)]
    expect(Math.hypot(...b)).toBeGreaterThan(1e-4)
    expect(Math.hypot(...a.map((v, i) => v - b[i]!)) / Math.hypot(...b)).toBeLessThan(1e-4)
  }
})
