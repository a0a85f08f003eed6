import {
  isFloat,
  operations,
  type Kernel,
  type KernelNode,
  type ScalarOp,
  type Store,
  type TypedArray,
} from '@spikeward/core/backend'
import { integers } from './testData.js'
import { kernelPlan } from './plans.js'
import type { RunReference } from './rememberedReference.js'
import { epsilonOf, isApproximate, toleranceOf, ulpOf } from './tolerances.js'

const VARIANTS = 6

/**
 * The allowed distance from the reference for each element of a kernel's outputs. The kernel runs six times with each
 * rounded node multiplied by 1 ± a few ε (Monte Carlo arithmetic: Parker, 1997), and four times the largest change is
 * allowed, so that cancellation, thresholds and amplification widen the tolerance where they occur. A sum of n terms
 * may also differ by n ε Σ|x|, because the order of addition is free.
 */
export async function sensitivity(
  reference: RunReference,
  k: Kernel,
  ins: readonly TypedArray[],
  expected: readonly TypedArray[],
): Promise<Float64Array[]> {
  const allowed = k.stores.map((s, j) =>
    Float64Array.from(expected[j]!, (x) => (isFloat(s.dtype) ? 2 * ulpOf(x, s.dtype) : 0)),
  )
  for (let variant = 0; variant < VARIANTS; variant++) {
    const results = await reference(kernelPlan(perturbed(k, variant)), ins)
    for (const [j, result] of results.entries()) {
      for (let i = 0; i < result.length; i++) {
        const change = Math.abs(result[i]! - expected[j]![i]!)
        if (Object.is(result[i], expected[j]![i])) continue
        allowed[j]![i] = Math.max(allowed[j]![i]!, Number.isNaN(change) ? Infinity : 4 * change)
      }
    }
  }
  const sums = k.stores.flatMap((s, j) => (s.reduce === 'sum' && isFloat(s.dtype) ? [j] : []))
  if (sums.length > 0) {
    const magnitudes = await reference(kernelPlan(magnitude(k)), ins)
    const terms = k.reduce.reduce((n, a) => n * k.space[a]!, 1)
    for (const j of sums)
      for (let i = 0; i < allowed[j]!.length; i++)
        allowed[j]![i]! += terms * epsilonOf(k.stores[j]!.dtype) * magnitudes[j]![i]!
  }
  return allowed
}

const hasOp = (node: KernelNode): node is Extract<KernelNode, { args: readonly number[] }> => 'args' in node

/**
 * The kernel with a factor 1 ± δ after every node that rounds, and an added term after approximate operations. An
 * operation whose argument exceeds the bound of its error becomes ±2, so that any value is allowed.
 */
function perturbed(k: Kernel, variant: number): Kernel {
  const next = integers(1000 + variant)
  const nodes: KernelNode[] = []
  const place: number[] = []
  const put = (node: KernelNode): number => nodes.push(node) - 1
  for (const node of k.nodes) {
    let at = put(hasOp(node) ? { ...node, args: node.args.map((a) => place[a]!) } : node)
    if (hasOp(node) && isFloat(node.dtype) && rounds(node.op)) {
      const { dtype } = node
      const tolerance = toleranceOf(node.op, dtype)
      const sign = next() & 1 ? 1 : -1
      const factor = 1 + sign * epsilonOf(dtype) * Math.max(tolerance.ulp, 1)
      at = put({ op: 'mul', dtype, args: [at, put({ op: 'const', dtype, value: factor })] })
      const constant = (value: number): number => put({ op: 'const', dtype, value })
      if (isApproximate(node.op)) {
        const bounded = constant(sign * tolerance.absolute)
        at = put({ op: 'add', dtype, args: [at, bounded] })
      }
      const largest = operations[node.op].error?.largest
      if (largest !== undefined) {
        const size = put({ op: 'abs', dtype, args: [place[node.args[0]!]!] })
        const beyond = put({ op: 'lt', dtype: 'bool', args: [constant(largest), size] })
        at = put({ op: 'select', dtype, args: [beyond, constant(2 * sign), at] })
      }
    }
    place.push(at)
  }
  const stores = k.stores.map((s): Store => ({ ...s, node: place[s.node]! }))
  return { ...k, nodes, stores, carries: k.carries.map((c) => ({ ...c, init: place[c.init]!, next: place[c.next]! })) }
}

/** True for operations that round; those that only move or flip bits do not. */
const rounds = (op: ScalarOp): boolean =>
  !['neg', 'abs', 'sign', 'floor', 'select', 'max', 'min', 'bitcast'].includes(op)

/** The kernel with |x| in place of every summed x. */
function magnitude(k: Kernel): Kernel {
  const nodes = [...k.nodes]
  const stores = k.stores.map(
    (s): Store =>
      s.reduce === 'sum' && isFloat(s.dtype)
        ? { ...s, node: nodes.push({ op: 'abs', dtype: s.dtype, args: [s.node] }) - 1 }
        : s,
  )
  return { ...k, nodes, stores }
}

/** True if every operation of the kernel is rounded correctly. */
export const isExact = (k: Kernel): boolean =>
  k.nodes.every((n) => !hasOp(n) || !isApproximate(n.op) || !isFloat(n.dtype)) &&
  k.stores.every((s) => s.reduce !== 'sum' || !isFloat(s.dtype))
