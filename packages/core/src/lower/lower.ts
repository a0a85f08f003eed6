import { sizeOf } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { Program } from '../program/program.js'
import type { SubAxes } from '../graph/subAxes.js'
import { makeSubAxes } from '../graph/subAxes.js'
import type { Cluster, Ports } from '../fuse/cluster.js'
import { makePorts, singletons } from '../fuse/cluster.js'
import { emitKernel } from '../emit/emitKernel.js'
import { flatten } from './flatten.js'
import { newValue, pushCopy, pushSink, wholeDestination, type Flattening } from './flattening.js'
import { fuseGraph } from '../fuse/fuseGraph.js'
import type { Graph, Op, Value } from '../graph/graph.js'
import { inlineProgram, prune } from '../program/passes/inlineProgram.js'
import { joinScans } from '../program/passes/joinScans.js'
import { layOut } from '../memory/layOut.js'
import type { Plan } from '../plan/plan.js'
import { isWhole, whole } from '../graph/ref.js'
import { orderOf, schedule } from '../fuse/schedule.js'
import type { ProtoStep } from '../graph/protoStep.js'

export interface LowerOptions {
  /** donate[j] = i: output j is to take the memory of input i, which must have its dtype and size. */
  readonly donate?: readonly (number | null)[]
  /** False makes a plan of one step an equation, in its order, with every value stored: for tests. Default true. */
  readonly fuse?: boolean
}

/**
 * The Plan of a Program: views composed into strided accesses, pointwise work and scans fused into kernels, values
 * given memory by their lifetimes. Deterministic.
 *
 * @throws SpikewardError DONATION_MISMATCH where an output cannot take the memory of the input that it is to take.
 */
export function lower(program: Program, options: LowerOptions = {}): Plan {
  const fuse = options.fuse ?? true
  const donate = program.outputs.map((_, j) => options.donate?.[j] ?? null)
  checkDonations(program, donate)
  const flat = fuse ? prune(joinScans(inlineProgram(program))) : inlineProgram(program)
  const f: Flattening = { graph: { ops: [], depth: 0 }, subAxes: makeSubAxes(), fuse, ids: { op: 0, value: 0 } }
  const inputs = flat.inputs.map((v, i) => newValue(f, v.aval, { kind: 'input', index: i }))
  const results = flatten(f, flat, inputs.map(whole))

  const outputs = flat.outputs.map((a, j) => newValue(f, a.aval, { kind: 'output', index: j }))
  const donated = new Set(donate.flatMap((i) => (i === null ? [] : [inputs[i]!])))
  // What is written over an input is first a value of its own where it is another such input: all reads can then come before all writes.
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
      overwrites === null && r.kind === 'value' && isWhole(r) && r.value.external === null && r.value.place === null
    if (direct) r.value.place = { value: output, offset: 0, advance: [], by: null }
    else pushSink(f, 'copy', r, wholeDestination(output), { overwrites })
  })
  const steps = stepsOf(f.graph, f.subAxes, fuse)
  const layout = layOut(steps, [...inputs, ...outputs], fuse)
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
  const taken = new Set<number>()
  donate.forEach((i, j) => {
    if (i === null) return
    const from = program.inputs[i]?.aval,
      to = program.outputs[j]!.aval
    if (from === undefined || from.dtype !== to.dtype || sizeOf(from.shape) !== sizeOf(to.shape) || taken.has(i)) {
      throw new SpikewardError(
        'DONATION_MISMATCH',
        `output ${j} (${to.dtype}, ${sizeOf(to.shape)} elements) cannot take the memory of input ${i} ` +
          (from === undefined
            ? 'which does not exist'
            : taken.has(i)
              ? 'which another output takes already'
              : `(${from.dtype}, ${sizeOf(from.shape)} elements)`) +
          '; donate inputs one to one to outputs of the same dtype and size',
      )
    }
    taken.add(i)
  })
}

/** The steps of a graph: its clusters in order, each a kernel, a routine or a loop. */
function stepsOf(graph: Graph, subAxes: SubAxes, fuse: boolean): ProtoStep[] {
  trim(graph)
  const ports = new Map<Op, Ports>(graph.ops.map((op) => [op, makePorts(subAxes, op)]))
  const portsOf = (op: Op): Ports => ports.get(op)!
  const order = orderOf(graph)
  const clusters = fuse ? fuseGraph(graph, subAxes, portsOf, order) : singletons(graph.ops)
  const home = new Map<Op, Cluster>()
  for (const c of clusters) for (const op of c.ops) home.set(op, c)
  return schedule(clusters, order).flatMap((c): ProtoStep[] => {
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
    const stored = (v: Value): boolean => v.place !== null || order.readers(v).some((r) => !inside.has(r))
    const kernel = emitKernel(c, { subAxes, ports: portsOf, stored })
    return kernel === null ? [] : [kernel]
  })
}

/** Drops ops whose results nobody reads: cheap ones that every reader computes. */
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
    if (op.kind === 'pointwise' && op.sink === null && op.outs.every((v) => !read.has(v) && v.place === null))
      graph.ops.splice(i, 1)
  }
}
