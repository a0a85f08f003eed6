import { SpikewardError } from '../errors.js'
import { arityOf, contains, isComparison, operations, type ScalarOp } from '../plan/operations.js'
import type { Plan } from '../plan/plan.js'
import type { FieldType } from '../routines/routineDeclaration.js'
import { routines } from '../routines/routines.js'
import type { DType } from '../tensor/dtype.js'

/**
 * Returns null if a value has the form, else what is wrong, to be read after the name of the value:
 * `.size is 2.5, not a whole number`. A name is only put together where something is wrong.
 */
type Form = (value: unknown) => string | null

type Fields = Readonly<Record<string, unknown>>

/**
 * @param what says what is wrong
 * @throws INVALID_PLAN
 */
export function require(holds: boolean, what: () => string): asserts holds {
  if (!holds)
    throw new SpikewardError(
      'INVALID_PLAN',
      `${what()}; the plan is not well formed; this is a bug in the code that made it`,
    )
}

const show = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'an array' : 'an object') : String(value)

const form =
  (holds: (value: unknown) => boolean, expected: string): Form =>
  (value) =>
    holds(value) ? null : ` is ${show(value)}, not ${expected}`

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const list =
  (each: Form): Form =>
  (value) => {
    if (!Array.isArray(value)) return ` is ${show(value)}, not an array`
    // By index: `forEach` would pass over holes.
    for (let i = 0; i < value.length; i++) {
      const wrong = each((value as unknown[])[i])
      if (wrong !== null) return `[${i}]${wrong}`
    }
    return null
  }

const record = (fields: Readonly<Record<string, Form>>): Form => {
  const forms = Object.entries(fields)
  return (value) => {
    if (!isRecord(value)) return ` is ${show(value)}, not an object`
    for (const [name, check] of forms) {
      const wrong = check(value[name])
      if (wrong !== null) return `.${name}${wrong}`
    }
    return null
  }
}

/** A record whose field `key` determines its other fields. */
const variant =
  (key: string, forms: Readonly<Record<string, Form>>): Form =>
  (value) => {
    if (!isRecord(value)) return ` is ${show(value)}, not an object`
    const kind = value[key]
    if (typeof kind !== 'string' || !Object.hasOwn(forms, kind)) return `.${key} is ${show(kind)}, which does not exist`
    return forms[kind]!(value)
  }

const oneOf = (...choices: readonly unknown[]): Form => form((v) => choices.includes(v), `one of ${choices.join(', ')}`)
const orNull =
  (check: Form): Form =>
  (value) =>
    value === null ? null : check(value)

const text = form((v) => typeof v === 'string', 'text')
const truth = form((v) => typeof v === 'boolean', 'true or false')
const number = form((v) => typeof v === 'number', 'a number')
const integer = form((v) => Number.isSafeInteger(v), 'a whole number')
const count = form((v) => Number.isSafeInteger(v) && (v as number) >= 0, 'a whole number of at least 0')
/** Tables of addresses have an entry for each buffer. */
const buffers = form((v) => Number.isSafeInteger(v) && (v as number) >= 0 && (v as number) <= 2 ** 20, 'from 0 to 2^20')
const dtype = oneOf('f32', 'f64', 'i32', 'u32', 'bool' satisfies DType)
const float = oneOf('f32', 'f64')
const index = oneOf('i32', 'u32')

const fields = { dtype, size: count }
const slot = variant('kind', {
  input: record({ ...fields, index: count }),
  output: record({ ...fields, index: count }),
  temporary: record({ ...fields, byteOffset: count }),
})
const operand = record({ slot: count, offset: integer, advance: list(integer) })
const access = { dtype, offset: integer, strides: list(integer) }

const operation = record({ dtype, args: list(count) })

const applied: Form = (value) => {
  const wrong = operation(value)
  if (wrong !== null) return wrong
  const { op, args } = value as { readonly op: ScalarOp; readonly args: readonly number[] }
  return args.length === arityOf(op) ? null : `: ${op} of ${args.length} arguments`
}

const node = variant('op', {
  const: record({ dtype, value: number }),
  load: record({ dtype, operand: count }),
  index: record({ dtype, axis: count }),
  carry: record({ dtype, carry: count }),
  final: record({ dtype, carry: count }),
  ...Object.fromEntries(Object.keys(operations).map((op): [string, Form] => [op, applied])),
})

const kernel = record({
  name: text,
  space: list(count),
  time: orNull(count),
  reduce: list(count),
  loads: list(record(access)),
  nodes: list(node),
  carries: list(record({ dtype, init: count, next: count })),
  stores: list(
    record({
      ...access,
      node: count,
      when: oneOf('each', 'once'),
      reduce: oneOf('sum', 'max', 'min', null),
    }),
  ),
})

const axes = list((value) => list(integer)(value) ?? ((value as unknown[]).length === 2 ? null : ' is no pair'))
const sides = record({ m: axes, k: axes })
const windows: Form = (value) => (value === undefined ? null : sides(value))

/** The form of a field of a routine. */
const formOf = (field: FieldType): Form =>
  typeof field === 'object'
    ? record(Object.fromEntries(field.strides.map((axis) => [axis, integer])))
    : { any: dtype, float, index, count, flag: truth, windows }[field]

const routineForms = Object.fromEntries(
  Object.values(routines).map(({ kind, fields: own }): [string, Form] => [
    kind,
    record(Object.fromEntries(Object.entries(own).map(([name, field]) => [name, formOf(field)]))),
  ]),
)

const step: Form = variant('kind', {
  kernel: record({ kernel, loads: list(operand), stores: list(operand) }),
  routine: record({ routine: variant('kind', routineForms), ins: list(operand), outs: list(operand) }),
  loop: record({ length: count, steps: (value) => list(step)(value) }),
})

const plan = record({
  slots: list(slot),
  inputs: buffers,
  outputs: buffers,
  donations: list(orNull(count)),
  workspace: count,
  steps: list(step),
})

/** The types that an operation takes and returns, once its arguments are known to precede it. */
export function checkTypes(op: ScalarOp, dtype: DType, args: readonly DType[], here: (what: string) => string): void {
  const [x, y, z] = args
  if (op === 'select')
    return require(x === 'bool' && y === dtype && z === dtype, () => here(`select of ${args.join(', ')}`))
  require(args.every(contains[operations[op].takes]) && (y === undefined || x === y), () =>
    here(`${op} of ${args.join(', ')}`))
  if (op === 'cast') return
  const fits = op === 'bitcast' ? contains.words(dtype) : dtype === (isComparison(op) ? 'bool' : x)
  require(fits, () => here(`${op} of ${args.join(', ')} gives ${dtype}`))
}

/**
 * Checks that a value has the form of a Plan: every field is there and of its type, so that code which reads it meets
 * no surprise.
 *
 * @throws INVALID_PLAN, which names the field
 */
export const checkForm: (value: unknown) => asserts value is Plan = (value) => {
  const wrong = plan(value)
  require(wrong === null, () => `plan${wrong}`)
}
