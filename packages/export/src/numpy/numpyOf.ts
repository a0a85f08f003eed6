/** The writer of Python: a function of NumPy arrays from a Program. */
import { isLiteral } from '@spikeward/core'
import type { Atom, DType, DotParams, Equation, ScanParams, Var } from '@spikeward/core'
import { type StructuralParams, byStep, einsumOf, isMatmul } from '../program/axes.js'
import type { OpenProgram } from '../program/openProgram.js'
import { numpyTypes, operations } from '../program/operations.js'
import { noEmitter, writePointwise } from '../program/pointwise.js'

const LANGUAGE = 'NumPy'

/**
 * Writes a Program as `_run(n, x, c)`: numbers of rows, inputs and constants, both as arrays. Each equation is one
 * line, and equations that are the same at every time step come before the time loop.
 *
 * @throws EXPORT_PRIMITIVE
 */
export function numpyOf({ program, constants, inputs, factors }: OpenProgram): string {
  let count = 0
  const fresh = (): string => `v${count++}`
  const size = (n: number): string => {
    const [rest, ...names] = factors(n)
    return names.length > 0 && rest === 1 ? names.join(' * ') : [rest, ...names].join(' * ')
  }
  const tuple = (numbers: readonly number[]): string =>
    `(${numbers.map(size).join(', ')}${numbers.length === 1 ? ',' : ''})`
  const number = (value: number, dtype: DType): string => {
    if (dtype === 'bool') return value === 0 ? 'np.False_' : 'np.True_'
    const text = Number.isFinite(value) ? String(Object.is(value, -0) ? '-0.0' : value) : `float('${value}')`
    return `${dtype === 'f32' ? 'f' : numpyTypes[dtype]}(${text})`
  }
  const names = new Map<Var, string>()
  const operand = (a: Atom): string => (isLiteral(a) ? number(a.literal, a.aval.dtype) : names.get(a)!)

  /** Start : stop : step along each axis; what is whole is left out. */
  const ranges = (starts: readonly number[], steps: readonly number[], lengths: readonly number[]): string =>
    starts
      .map((start, a) => {
        const stop = start + steps[a]! * (lengths[a]! - 1) + Math.sign(steps[a]!)
        return `${start === 0 ? '' : size(start)}:${stop < 0 ? '' : size(stop)}${steps[a] === 1 ? '' : `:${steps[a]}`}`
      })
      .join(', ')

  /** The text of a structural primitive's result; undefined: NumPy has none here. */
  function structural({ primitive, inputs: ins, outputs, params }: Equation): string | undefined {
    const { name } = primitive
    const [x, y] = ins.map(operand)
    const out = outputs[0]!.aval
    const p = params as StructuralParams
    const { shape } = ins[0]?.aval ?? out
    switch (name) {
      case 'broadcast': {
        if (isLiteral(ins[0]!)) return `np.full(${tuple(out.shape)}, ${x}, ${numpyTypes[out.dtype]})`
        const extents = out.shape.map((_, a) => (p.axes.includes(a) ? shape[p.axes.indexOf(a)]! : 1))
        return `np.broadcast_to(${x}.reshape(${tuple(extents)}), ${tuple(out.shape)})`
      }
      case 'reshape':
        return `${x}.reshape(${tuple(out.shape)})`
      case 'transpose':
        return `${x}.transpose(${p.perm.join(', ')})`
      case 'slice':
        return `${x}[${ranges(p.starts, p.steps, p.lengths)}]`
      case 'shear': {
        const of = `start=${p.start}, step=${p.step}, slope=${p.slope}, length=${size(p.length)}`
        return `shear(${x}, ${p.axis}, ${p.along}, ${of})`
      }
      case 'concatenate':
        return `np.concatenate([${ins.map(operand).join(', ')}], ${p.axis})`
      case 'sum':
        return `${x}.sum((${p.axes.join(', ')},), dtype=${numpyTypes[out.dtype]})`
      case 'reduce_max':
      case 'reduce_min':
        return `${x}.${name.slice(7)}((${p.axes.join(', ')},))`
      case 'gather':
        return `${x}[np.clip(${y}, 0, ${size(shape[0]! - 1)})]`
      case 'dot': {
        const ranks = [shape.length, ins[1]!.aval.shape.length] as const
        const product = params as DotParams
        return isMatmul(product, ranks)
          ? `${x} @ ${y}`
          : `np.einsum('${einsumOf(product, ranks)}', ${x}, ${y}, optimize=True)`
      }
      default:
        return undefined
    }
  }

  function write(e: Equation, lines: string[]): void {
    const define = (text: string): string => {
      const name = fresh()
      lines.push(`${name} = ${text}`)
      return name
    }
    const { primitive, outputs, params } = e
    const [out] = outputs
    if (primitive.lower.kind === 'scan') return scan(e, params as ScanParams, lines)
    if (primitive.name === 'embed') {
      const { fill, starts, steps } = params as StructuralParams
      const name = define(`np.full(${tuple(out!.aval.shape)}, ${fill}, ${numpyTypes[out!.aval.dtype]})`)
      lines.push(`${name}[${ranges(starts, steps, e.inputs[0]!.aval.shape)}] = ${operand(e.inputs[0]!)}`)
      names.set(out!, name)
      return
    }
    const texts = writePointwise(
      e,
      e.inputs.map(operand),
      {
        constant: number,
        index: (axis, dtype) => {
          const along = out!.aval.shape.map((d, a) => (a === axis ? d : 1))
          const range = `np.arange(${size(along[axis]!)}, dtype=${numpyTypes[dtype]})`
          return define(`np.broadcast_to(${range}.reshape(${tuple(along)}), ${tuple(out!.aval.shape)})`)
        },
        operation(name, args, types) {
          const text = operations[name].numpy(args, types)
          if (text === null) throw noEmitter(`${name} of ${types.dtype}`, LANGUAGE)
          return define(text)
        },
      },
      LANGUAGE,
    )
    if (texts !== null) return outputs.forEach((v, i) => names.set(v, texts[i]!))
    const text = structural(e)
    if (text === undefined) throw noEmitter(primitive.name, LANGUAGE)
    names.set(out!, define(text))
  }

  function scan({ inputs: ins, outputs }: Equation, p: ScanParams, lines: string[]): void {
    const { body, length, carries, reverse, xsAxes, ysAxes } = p
    const [once, each] = byStep(body, p.constants)
    body.inputs.slice(0, p.constants).forEach((v, i) => names.set(v, operand(ins[i]!)))
    once.forEach((e) => write(e, lines))
    const states = body.inputs.slice(p.constants, p.constants + carries).map((v, i) => {
      const name = fresh()
      names.set(v, name)
      names.set(outputs[i]!, name)
      lines.push(`${name} = ${operand(ins[p.constants + i]!)}`)
      return name
    })
    const collected = outputs.slice(carries).map((v) => {
      const name = fresh()
      names.set(v, name)
      lines.push(`${name} = np.empty(${tuple(v.aval.shape)}, ${numpyTypes[v.aval.dtype]})`)
      return name
    })
    const at = (axis: number): string => `[${':, '.repeat(axis)}t]`
    const step = body.inputs.slice(p.constants + carries).map((v, i) => {
      const name = fresh()
      names.set(v, name)
      return `${name} = ${operand(ins[p.constants + carries + i]!)}${at(xsAxes[i]!)}`
    })
    each.forEach((e) => write(e, step))
    const results = body.outputs.map(operand)
    collected.forEach((name, i) => step.push(`${name}${at(ysAxes[i]!)} = ${results[carries + i]!}`))
    if (carries > 0) step.push(`${states.join(', ')} = ${results.slice(0, carries).join(', ')}`)
    lines.push(`for t in ${reverse ? 'reversed(' : ''}range(${size(length)})${reverse ? ')' : ''}:`)
    lines.push(...step.map((line) => `    ${line}`))
  }

  program.inputs.forEach((v, i) => {
    names.set(v, i < constants.length ? `c[${i}]` : inputs[i - constants.length]!.name)
  })
  const lines: string[] = []
  program.equations.forEach((e) => write(e, lines))
  const rows = [...new Set(inputs.map((input) => input.rows))]
  const parameters = [...rows, ...inputs.map(({ name }) => name), 'c'].join(', ')
  return `def _run(${parameters}):\n${[...lines, `return ${operand(program.outputs[0]!)}`].map((line) => `    ${line}`).join('\n')}\n`
}
