import { sizeOf } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { Program } from '../program/program.js'
import { type SubAxes, makeSubAxes } from '../graph/subAxes.js'
import { type Cluster, type OperandLayouts, makeLayouts, singletons } from '../fuse/cluster.js'
import { emitKernel } from '../emit/emitKernel.js'
import { flatten } from './flatten.js'
import { newValue, pushCopy, pushSink, wholeDestination, type Flattening } from './flattening.js'
import { fuseGraph } from '../fuse/fuseGraph.js'
import type { Graph, Op, Value } from '../graph/graph.js'
import { inlineProgram, prune } from '../program/passes/inlineProgram.js'
import { joinScans } from '../program/passes/joinScans.js'
import { assignSlots } from '../memory/assignSlots.js'
import type { Plan } from '../plan/plan.js'
import { isWhole, whole } from '../graph/ref.js'
import { orderOf, scheduleClusters } from '../fuse/scheduleClusters.js'
import type { ProtoStep } from '../graph/protoStep.js'

/** Options of {@link lower}. */
export interface LowerOptions {
  /** donate[j] = i: output j takes the memory of input i, which must have the same dtype and size. */
  readonly donate?: readonly (number | null)[]
  /** False gives one step per equation, in order, and stores every value: for tests. Default true. */
  readonly fuse?: boolean
  /** Whether products may read windows in place; see `Capabilities.windows`. Default false. */
  readonly windows?: boolean
}

/**
 * Lowers a Program to a Plan: composes views into strided accesses, fuses pointwise work and scans into kernels, and
 * assigns memory by lifetimes. Equal Programs give equal Plans.
 *
 * @throws DONATION_MISMATCH if an output cannot take the memory of its input
 */
export function lower(program: Program, options: LowerOptions = {}): Plan {
  const fuse = options.fuse ?? true
  const donate = program.outputs.map((_, j) => options.donate?.[j] ?? null)
  checkDonations(program, donate)
  const flat = fuse ? prune(joinScans(inlineProgram(program))) : inlineProgram(program)
  const f: Flattening = {
    graph: { ops: [], depth: 0 },
    subAxes: makeSubAxes(),
    fuse,
    windows: options.windows ?? false,
    ids: { op: 0, value: 0 },
  }
  const inputs = flat.inputs.map((v, i) => newValue(f, v.aval, { kind: 'input', index: i }))
  const results = flatten(f, flat, inputs.map(whole))

  const outputs = flat.outputs.map((a, j) => newValue(f, a.aval, { kind: 'output', index: j }))
  const donated = new Set(donate.flatMap((i) => (i === null ? [] : [inputs[i]!])))
  // An output that is another donated input is copied first, so that all reads come before all writes.
  const sources = results.map((r, j) => {
    const mine = donate[j] === null ? null : inputs[donate[j]!]!
    const itself = mine !== null && r.kind === 'value' && r.value === mine && isWhole(r)
    return r.kind === 'value' && donated.has(r.value) && !itself ? pushCopy(f, r) : r
  })
  sources.forEach((r, j) => {
    const output = outputs[j]!
    const overwrites = donate[j] === null ? null : inputs[donate[j]!]!
    if (r.kind === 'value' && r.value === overwrites && isWhole(r)) return
    const direct =
      overwrites === null && r.kind === 'value' && isWhole(r) && r.value.external === null && r.value.alias === null
    if (direct) r.value.alias = { value: output, offset: 0, advance: [], by: null }
    else pushSink(f, 'copy', r, wholeDestination(output), { overwrites })
  })
  const steps = stepsOf(f.graph, f.subAxes, fuse)
  const layout = assignSlots(steps, [...inputs, ...outputs], fuse)
  return {
    slots: layout.slots,
    inputs: inputs.length,
    outputs: outputs.length,
    donations: donate,
    workspace: layout.workspace,
    steps: layout.steps,
  }
}

function checkDonations(program: Program, donate: readonly (number | null)[]): void {
  const indices = new Set<number>()
  donate.forEach((i, j) => {
    if (i === null) return
    const from = program.inputs[i]?.aval,
      to = program.outputs[j]!.aval
    if (from === undefined || from.dtype !== to.dtype || sizeOf(from.shape) !== sizeOf(to.shape) || indices.has(i)) {
      throw new SpikewardError(
        'DONATION_MISMATCH',
        `output ${j} (${to.dtype}, ${sizeOf(to.shape)} elements) cannot take the memory of input ${i}` +
          (from === undefined
            ? ', which does not exist'
            : indices.has(i)
              ? ', which another output already takes'
              : ` (${from.dtype}, ${sizeOf(from.shape)} elements)`) +
          '; donate inputs one to one to outputs of the same dtype and size',
      )
    }
    indices.add(i)
  })
}

/** The steps of a graph: its clusters in order, each a kernel, a routine or a loop. */
function stepsOf(graph: Graph, subAxes: SubAxes, fuse: boolean): ProtoStep[] {
  trim(graph)
  const layouts = new Map<Op, OperandLayouts>(graph.ops.map((op) => [op, makeLayouts(subAxes, op)]))
  const layoutsOf = (op: Op): OperandLayouts => layouts.get(op)!
  const order = orderOf(graph)
  const clusters = fuse ? fuseGraph(graph, subAxes, layoutsOf, order) : singletons(graph.ops)
  const home = new Map<Op, Cluster>()
  for (const c of clusters) for (const op of c.ops) home.set(op, c)
  return scheduleClusters(clusters, order).flatMap((c): ProtoStep[] => {
    const head = c.ops[0]!
    if (head.kind === 'loop') return [{ kind: 'loop', length: head.length, steps: stepsOf(head.body, subAxes, fuse) }]
    if (head.kind === 'routine') {
      return [
        {
          kind: 'routine',
          routine: head.routine,
          ins: head.ins.flatMap((r) =>
            r.kind === 'value' ? [{ value: r.value, offset: r.offset, advance: r.advance }] : [],
          ),
          outs: head.outs.map((value) => ({ value, offset: 0, advance: [] })),
        },
      ]
    }
    const inside = new Set(c.ops)
    const stored = (v: Value): boolean => v.alias !== null || order.readers(v).some((r) => !inside.has(r))
    const kernel = emitKernel(c, { subAxes, layouts: layoutsOf, stored })
    return kernel === null ? [] : [kernel]
  })
}

/** Drops pointwise ops whose results no op reads, such as cheap ones that every reader recomputes. */
function trim(graph: Graph): void {
  const read = new Set<Value>()
  const visit = (g: Graph): void => {
    for (const op of g.ops) {
      if (op.kind === 'loop') visit(op.body)
      for (const r of op.ins) if (r.kind === 'value') read.add(r.value)
    }
  }
  visit(graph)
  for (let i = graph.ops.length - 1; i >= 0; i--) {
    const op = graph.ops[i]!
    if (op.kind === 'pointwise' && op.sink === null && op.outs.every((v) => !read.has(v) && v.alias === null))
      graph.ops.splice(i, 1)
  }
}
