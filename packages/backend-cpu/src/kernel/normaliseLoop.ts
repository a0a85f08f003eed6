import { mergeAxes, reductionIdentity } from '@spikeward/core/backend'
import { kernelGraph, prune, type Loop } from './kernelGraph.js'

/** A loop with as few axes as its accesses allow, without empty reductions. Null if there is nothing to compute. */
export function normaliseLoop(loop: Loop): Loop | null {
  const unreduced = loop.space.filter((_, a) => a !== loop.time && !loop.reduce.includes(a))
  if (unreduced.includes(0) || loop.stores.length === 0) return null
  let now = loop.reduce.some((a) => loop.space[a] === 0) ? emptyFold(loop) : loop
  if (now.time !== null && now.space[now.time] === 0) now = withoutSteps(now)
  if (now.stores.length === 0) return null
  return mergeAxes(prune(now))
}

/** A reduction over no elements stores its neutral element. */
function emptyFold(loop: Loop): Loop {
  const g = kernelGraph()
  return {
    ...loop,
    space: loop.space.map((n, a) => (loop.reduce.includes(a) ? 1 : n)),
    reduce: [],
    loads: [],
    stores: loop.stores.flatMap((s) =>
      s.reduce === null
        ? []
        : [{ ...s, reduce: null, node: g.constant(s.dtype, reductionIdentity(s.reduce, s.dtype)) }],
    ),
    nodes: g.nodes,
  }
}

/** Without time steps, only the stores outside the time loop remain. */
const withoutSteps = (loop: Loop): Loop => ({ ...loop, stores: loop.stores.filter((s) => s.when === 'once') })
