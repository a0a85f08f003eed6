/** The scalar operations of pointwise primitives in each language: the one table of them. */
import { type DType, isFloat } from '@spikeward/core'
import type { BinaryOp, UnaryOp } from '@spikeward/core/backend'

/** The types of an operation: of its result, and of its first argument. */
export type Types = { readonly dtype: DType; readonly from: DType }

/** An operation as an expression of its arguments; `onnx` is an operator, or null where ONNX has none. */
type Operation = {
  js(args: readonly string[], types: Types): string
  /** Null: NumPy computes something else for these types. */
  numpy(args: readonly string[], types: Types): string | null
  readonly onnx: string | null
}

/** Names of NumPy's element types. */
export const numpyTypes: Readonly<Record<DType, string>> = {
  f32: 'np.float32',
  f64: 'np.float64',
  i32: 'np.int32',
  u32: 'np.uint32',
  bool: 'np.bool_',
}

/** The text in the precision of an element type. */
const rounded = (text: string, dtype: DType): string =>
  ({ f32: `f(${text})`, f64: text, i32: `${text}|0`, u32: `(${text})>>>0`, bool: text })[dtype]

/** The same sign in both languages; the result is rounded, or wraps. */
const infix = (sign: string, onnx: string): Operation => ({
  js: ([x, y], { dtype }) => rounded(`${x}${sign}${y}`, dtype),
  numpy: ([x, y]) => `${x} ${sign} ${y}`,
  onnx,
})

/** A comparison or another operation whose result needs no rounding. */
const exact = (js: string, numpy: string, onnx: string | null): Operation => ({
  js: ([x, y]) => `${x}${js}${y}`,
  numpy: ([x, y]) => `${x} ${numpy} ${y}`,
  onnx,
})

/** A function of JavaScript's `Math`. */
const math = (name: string, onnx: string, numpy = name): Operation => ({
  js: ([x], { dtype }) => rounded(`Math.${name}(${x})`, dtype),
  numpy: ([x]) => `np.${numpy}(${x})`,
  onnx,
})

/** Integers divide toward 0, and by zero give 0. */
const division = (sign: '/' | '%', numpy: string, onnx: string): Operation => ({
  js: ([x, y], { dtype }) => rounded(isFloat(dtype) ? `${x}${sign}${y}` : `(${y}?${x}${sign}${y}:0)`, dtype),
  numpy: ([x, y], { dtype }) => (isFloat(dtype) ? `np.${numpy}(${x}, ${y})` : null),
  onnx,
})

/** A float becomes the nearest integer toward 0 within range, NaN becomes 0. */
function castInJs([x]: readonly string[], { dtype, from }: Types): string {
  if (dtype === 'bool') return `${x}!=0`
  if (!isFloat(dtype) && isFloat(from)) {
    const [low, high] = dtype === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1]
    return `Math.min(${high},Math.max(${low},Math.trunc(${x})))||0`
  }
  return rounded(`+${x}`, dtype)
}

/** Every operation; a new one is a type error here. */
export const operations: Readonly<Record<Exclude<UnaryOp, 'bitcast'> | BinaryOp | 'select', Operation>> = {
  neg: { js: ([x], { dtype }) => rounded(`-${x}`, dtype), numpy: ([x]) => `-${x}`, onnx: 'Neg' },
  abs: math('abs', 'Abs'),
  sign: math('sign', 'Sign'),
  floor: math('floor', 'Floor'),
  exp: math('exp', 'Exp'),
  log: math('log', 'Log'),
  sqrt: math('sqrt', 'Sqrt'),
  sin: math('sin', 'Sin'),
  cos: math('cos', 'Cos'),
  tanh: math('tanh', 'Tanh'),
  erf: { js: ([x], { dtype }) => rounded(`erf(${x})`, dtype), numpy: ([x]) => `erf(${x})`, onnx: 'Erf' },
  arctan: math('atan', 'Atan', 'arctan'),
  not: { js: ([x]) => `!${x}`, numpy: ([x]) => `~${x}`, onnx: 'Not' },
  cast: { js: castInJs, numpy: ([x], { dtype }) => `${x}.astype(${numpyTypes[dtype]})`, onnx: 'Cast' },
  add: infix('+', 'Add'),
  sub: infix('-', 'Sub'),
  mul: {
    js: ([x, y], { dtype }) => rounded(isFloat(dtype) ? `${x}*${y}` : `Math.imul(${x},${y})`, dtype),
    numpy: ([x, y]) => `${x} * ${y}`,
    onnx: 'Mul',
  },
  div: division('/', 'divide', 'Div'),
  rem: division('%', 'fmod', 'Mod'),
  pow: {
    js: ([x, y], { dtype }) => rounded(`${x}===1||${x}===-1&&Math.abs(${y})===1/0?1:${x}**${y}`, dtype),
    numpy: ([x, y]) => `np.power(${x}, ${y})`,
    onnx: 'Pow',
  },
  max: { js: ([x, y]) => `Math.max(${x},${y})`, numpy: ([x, y]) => `np.maximum(${x}, ${y})`, onnx: 'Max' },
  min: { js: ([x, y]) => `Math.min(${x},${y})`, numpy: ([x, y]) => `np.minimum(${x}, ${y})`, onnx: 'Min' },
  and: infix('&', 'And'),
  or: infix('|', 'Or'),
  xor: infix('^', 'Xor'),
  shiftLeft: infix('<<', 'BitShift'),
  shiftRight: {
    js: ([x, y], { dtype }) => (dtype === 'u32' ? `${x}>>>${y}` : `${x}>>${y}`),
    numpy: ([x, y]) => `${x} >> ${y}`,
    onnx: 'BitShift',
  },
  lt: exact('<', '<', 'Less'),
  le: exact('<=', '<=', 'LessOrEqual'),
  eq: exact('==', '==', 'Equal'),
  ne: exact('!=', '!=', 'Equal'),
  select: {
    js: ([c, x, y]) => `${c}?${x}:${y}`,
    numpy: ([c, x, y]) => `np.where(${c}, ${x}, ${y})`,
    onnx: 'Where',
  },
}
