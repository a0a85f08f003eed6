export type Callable<T> = {
  readonly apply: (...args: T[]) => T
  readonly least: number
  readonly most: number
}

export type Arithmetic<T> = {
  readonly constant: (value: number) => T
  readonly negate: (a: T) => T
  readonly power: (a: T, b: T) => T
  readonly sums: Readonly<Record<string, (a: T, b: T) => T>>
  readonly products: Readonly<Record<string, (a: T, b: T) => T>>
  readonly functions: Readonly<Record<string, Callable<T>>>
}

export const unary = <T>(apply: (x: T) => T): Callable<T> => ({ apply, least: 1, most: 1 })

export const variadic = <T>(apply: (...xs: T[]) => T): Callable<T> => ({ apply, least: 1, most: 64 })

/** Arithmetic of numbers. */
export const numberArithmetic: Arithmetic<number> = {
  constant: (value) => value,
  negate: (a) => -a,
  power: (a, b) => a ** b,
  sums: { '+': (a, b) => a + b, '-': (a, b) => a - b },
  products: { '*': (a, b) => a * b, '/': (a, b) => a / b },
  functions: {
    sin: unary(Math.sin),
    cos: unary(Math.cos),
    tan: unary(Math.tan),
    sinh: unary(Math.sinh),
    cosh: unary(Math.cosh),
    tanh: unary(Math.tanh),
    exp: unary(Math.exp),
    log: unary(Math.log),
    sqrt: unary(Math.sqrt),
    abs: unary(Math.abs),
    sign: unary(Math.sign),
    min: variadic(Math.min),
    max: variadic(Math.max),
  },
}
