import type { SubAxes, Placement } from '../graph/subAxes.js'
import { freshPlacement, resolve } from '../graph/subAxes.js'
import type { Op } from '../graph/graph.js'

/** Where the operands and results of an op lie in the space of its cluster. */
export interface Ports {
  readonly ins: readonly Placement[]
  readonly outs: readonly Placement[]
}

/** Ops that become one step. Routines and loops stand alone, but for sinks that take their results over. */
export interface Cluster {
  readonly id: number
  readonly kind: 'kernel' | 'routine' | 'loop'
  /** In the order of the graph. */
  readonly ops: readonly Op[]
}

export type PortsOf = (op: Op) => Ports

/** The ports of an op on subAxes of its own. */
export function makePorts(subAxes: SubAxes, op: Op): Ports {
  switch (op.kind) {
    case 'pointwise': {
      const place = freshPlacement(subAxes, op.shape)
      return { ins: op.ins.map(() => place), outs: op.outs.map(() => place) }
    }
    case 'reduce': {
      const place = freshPlacement(subAxes, op.ins[0]!.shape)
      const keeps = op.outs[0]!.aval.shape.length === place.length
      return {
        ins: [place],
        outs: [
          keeps ? place.map((l, a) => (op.axes.includes(a) ? [] : l)) : place.filter((_, a) => !op.axes.includes(a)),
        ],
      }
    }
    case 'scan':
      return { ins: op.body.ins, outs: op.body.outs }
    case 'routine':
    case 'loop':
      return { ins: [], outs: [] }
  }
}

/** The subAxes that the reductions of a cluster fold. */
export function reducedSubAxes(subAxes: SubAxes, cluster: Pick<Cluster, 'ops'>, ports: PortsOf): Set<number> {
  const out = new Set<number>()
  for (const op of cluster.ops) {
    if (op.kind !== 'reduce') continue
    for (const axis of op.axes) for (const a of resolve(subAxes, ports(op).ins[0]![axis]!)) out.add(a)
  }
  return out
}

/** Each op a step of its own. */
export const singletons = (ops: readonly Op[]): Cluster[] =>
  ops.map((op, id) => ({ id, kind: op.kind === 'routine' || op.kind === 'loop' ? op.kind : 'kernel', ops: [op] }))
