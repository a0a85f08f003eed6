import { argsOf, type DType } from '@spikeward/core/backend'
import type { Access, Carry, KernelNode, ScalarOp, Store } from '@spikeward/core/backend'

/**
 * Operations of this backend, for the expansions of transcendental functions. `madd` is args[0]·args[1] + args[2],
 * rounded once or twice, depending on the processor; `pmin` and `pmax` are b < a ? b : a and a < b ? b : a (they return
 * the first argument if one is NaN); `nearest` rounds half to even; `trunc` toward 0.
 */
export type ExtraOp = 'madd' | 'pmin' | 'pmax' | 'nearest' | 'trunc'

export type Op = ScalarOp | ExtraOp

export type Node = KernelNode | { readonly op: ExtraOp; readonly dtype: DType; readonly args: readonly number[] }

/** An access with its address parameter. */
export interface LoadAccess extends Access {
  readonly pointer: number
}

export interface StoreAccess extends Store {
  readonly pointer: number
}

/** A Kernel with this backend's operations, and accesses with their address parameters. */
export interface Loop {
  readonly name: string
  readonly space: readonly number[]
  readonly time: number | null
  readonly reduce: readonly number[]
  readonly loads: readonly LoadAccess[]
  readonly nodes: readonly Node[]
  readonly carries: readonly Carry[]
  readonly stores: readonly StoreAccess[]
}

/** Builds a list of nodes without duplicates. */
export interface KernelGraph {
  readonly nodes: readonly Node[]
  add(node: Node): number
  op(op: Op, dtype: DType, ...args: readonly number[]): number
  constant(dtype: DType, value: number): number
}

export function kernelGraph(): KernelGraph {
  const nodes: Node[] = []
  const known = new Map<string, number>()
  const add = (node: Node): number => {
    const key = keyOf(node)
    const match = known.get(key)
    if (match !== undefined) return match
    const index = nodes.push(node) - 1
    known.set(key, index)
    return index
  }
  return {
    nodes,
    add,
    op: (op, dtype, ...args) => add({ op, dtype, args } as Node),
    constant: (dtype, value) => add({ op: 'const', dtype, value }),
  }
}

function keyOf(node: Node): string {
  switch (node.op) {
    case 'const':
      return `${node.dtype}=${Object.is(node.value, -0) ? '-0' : node.value}`
    case 'load':
      return `load ${node.operand}`
    case 'index':
      return `index ${node.axis} ${node.dtype}`
    case 'carry':
    case 'final':
      return `${node.op} ${node.carry}`
    default:
      return `${node.op} ${node.dtype} ${node.args.join()}`
  }
}

/** Drops nodes, loads and carries that no store needs, directly or through carries. */
export function prune(loop: Loop): Loop {
  const live = new Set<number>()
  const liveCarries = new Set<number>()
  const visit = (i: number): void => {
    if (live.has(i)) return
    live.add(i)
    const node = loop.nodes[i]!
    for (const a of argsOf(node)) visit(a)
    if ((node.op === 'carry' || node.op === 'final') && !liveCarries.has(node.carry)) {
      liveCarries.add(node.carry)
      visit(loop.carries[node.carry]!.init)
      visit(loop.carries[node.carry]!.next)
    }
  }
  for (const store of loop.stores) visit(store.node)
  const usedNodes = [...live].sort((a, b) => a - b)
  const usedCarries = [...liveCarries].sort((a, b) => a - b)
  const usedLoads = [
    ...new Set(
      usedNodes.flatMap((i) => {
        const node = loop.nodes[i]!
        return node.op === 'load' ? [node.operand] : []
      }),
    ),
  ].sort((a, b) => a - b)
  const at = (i: number): number => usedNodes.indexOf(i)
  return {
    ...loop,
    loads: usedLoads.map((i) => loop.loads[i]!),
    nodes: usedNodes.map((i) => {
      const node = loop.nodes[i]!
      if (node.op === 'load') return { ...node, operand: usedLoads.indexOf(node.operand) }
      if (node.op === 'carry' || node.op === 'final') return { ...node, carry: usedCarries.indexOf(node.carry) }
      return 'args' in node ? { ...node, args: node.args.map(at) } : node
    }),
    carries: usedCarries.map((c) => {
      const carry = loop.carries[c]!
      return { ...carry, init: at(carry.init), next: at(carry.next) }
    }),
    stores: loop.stores.map((s) => ({ ...s, node: at(s.node) })),
  }
}
