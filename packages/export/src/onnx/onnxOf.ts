/** The writer of ONNX: a graph of operators from a Program, with time loops as `Scan`. */
import { type Atom, type DotParams, type Equation, type ScanParams, type Var, isLiteral } from '@spikeward/core'
import { type StructuralParams, byStep, einsumOf, isMatmul } from '../program/axes.js'
import type { OpenProgram } from '../program/openProgram.js'
import { operations } from '../program/operations.js'
import { type ScalarWriter, noEmitter, writePointwise } from '../program/pointwise.js'
import { type Attribute, type ElementType, type Graph, type Initializer, type Node, elementTypes } from './graph.js'

const LANGUAGE = 'ONNX'

/** Far below every index: a slice with a negative step ends before index 0. */
const BEFORE_ALL = -(2 ** 31)

/**
 * Writes a Program as a graph, whose constants are the initializers `c0`, `c1`, …, without values. Sizes that depend on
 * the number of rows are computed from the inputs, once.
 *
 * @param shape of the result
 * @throws EXPORT_PRIMITIVE
 */
export function onnxOf(open: OpenProgram, shape: readonly (number | string)[]): Graph {
  const { program, constants, inputs, factors } = open
  let count = 0
  const initializers: Initializer[] = []
  const sizes: Node[] = []
  const known = new Map<string, string>()
  const names = new Map<Var, string>()

  const push = (
    nodes: Node[],
    op: string,
    from: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string => {
    const name = `v${count++}`
    nodes.push({ op, inputs: from, outputs: [name], attributes })
    return name
  }
  /** The value that a key stands for, made once. */
  const once = (key: string, make: () => string): string => {
    const match = known.get(key) ?? make()
    known.set(key, match)
    return match
  }
  const stored = (type: ElementType, of: readonly number[], values: readonly number[]): string =>
    once(`${type} ${of.join()} ${values.map((v) => (Object.is(v, -0) ? '-0' : v)).join()}`, () => {
      const name = `k${initializers.length}`
      initializers.push({ name, type, shape: of, values })
      return name
    })
  const integers = (values: readonly number[]): string => stored('i64', [values.length], values)
  /** A length as an int64 [1]. */
  const length = (n: number): string => {
    const [rest, ...rows] = factors(n)
    return rows.reduce(
      (product, row) => once(`${product}*${row}`, () => push(sizes, 'Mul', [product, rowsOf(row)])),
      integers([rest]),
    )
  }
  const rowsOf = (row: string): string =>
    once(`rows ${row}`, () =>
      push(sizes, 'Shape', [inputs.find(({ rows }) => rows === row)!.name], { start: 0, end: 1 }),
    )
  /** Lengths as an int64 vector. */
  const lengths = (all: readonly number[]): string => {
    if (all.every((n) => factors(n).length === 1)) return integers(all)
    const parts = all.map(length)
    return once(`lengths ${parts.join()}`, () => push(sizes, 'Concat', parts, { axis: 0 }))
  }
  const operand = (a: Atom): string => (isLiteral(a) ? stored(a.aval.dtype, [], [a.literal]) : names.get(a)!)

  const slice = (
    nodes: Node[],
    x: string,
    starts: readonly number[],
    steps: readonly number[],
    of: readonly number[],
  ) => {
    const stops = of.map((n, a) => {
      const stop = starts[a]! + steps[a]! * (n - 1) + Math.sign(steps[a]!)
      return stop < 0 ? BEFORE_ALL : stop
    })
    const axes = integers(of.map((_, a) => a))
    return push(nodes, 'Slice', [x, lengths(starts), lengths(stops), axes, integers(steps)])
  }

  /** The name of a structural primitive's result; undefined: ONNX has none here. */
  function structural({ primitive, inputs: ins, outputs, params }: Equation, nodes: Node[]): string | undefined {
    const [x, y] = ins.map(operand)
    const out = outputs[0]!.aval.shape
    const of = ins[0]?.aval.shape ?? out
    const p = params as StructuralParams
    switch (primitive.name) {
      case 'broadcast': {
        const extents = out.map((_, a) => (p.axes.includes(a) ? of[p.axes.indexOf(a)]! : 1))
        const reshaped = isLiteral(ins[0]!) ? x! : push(nodes, 'Reshape', [x!, lengths(extents)])
        return push(nodes, 'Expand', [reshaped, lengths(out)])
      }
      case 'reshape':
        return push(nodes, 'Reshape', [x!, lengths(out)])
      case 'transpose':
        return push(nodes, 'Transpose', [x!], { perm: p.perm })
      case 'slice':
        return slice(nodes, x!, p.starts, p.steps, p.lengths)
      case 'shear': {
        const parts = Array.from({ length: of[p.along]! }, (_, k) => {
          const at = (a: number, inside: number, other: number): number =>
            a === p.axis ? inside : a === p.along ? other : 0
          return slice(
            nodes,
            x!,
            of.map((_d, a) => at(a, p.start + p.slope * k, k)),
            of.map((_d, a) => (a === p.axis ? p.step : 1)),
            of.map((d, a) => (a === p.axis ? p.length : a === p.along ? 1 : d)),
          )
        })
        return push(nodes, 'Concat', parts, { axis: p.along })
      }
      case 'embed': {
        if (p.steps.some((step) => step !== 1)) return undefined
        const after = p.shape.map((n, a) => n - p.starts[a]! - of[a]!)
        const fill = stored(ins[0]!.aval.dtype, [], [p.fill])
        return push(nodes, 'Pad', [x!, lengths([...p.starts, ...after]), fill])
      }
      case 'concatenate':
        return push(nodes, 'Concat', ins.map(operand), { axis: p.axis })
      case 'sum':
        return push(nodes, 'ReduceSum', [x!, integers(p.axes)], { keepdims: 0 })
      case 'reduce_max':
        return push(nodes, 'ReduceMax', [x!, integers(p.axes)], { keepdims: 0 })
      case 'reduce_min':
        return push(nodes, 'ReduceMin', [x!, integers(p.axes)], { keepdims: 0 })
      case 'gather': {
        const type = ins[1]!.aval.dtype
        const index = push(nodes, 'Clip', [y!, stored(type, [], [0]), stored(type, [], [of[0]! - 1])])
        return push(nodes, 'Gather', [x!, push(nodes, 'Cast', [index], { to: elementTypes.i64 })], { axis: 0 })
      }
      case 'dot': {
        const ranks = [of.length, ins[1]!.aval.shape.length] as const
        const product = params as DotParams
        return isMatmul(product, ranks)
          ? push(nodes, 'MatMul', [x!, y!])
          : push(nodes, 'Einsum', [x!, y!], { equation: einsumOf(product, ranks) })
      }
      default:
        return undefined
    }
  }

  const scalars = (nodes: Node[], out: readonly number[]): ScalarWriter => ({
    constant: (value, dtype) => stored(dtype, [], [value]),
    index(axis, dtype) {
      const n = out[axis]!
      if (factors(n).length > 1) throw noEmitter('iota along rows', LANGUAGE)
      const range = stored(
        dtype,
        out.map((_, a) => (a === axis ? n : 1)),
        Array.from({ length: n }, (_, i) => i),
      )
      return push(nodes, 'Expand', [range, lengths(out)])
    },
    operation(name, args, { dtype }) {
      const { onnx } = operations[name]
      const logical = name === 'and' || name === 'or' || name === 'xor'
      if (onnx === null) throw noEmitter(name, LANGUAGE)
      if (name === 'cast') return push(nodes, onnx, args, { to: elementTypes[dtype] })
      if (name === 'rem') return push(nodes, onnx, args, { fmod: 1 })
      if (name === 'ne') return push(nodes, 'Not', [push(nodes, onnx, args)])
      if (onnx === 'BitShift') return push(nodes, onnx, args, { direction: name === 'shiftLeft' ? 'LEFT' : 'RIGHT' })
      return push(nodes, logical && dtype !== 'bool' ? `Bitwise${onnx}` : onnx, args)
    },
  })

  function write(e: Equation, nodes: Node[]): void {
    const { primitive, outputs, params } = e
    if (primitive.lower.kind === 'scan') return scan(e, params as ScanParams, nodes)
    const texts = writePointwise(e, e.inputs.map(operand), scalars(nodes, outputs[0]!.aval.shape), LANGUAGE)
    if (texts !== null) return outputs.forEach((v, i) => names.set(v, texts[i]!))
    const name = structural(e, nodes)
    if (name === undefined) throw noEmitter(primitive.name, LANGUAGE)
    names.set(outputs[0]!, name)
  }

  function scan({ inputs: ins, outputs }: Equation, p: ScanParams, nodes: Node[]): void {
    const { body, reverse } = p
    const [fixed, each] = byStep(body, p.constants)
    body.inputs.slice(0, p.constants).forEach((v, i) => names.set(v, operand(ins[i]!)))
    fixed.forEach((e) => write(e, nodes))
    const moving = body.inputs.slice(p.constants)
    moving.forEach((v) => names.set(v, `v${count++}`))
    const steps: Node[] = []
    each.forEach((e) => write(e, steps))
    // ONNX wants a name of its own for each output of a body, also if the value comes from outside or is another
    // output.
    const declared = body.outputs.map((a) => ({
      name: push(steps, 'Identity', [operand(a)]),
      type: a.aval.dtype,
    }))
    const operands = ins.slice(p.constants).map(operand)
    const entries = moving.map((v) => ({ name: names.get(v)!, type: v.aval.dtype }))
    // A Scan counts its steps by a sequence: a loop without one reads zeros.
    const [clock, axes] = p.xsAxes.length > 0 ? [[], p.xsAxes] : [[{ name: `v${count++}`, type: 'f32' as const }], [0]]
    const ticks = clock.map(() =>
      stored(
        'f32',
        [p.length],
        Array.from({ length: p.length }, () => 0),
      ),
    )
    outputs.forEach((v) => names.set(v, `v${count++}`))
    const direction = (of: readonly number[]): readonly number[] => of.map(() => (reverse ? 1 : 0))
    nodes.push({
      op: 'Scan',
      inputs: [...operands, ...ticks],
      outputs: outputs.map((v) => names.get(v)!),
      attributes: {
        body: { nodes: steps, inputs: [...entries, ...clock], outputs: declared, initializers: [] },
        num_scan_inputs: axes.length,
        scan_input_axes: axes,
        scan_input_directions: direction(axes),
        ...(p.ysAxes.length === 0 ? {} : { scan_output_axes: p.ysAxes, scan_output_directions: direction(p.ysAxes) }),
      },
    })
  }

  program.inputs.forEach((v, i) => {
    names.set(v, i < constants.length ? `c${i}` : inputs[i - constants.length]!.name)
  })
  const nodes: Node[] = []
  program.equations.forEach((e) => write(e, nodes))
  const [result] = program.outputs
  const rows = shape.map((d) => (typeof d === 'number' ? integers([d]) : rowsOf(d)))
  const whole = push(sizes, 'Concat', rows, { axis: 0 })
  nodes.push({ op: 'Reshape', inputs: [operand(result!), whole], outputs: ['output'], attributes: {} })
  return {
    nodes: [...sizes, ...nodes],
    inputs: inputs.map(({ name, rows: open, width }) => ({ name, type: 'f32', shape: [open, width] })),
    outputs: [{ name: 'output', type: result!.aval.dtype, shape }],
    initializers,
  }
}
