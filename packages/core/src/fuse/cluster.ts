import { type SubAxes, type Placement, freshPlacement, resolve } from '../graph/subAxes.js'
import type { Op } from '../graph/graph.js'

/** The placements of an op's operands and results in the space of its cluster. */
export interface OperandLayouts {
  readonly ins: readonly Placement[]
  readonly outs: readonly Placement[]
}

/**
 * Ops that become one step. A routine or a loop is a separate cluster, with the sinks that its results are written
 * through.
 */
export interface Cluster {
  readonly id: number
  readonly kind: 'kernel' | 'routine' | 'loop'
  /** In the order of the graph. */
  readonly ops: readonly Op[]
}

export type LayoutsOf = (op: Op) => OperandLayouts

/** The operand layouts of an op on new sub-axes. */
export function makeLayouts(subAxes: SubAxes, op: Op): OperandLayouts {
  switch (op.kind) {
    case 'pointwise': {
      const place = freshPlacement(subAxes, op.shape)
      return { ins: op.ins.map(() => place), outs: op.outs.map(() => place) }
    }
    case 'reduce': {
      const place = freshPlacement(subAxes, op.ins[0]!.shape)
      const keepsAxes = op.outs[0]!.aval.shape.length === place.length
      return {
        ins: [place],
        outs: [
          keepsAxes
            ? place.map((l, a) => (op.axes.includes(a) ? [] : l))
            : place.filter((_, a) => !op.axes.includes(a)),
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

/** The sub-axes that the reductions of a cluster reduce. */
export function reducedSubAxes(subAxes: SubAxes, cluster: Pick<Cluster, 'ops'>, layouts: LayoutsOf): Set<number> {
  const out = new Set<number>()
  for (const op of cluster.ops) {
    if (op.kind !== 'reduce') continue
    for (const axis of op.axes) for (const a of resolve(subAxes, layouts(op).ins[0]![axis]!)) out.add(a)
  }
  return out
}

/** One cluster for each op. */
export const singletons = (ops: readonly Op[]): Cluster[] =>
  ops.map((op, id) => ({ id, kind: op.kind === 'routine' || op.kind === 'loop' ? op.kind : 'kernel', ops: [op] }))
