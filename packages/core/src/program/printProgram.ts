import { printAval } from '../tensor/aval.js'
import { type Atom, type Program, type Var, isLiteral } from './program.js'

/**
 * Prints a Program, one equation a line. Variables are named in order of appearance, so that equal Programs print
 * equally.
 *
 *     lambda a:f32[3] b:f32[3] .
 *       c:f32[3] = mul a b
 *       d:f32[] = sum[axes=[0]] c
 *       in d
 */
export function printProgram(program: Program, indent = ''): string {
  const names = new Map<Var, string>()
  const name = (v: Var): string => {
    let n = names.get(v)
    if (n === undefined) names.set(v, (n = letters(names.size)))
    return n
  }
  const typed = (v: Var): string => `${name(v)}:${printAval(v.aval)}`
  const atom = (a: Atom): string =>
    isLiteral(a) ? printNumber(a.literal) + (a.aval.dtype === 'f32' ? '' : a.aval.dtype) : name(a)
  const lines = [`${indent}lambda ${program.inputs.map(typed).join(' ')} .`]
  for (const e of program.equations) {
    const params = printParams(e.params, `${indent}    `)
    lines.push(
      `${indent}  ${[...e.outputs.map(typed), '=', e.primitive.name + params, ...e.inputs.map(atom)].join(' ')}`,
    )
  }
  lines.push(`${indent}  in ${program.outputs.map(atom).join(' ')}`)
  return lines.join('\n')
}

/** 0 → a, 25 → z, 26 → aa. */
function letters(i: number): string {
  const last = String.fromCharCode(97 + (i % 26))
  return i < 26 ? last : letters(Math.floor(i / 26) - 1) + last
}

const printNumber = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

const isProgram = (x: object): x is Program => 'equations' in x && 'inputs' in x && 'outputs' in x

/**
 * Prints parameters. Data and Programs print completely; functions (rules) do not print, since they do not change the
 * result.
 */
export function printParams(params: unknown, indent = '  '): string {
  if (params === null || params === undefined) return ''
  const value = (x: unknown): string => {
    if (typeof x === 'number') return printNumber(x)
    if (Array.isArray(x)) return `[${x.map(value).join(',')}]`
    if (typeof x === 'function') return 'fn'
    if (typeof x === 'object' && x !== null) {
      if (isProgram(x)) return `(\n${printProgram(x, indent)})`
      return `{${Object.entries(x)
        .map(([k, v]) => `${k}=${value(v)}`)
        .join(' ')}}`
    }
    return String(x)
  }
  return `[${Object.entries(params)
    .map(([k, v]) => `${k}=${value(v)}`)
    .join(' ')}]`
}
