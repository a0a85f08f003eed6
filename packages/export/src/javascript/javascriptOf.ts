/** The writer of JavaScript: a function of typed arrays from a Program. */
import { isLiteral } from '@spikeward/core'
import type { Atom, DType, DotParams, Equation, Primitive, ScanParams, Var } from '@spikeward/core'
import { axesOfDot, byStep, product, stridesOf } from '../program/axes.js'
import type { OpenProgram } from '../program/openProgram.js'
import { operations } from '../program/operations.js'
import { noEmitter, writePointwise } from '../program/pointwise.js'
import { type Helper, helpers } from './helpers.js'

/**
 * JavaScript of a Program: the helpers that it calls, and a function of the numbers of rows, the inputs and the
 * constants.
 */
export type JavaScript = { readonly helpers: string; readonly run: string }

/** The typed arrays of element types; a truth value is a byte. */
export const arrays: Readonly<Record<DType, string>> = {
  f32: 'Float32Array',
  f64: 'Float64Array',
  i32: 'Int32Array',
  u32: 'Uint32Array',
  bool: 'Uint8Array',
}

/** Pointwise equations of one shape, which become one loop. */
type Loop = {
  readonly size: string
  readonly members: Equation[]
  readonly lines: string[]
  readonly locals: Map<Var, string>
}

const loopOf = (size: string): Loop => ({ size, members: [], lines: [], locals: new Map() })

/**
 * Writes a Program as `run(n, x, c)`: numbers of rows, inputs and constants as typed arrays; its result is one.
 * Pointwise equations of one shape share a loop, and equations that are the same at every time step come before the
 * time loop.
 *
 * @throws EXPORT_PRIMITIVE
 */
export function javascriptOf({ program, constants, inputs, factors }: OpenProgram): JavaScript {
  const used = new Set<Helper>()
  const call = (name: Helper): string => {
    used.add(name)
    return name
  }
  let count = 0
  const fresh = (): string => `v${count++}`
  const size = (n: number): string => {
    const [rest, ...names] = factors(n)
    return names.length > 0 && rest === 1 ? names.join('*') : [rest, ...names].join('*')
  }
  const list = (numbers: readonly number[]): string => `[${numbers.map(size).join()}]`
  const number = (value: number, dtype: DType): string => {
    const text = String(dtype === 'f32' ? Math.fround(value) : Number(value)).replace('Infinity', '1/0')
    return value < 0 || Object.is(value, -0) || text.includes('/') ? `(${Object.is(value, -0) ? '-0' : text})` : text
  }
  const newArray = (dtype: DType, n: number): string => `new ${arrays[dtype]}(${size(n)})`

  function block(
    equations: readonly Equation[],
    results: readonly Atom[],
    names: Map<Var, string>,
    lines: string[],
  ): string[] {
    const readBy = new Map<Var, Equation[]>()
    for (const e of equations) for (const a of e.inputs) if (!isLiteral(a)) readBy.set(a, [...(readBy.get(a) ?? []), e])
    const wanted = new Set<Atom>(results)
    let loop = loopOf('')
    const flush = (): void => {
      const { size: length, members, locals } = loop
      if (members.length === 0) return
      const stores: string[] = []
      for (const [v, local] of locals) {
        if (!wanted.has(v) && (readBy.get(v) ?? []).every((e) => members.includes(e))) continue
        const name = fresh()
        names.set(v, name)
        lines.push(`const ${name}=${newArray(v.aval.dtype, product(v.aval.shape))}`)
        stores.push(`${name}[i]=${local}`)
      }
      lines.push(`for(let i=0,e=${length};i<e;i++){${[...loop.lines, ...stores].join(';')}}`)
      loop = loopOf('')
    }
    /** The array of an operand. */
    const array = (a: Atom): string =>
      isLiteral(a) ? `${arrays[a.aval.dtype]}.of(${number(a.literal, a.aval.dtype)})` : names.get(a)!
    for (const e of equations) {
      const shape = e.outputs[0]!.aval.shape
      const pointwise = e.primitive.lower.kind === 'pointwise'
      const depends = e.inputs.some((a) => !isLiteral(a) && loop.locals.has(a))
      if (!pointwise) {
        if (depends) flush()
        other(e, array, names, lines)
        continue
      }
      const length = size(product(shape))
      if (loop.size !== length) {
        flush()
        loop = loopOf(length)
      }
      const current = loop
      current.members.push(e)
      const element = (a: Atom): string => {
        if (isLiteral(a)) return number(a.literal, a.aval.dtype)
        return current.locals.get(a) ?? `${names.get(a)!}[${a.aval.shape.length === 0 ? 0 : 'i'}]`
      }
      const strides = stridesOf(shape)
      const texts = writePointwise(
        e,
        e.inputs.map(element),
        {
          constant: number,
          index: (axis) => `((i/${size(strides[axis]!)}|0)%${size(shape[axis]!)})`,
          operation(name, args, types) {
            const text = operations[name].js(args, types)
            if (text.startsWith('f(')) call('f')
            if (name === 'erf') call('erf')
            const local = fresh()
            current.lines.push(`const ${local}=${text}`)
            return local
          },
        },
        'JavaScript',
      )!
      e.outputs.forEach((v, i) => current.locals.set(v, texts[i]!))
    }
    flush()
    return results.map(array)
  }

  /** The elements of an array through an affine map, as a new one. */
  const read = (x: string, at: number, dims: readonly number[], steps: readonly number[]): string =>
    `${call('read')}(${x},${size(at)},${list(dims)},${list(steps)})`

  /** The operand with its axes in another order. */
  const permuted = (x: string, shape: readonly number[], order: readonly number[]): string => {
    const strides = stridesOf(shape)
    if (order.every((a, i) => a === i)) return x
    return read(
      x,
      0,
      order.map((a) => shape[a]!),
      order.map((a) => strides[a]!),
    )
  }

  function other(e: Equation, array: (a: Atom) => string, names: Map<Var, string>, lines: string[]): void {
    const { primitive, inputs: ins, outputs, params } = e
    const define = (text: string): void => {
      const name = fresh()
      names.set(outputs[0]!, name)
      lines.push(`const ${name}=${text}`)
    }
    const lower = primitive.lower as Primitive<never>['lower']
    const out = outputs[0]!.aval
    const shapes = ins.map(({ aval }) => aval.shape)
    switch (lower.kind) {
      case 'reshape':
        names.set(outputs[0]!, array(ins[0]!))
        return
      case 'view': {
        const a = ins[0]!
        if (isLiteral(a))
          return define(`${newArray(out.dtype, product(out.shape))}.fill(${number(a.literal, out.dtype)})`)
        const strides = stridesOf(a.aval.shape)
        const steps = out.shape.map(() => 0)
        let at = 0
        lower.view(a.aval, params as never).axes.forEach(({ from, start, step, shear }, axis) => {
          at += start * strides[axis]!
          if (from !== null) steps[from]! += step * strides[axis]!
          if (shear !== undefined) steps[shear.along]! += shear.slope * strides[axis]!
        })
        return define(read(array(a), at, out.shape, steps))
      }
      case 'assemble': {
        const { fill, regions } = lower.regions(
          ins.map(({ aval }) => aval),
          params as never,
        )
        const strides = stridesOf(out.shape)
        define(newArray(out.dtype, product(out.shape)) +
          (fill === null || fill === 0 ? '' : `.fill(${number(fill, out.dtype)})`))
        for (const { operand, start, step } of regions) {
          const at = start.reduce((sum, s, a) => sum + s * strides[a]!, 0)
          const steps = step.map((s, a) => s * strides[a]!)
          lines.push(
            `${call('write')}(${[names.get(outputs[0]!)!, array(ins[operand]!), size(at), list(shapes[operand]!), list(steps)].join()})`,
          )
        }
        return
      }
      case 'reduce': {
        const axes = lower.axes(params as never)
        const remaining = shapes[0]!.map((_, a) => a).filter((a) => !axes.includes(a))
        const k = product(axes.map((a) => shapes[0]![a]!))
        const [start, by] = { sum: ['0', '(a,b)=>a+b'], max: ['-1/0', 'Math.max'], min: ['1/0', 'Math.min'] }[lower.op]
        const x = permuted(array(ins[0]!), shapes[0]!, [...remaining, ...axes])
        return define(`${call('reduce')}(${x},${size(product(out.shape))},${size(k)},${start},${by})`)
      }
      case 'dot': {
        const [a, b] = axesOfDot(params as DotParams, [shapes[0]!.length, shapes[1]!.length])
        const of = (axes: readonly number[], side: 0 | 1): string => size(product(axes.map((i) => shapes[side]![i]!)))
        const x = permuted(array(ins[0]!), shapes[0]!, [...a.batch, ...a.free, ...a.contract])
        const w = permuted(array(ins[1]!), shapes[1]!, [...b.batch, ...b.contract, ...b.free])
        return define(
          `${call('dot')}(${[x, w, of(a.batch, 0), of(a.free, 0), of(a.contract, 0), of(b.free, 1)].join()})`,
        )
      }
      case 'scan':
        scan(e, params as ScanParams, array, names, lines)
        return
      default:
        if (primitive.name !== 'gather') throw noEmitter(primitive.name, 'JavaScript')
        define(`${call('gather')}(${[array(ins[0]!), size(shapes[0]![0]!), size(product(shapes[0]!.slice(1))), array(ins[1]!)].join()})`)
    }
  }

  function scan(
    { inputs: ins, outputs }: Equation,
    p: ScanParams,
    array: (a: Atom) => string,
    names: Map<Var, string>,
    lines: string[],
  ): void {
    const { body, length, carries, reverse, xsAxes, ysAxes } = p
    const [once, each] = byStep(body, p.constants)
    const inner = new Map<Var, string>()
    body.inputs.slice(0, p.constants).forEach((v, i) => inner.set(v, array(ins[i]!)))
    const readLater = new Set<Atom>([...each.flatMap((e) => e.inputs), ...body.outputs])
    block(
      once,
      once.flatMap((e) => e.outputs.filter((v) => readLater.has(v))),
      inner,
      lines,
    )
    const states = body.inputs.slice(p.constants, p.constants + carries)
    states.forEach((v, i) => {
      const name = fresh()
      inner.set(v, name)
      names.set(outputs[i]!, name)
      lines.push(`let ${name}=${array(ins[p.constants + i]!)}`)
    })
    outputs.slice(carries).forEach((v) => {
      const name = fresh()
      names.set(v, name)
      lines.push(`const ${name}=${newArray(v.aval.dtype, product(v.aval.shape))}`)
    })
    const step: string[] = []
    body.inputs.slice(p.constants + carries).forEach((v, i) => {
      const a = ins[p.constants + carries + i]!
      const strides = stridesOf(a.aval.shape)
      const along = strides.splice(xsAxes[i]!, 1)[0]!
      const name = fresh()
      inner.set(v, name)
      step.push(`const ${name}=${call('read')}(${array(a)},t*${size(along)},${list(v.aval.shape)},${list(strides)})`)
    })
    const results = block(each, body.outputs, inner, step)
    outputs.slice(carries).forEach((v, i) => {
      const strides = stridesOf(v.aval.shape)
      const along = strides.splice(ysAxes[i]!, 1)[0]!
      const { shape } = body.outputs[carries + i]!.aval
      step.push(
        `${call('write')}(${names.get(v)!},${results[carries + i]!},t*${size(along)},${list(shape)},${list(strides)})`,
      )
    })
    if (carries > 0) step.push(`;[${states.map((v) => inner.get(v)!).join()}]=[${results.slice(0, carries).join()}]`)
    const head = reverse ? `for(let t=${size(length)}-1;t>=0;t--)` : `for(let t=0;t<${size(length)};t++)`
    lines.push(`${head}{\n${step.join('\n')}\n}`)
  }

  const names = new Map<Var, string>()
  program.inputs.forEach((v, i) => {
    names.set(v, i < constants.length ? `c${i}` : inputs[i - constants.length]!.name)
  })
  const lines = [`const [${constants.map((_, i) => `c${i}`).join()}]=c`]
  const [result] = block(program.equations, program.outputs, names, lines)
  const rows = [...new Set(inputs.map((input) => input.rows))]
  const parameters = [...rows, ...inputs.map(({ name }) => name), 'c'].join()
  const run = `function run(${parameters}){\n${lines.join('\n')}\nreturn ${result!}\n}`
  const defined = (Object.keys(helpers) as Helper[]).filter((name) => used.has(name)).map((name) => helpers[name])
  return { helpers: defined.join('\n'), run }
}
