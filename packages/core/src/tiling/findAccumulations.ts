import type { Access, Kernel, KernelNode } from '../plan/kernel.js'
import type { Operand } from '../plan/plan.js'
import type { FusionCandidate } from './fusionCandidate.js'
import type { DotStep, KernelStep, PartitionedStep } from './partitionStep.js'

/** Products of a group that can be added to the result of an earlier product, instead of an addition in a kernel. */
export interface Accumulations {
  /** The slot of a product's result, and the slot that the product is added to instead. */
  readonly into: ReadonlyMap<number, number>
  /** Kernels that load the accumulated sum where they loaded and added two products. */
  readonly kernels: ReadonlyMap<KernelStep, Kernel>
}

/**
 * Finds f32 sums a + b of two products whose results are tile-local and read only by that sum. The later product can
 * then accumulate onto the earlier one, which saves a store and a load of one row. Each sum is rounded once in either
 * case, so the bits are the same.
 *
 * @param accesses accesses of every slot in the whole plan
 * @param canAccumulate whether the backend can add the product to memory that already holds a result
 */
export function findAccumulations(
  candidate: Pick<FusionCandidate<PartitionedStep>, 'steps' | 'rowExtents'>,
  accesses: ReadonlyMap<number, number>,
  canAccumulate: (dot: DotStep) => boolean,
): Accumulations {
  const into = new Map<number, number>()
  const kernels = new Map<KernelStep, Kernel>()
  const products = new Map<number, Product>()
  for (const [order, step] of candidate.steps.entries()) {
    if (step.kind === 'dot') {
      const { slot } = step.step.out
      // One store by the product and one load.
      if (step.step.routine.dtype === 'f32' && candidate.rowExtents.has(slot) && accesses.get(slot) === 2)
        products.set(slot, { order, last: order, dot: step.step })
    } else if (step.kind === 'kernel') {
      const nodes = [...step.step.kernel.nodes]
      for (const [n, node] of nodes.entries()) {
        const pair = loadsAdded(nodes, node)
        const accumulation = pair && accumulate({ ...step.step.kernel, nodes }, step.step.loads, pair, products)
        if (!accumulation || !canAccumulate(accumulation.second.dot)) continue
        const { first, second, keep } = accumulation
        nodes[n] = nodes[keep]!
        into.set(second.dot.out.slot, first.dot.out.slot)
        products.set(first.dot.out.slot, { ...first, last: second.order })
      }
      if (nodes.some((node, n) => node !== step.step.kernel.nodes[n]))
        kernels.set(step.step, { ...step.step.kernel, nodes })
    }
  }
  return { into, kernels }
}

/** A product of the group: its position, and that of the last product that accumulates onto it. */
interface Product {
  readonly order: number
  readonly last: number
  readonly dot: DotStep
}

/** The two nodes that an f32 addition of two different loads adds. */
function loadsAdded(nodes: readonly KernelNode[], node: KernelNode): readonly [number, number] | null {
  if (node.op !== 'add' || node.dtype !== 'f32') return null
  const [x, y] = node.args as [number, number]
  const [p, q] = [nodes[x]!, nodes[y]!]
  return p.op === 'load' && q.op === 'load' && p.operand !== q.operand ? [x, y] : null
}

/** The products of which the second can accumulate onto the first, and the node that then loads the sum. */
function accumulate(
  kernel: Kernel,
  operands: readonly Operand[],
  pair: readonly [number, number],
  products: ReadonlyMap<number, Product>,
): { readonly first: Product; readonly second: Product; readonly keep: number } | null {
  const [x, y] = pair.map((node) => {
    const { operand } = kernel.nodes[node] as Extract<KernelNode, { readonly op: 'load' }>
    return { node, operand: operands[operand]!, access: kernel.loads[operand]! }
  }) as [LoadedProduct, LoadedProduct]
  const [p, q] = [products.get(x.operand.slot), products.get(y.operand.slot)]
  if (p === undefined || q === undefined || p === q || !samePlace(x.operand, y.operand)) return null
  if (x.access.offset !== y.access.offset || !sameNumbers(x.access.strides, y.access.strides)) return null
  const [first, second] = p.order < q.order ? [p, q] : [q, p]
  // (a + b) + c accumulates in this order only where c is the last product and no sum itself: the bits must not change.
  if (second.order <= first.last || second.last !== second.order) return null
  const [f, s] = [first.dot.routine, second.dot.routine]
  if (!samePlace(first.dot.out, second.dot.out) || f.batch * f.m * f.n !== s.batch * s.m * s.n || f.n !== s.n)
    return null
  return readsOf(kernel, pair) === 2 ? { first, second, keep: first === p ? x.node : y.node } : null
}

interface LoadedProduct {
  readonly node: number
  readonly operand: Operand
  readonly access: Access
}

/** How often the kernel reads the two nodes. */
function readsOf(kernel: Kernel, pair: readonly [number, number]): number {
  const read = [
    ...kernel.nodes.flatMap((n) => ('args' in n ? n.args : [])),
    ...kernel.carries.flatMap((c) => [c.init, c.next]),
    ...kernel.stores.map((s) => s.node),
  ]
  return read.filter((node) => pair.includes(node)).length
}

const samePlace = (x: Operand, y: Operand): boolean => x.offset === y.offset && sameNumbers(x.advance, y.advance)

const sameNumbers = (x: readonly number[], y: readonly number[]): boolean =>
  x.length === y.length && x.every((n, i) => n === y[i])
