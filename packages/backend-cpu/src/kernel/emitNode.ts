import { lanesI32, splatI32, type Local } from '../wasm/code.js'
import { emitLoad } from './access.js'
import type { Frame, Instance } from './frame.js'
import type { Node } from './kernelGraph.js'
import { LANES } from './nest.js'
import { emitConstant, emitOperation, type Value } from './ops.js'

/** Emits one instance of a node. A carry needs no code: its variables are the node. */
export function emitNode(frame: Frame, i: number, at: Instance): void {
  const { c, target, loop, valueOf, place } = frame
  const node = loop.nodes[i]!
  const to = valueOf(i, at)
  if (node.op === 'const') emitConstant(c, node.dtype, node.value, to)
  else if (node.op === 'load') emitLoad(c, node.dtype, place(node.operand, at), to)
  else if (node.op === 'index') emitIndex(frame, node, at, to)
  else if ('args' in node) {
    const args = node.args.map((a) => loop.nodes[a]!)
    emitOperation(
      c,
      target,
      {
        node,
        from: args[0]!.dtype,
        args: node.args.map((a) => valueOf(a, at)),
        constants: args.map((a) => (a.op === 'const' ? a.value : undefined)),
      },
      to,
    )
  }
}

/** The coordinate along an axis: that of the block, plus that of the lane or the instance. */
function emitIndex(
  { c, target, nest, coordinates }: Frame,
  node: Extract<Node, { op: 'index' }>,
  at: Instance,
  to: Value,
): void {
  const i = nest.loops.findIndex((l) => l.axis === node.axis)
  const whole: Local = node.dtype === 'i32' || node.dtype === 'u32' ? to[0]! : c.local('v128')
  c.get(coordinates.get(node.axis)!).op('i32x4.splat')
  if (node.axis === nest.vector) c.v128(lanesI32(...[0, 1, 2, 3].map((k) => at[i]! * LANES + k))).op('i32x4.add')
  else if (i >= 0 && at[i]! > 0) c.v128(splatI32(at[i]!)).op('i32x4.add')
  c.set(whole)
  if (whole === to[0]) return
  emitOperation(
    c,
    target,
    { node: { op: 'cast', dtype: node.dtype, args: [0] }, from: 'u32', args: [[whole]], constants: [] },
    to,
  )
}
