import { isFloat, isRealFunction, type DType } from '@spikeward/core/backend'
import { kernelGraph, prune, type KernelGraph, type Loop, type Node, type Op } from './kernelGraph.js'
import * as math from './math.js'

type Compound = Exclude<Node, { op: 'const' | 'load' | 'index' | 'carry' | 'final' }>

/**
 * Rewrites a loop to operations that the target has: an instruction, a short sequence of instructions (`ops.ts`) or, in
 * f64, a function call. Transcendental functions of f32 become graphs, arithmetic of bool becomes logic.
 */
export function expand(loop: Loop): Loop {
  const g = kernelGraph()
  const at: number[] = []
  for (const node of loop.nodes) {
    at.push(
      'args' in node
        ? expandNode(
            g,
            node,
            node.args.map((a) => at[a]!),
          )
        : g.add(node),
    )
  }
  return prune({
    ...loop,
    nodes: g.nodes,
    carries: loop.carries.map((c) => ({ ...c, init: at[c.init]!, next: at[c.next]! })),
    stores: loop.stores.map((s) => ({ ...s, node: at[s.node]! })),
  })
}

function expandNode(g: KernelGraph, node: Compound, args: readonly number[]): number {
  const [x, y] = args as [number, number]
  const { op, dtype } = node
  const from = g.nodes[x]!.dtype
  if (op === 'cast' || op === 'bitcast') return from === dtype ? x : g.op(op, dtype, x)
  if (dtype === 'bool' && op in boolOps) return boolOps[op]!(g, x, y)
  if (op === 'sign') return sign(g, dtype, x)
  if (op === 'floor' && !isFloat(dtype)) return x
  if (op === 'abs' && (dtype === 'u32' || dtype === 'bool')) return x
  if (isRealFunction(op)) {
    const { products, f32 } = math.functions[op]
    return products?.(g, dtype, x, y) ?? (dtype === 'f32' ? f32(g, x, y) : g.op(op, dtype, ...args))
  }
  if (dtype === 'f32' && op === 'rem') return math.rem(g, x, y)
  return g.op(op, dtype, ...args)
}

/** Arithmetic on 0 and 1, where every nonzero result becomes 1. */
const boolOps: Partial<Record<Op, (g: KernelGraph, x: number, y: number) => number>> = {
  neg: (_g, x) => x,
  abs: (_g, x) => x,
  sign: (_g, x) => x,
  floor: (_g, x) => x,
  add: (g, x, y) => g.op('or', 'bool', x, y),
  sub: (g, x, y) => g.op('xor', 'bool', x, y),
  mul: (g, x, y) => g.op('and', 'bool', x, y),
  div: (g, x, y) => g.op('and', 'bool', x, y),
  rem: (g) => g.constant('bool', 0),
  max: (g, x, y) => g.op('or', 'bool', x, y),
  min: (g, x, y) => g.op('and', 'bool', x, y),
}

/** ±0 and NaN are unchanged. */
function sign(g: KernelGraph, dtype: DType, x: number): number {
  const zero = g.constant(dtype, 0)
  const above = g.op('select', dtype, g.op('lt', 'bool', zero, x), g.constant(dtype, 1), x)
  return dtype === 'u32' ? above : g.op('select', dtype, g.op('lt', 'bool', x, zero), g.constant(dtype, -1), above)
}
