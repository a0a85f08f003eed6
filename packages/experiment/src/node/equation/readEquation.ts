/** Equations as JSON: read, checked, and made into problems. Formulas are parsed, and never run as code. */
import type { z } from 'zod'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type OperatorProblem, type PinnProblem, type Tensor, type TensorLike, add, sub } from '@spikeward/core'
import type { JsonRecord } from '@spikeward/train'
import {
  type At,
  type Components,
  type ConditionMaker,
  type ConditionValue,
  type Geometry,
  type InterfaceOptions,
  type More,
  ball,
  box,
  condition,
  d,
  difference,
  dirichlet,
  equationProblem,
  initial,
  interfaceBetween,
  intersection,
  neumann,
  periodic,
  pointValues,
  polygon,
  robin,
  triangleMesh,
  union,
} from '@spikeward/problems'
import { readRegularText } from '@spikeward/core/node'
import { loadMeasurements, loadPointCloud, loadPolygon, readMesh } from '@spikeward/problems/node'
import { parseUserJson } from '../../io/texts.js'
import { numberArithmetic, tensorArithmetic } from '../../prediction/arithmetic.js'
import { type FormulaOf, parseFormulaIn } from '../../prediction/parseFormula.js'
import { reasonOf } from '../../plugins/reference.js'
import { usageError } from '../../usage/usageError.js'
import { checkFinite, checkParts, equationSchema } from '../../equation/equationSchema.js'
import type { ConditionRecord, EquationFile, ShapeRecord } from '../../equation/equationSchema.js'
import type { InputFile } from '../../config/trainConfig.js'

/**
 * The problem of a file.
 *
 * @throws CLI_EQUATION for a file that cannot be read or does not fit the schema, CLI_EXPRESSION for a formula, those
 *   of `readMesh`, `loadPolygon` and `loadPointCloud` for the files of a shape and of `loadMeasurements`,
 *   INVALID_OPTION for names that do not fit
 */
export async function readEquation(path: string): Promise<PinnProblem> {
  const file = await checkedEquation(path)
  const folder = dirname(path)
  const shape = file.shape === undefined ? null : await shapeOf(file.shape, folder)
  const names = { axes: axesOf(file, shape), unknowns: file.unknowns ?? ['u'] }
  const places = await Promise.all((file.conditions ?? []).map((c) => placeOf(c, folder)))
  const conditions = await Promise.all((file.conditions ?? []).map((c) => withMeasurements(c, names, folder)))
  const problem = equationOf(path, { ...file, conditions }, shape, places)
  await checkFinite(path, problem)
  return problem
}

export const equationFrom = (record: unknown, place: string): PinnProblem =>
  equationOf(place, parsedEquation(record, place), null, [])

export async function checkedEquation(path: string): Promise<EquationFile> {
  const text = await readRegularText(path, { what: 'an equation' }).catch((cause: unknown) => {
    throw usageError('CLI_EQUATION', reasonOf(cause), cause)
  })
  let parsed: unknown
  try {
    parsed = parseUserJson(text)
  } catch (cause) {
    throw usageError('CLI_EQUATION', `${path} is no JSON: ${reasonOf(cause)}; give the path of an equation`, cause)
  }
  return parsedEquation(parsed, path)
}

/** @throws CLI_EQUATION */
function parsedEquation(parsed: unknown, path: string): EquationFile {
  const parse = equationSchema.safeParse(parsed)
  if (parse.success) return parse.data
  const issues = parse.error.issues
    .slice(0, 3)
    .map(closestIssue)
    .map(({ path: at, message }) => `${at.length === 0 ? 'the file' : at.join('.')}: ${message}`)
  throw usageError(
    'CLI_EQUATION',
    `${path} is not an equation: ${issues.join('; ')}; the page "Solve your own equation" lists what it may hold`,
  )
}

const axesOf = (file: EquationFile, shape: Geometry | null): readonly string[] => [
  ...(shape === null ? [] : ['x', 'y', 'z'].slice(0, shape.dimension)),
  ...Object.keys(file.axes ?? {}),
]

async function withMeasurements(
  one: ConditionRecord,
  names: { readonly axes: readonly string[]; readonly unknowns: readonly string[] },
  folder: string,
): Promise<ConditionRecord> {
  const { measured } = one
  if (measured === undefined || !('file' in measured)) return one
  const { points, values } = await loadMeasurements(resolve(folder, measured.file), names)
  const width = names.axes.length
  const at = Array.from({ length: points.length / width }, (_, p) =>
    Array.from(points.subarray(p * width, (p + 1) * width)),
  )
  return { ...one, measured: { at, values: mapped(values, (column) => Array.from(column)) } }
}

const firstDerivatives = (unknown: string, axes: readonly string[]): string[] =>
  axes.flatMap((a, i) => [a, ...axes.slice(i).map((b) => a + b)]).map((along) => `${unknown}_${along}`)

function equationOf(
  path: string,
  file: EquationFile,
  shape: Geometry | null,
  places: readonly InterfaceOptions['at'][],
): PinnProblem {
  const { unknowns = ['u'], coefficients = {}, continuation = {}, conditions = [], hard, exact } = file
  const constants = withoutPrototype(file.constants ?? {})
  const axes = axesOf(file, shape)
  if (axes.length === 0) throw usageError('CLI_EQUATION', `${path} has neither axes nor a shape; give one of them`)
  checkParts(path, file, axes, unknowns)
  const derivative = derivativeNames(unknowns, axes)
  const changing = [...Object.keys(coefficients), ...Object.keys(continuation)]
  const formulaIn = (text: string | number, more: readonly string[]): FormulaOf<TensorLike> => {
    const names = [...axes, ...Object.keys(constants), ...more]
    const has = (name: string): boolean => names.includes(name)
    return parseFormulaIn(tensorArithmetic, String(text), { has, shown: names })
  }
  // The same formula is the same function: two conditions that state it on one part of the boundary agree.
  const functions = new Map<string, ConditionValue>()
  const valueOf = (text: string | number): ConditionValue => {
    if (typeof text === 'number') return text
    const known = functions.get(text)
    if (known !== undefined) return known
    const formula = formulaIn(text, [])
    const value: ConditionValue = (at) => formula((name) => constants[name] ?? at[name]!)
    functions.set(text, value)
    return value
  }
  const givens = (record: Readonly<Record<string, string | number>>) => mapped(record, valueOf)
  const parsed = (text: string): FormulaOf<TensorLike> => {
    const sides = text.split('=')
    if (sides.length > 2)
      throw usageError('CLI_EQUATION', `${path}: "${text}" has more than one "="; write each equation separately`)
    const names = [...axes, ...Object.keys(constants), ...unknowns, ...changing]
    const known = {
      has: (n: string) => names.includes(n) || derivative(n) !== null,
      shown: [...names, ...unknowns.flatMap((u) => firstDerivatives(u, axes)), 'and derivatives of order 3 and 4'],
    }
    const [left, right] = sides.map((side) => parseFormulaIn(tensorArithmetic, side, known))
    return right === undefined ? left! : (v: (name: string) => TensorLike): TensorLike => sub(left!(v), right(v))
  }
  const residualOf =
    (equations: readonly FormulaOf<TensorLike>[]) =>
    (u: Components, at: At, more: More): Tensor[] => {
      const like = u[unknowns[0]!]!
      const lookUp = (name: string): TensorLike => {
        if (Object.hasOwn(constants, name)) return constants[name]!
        if (axes.includes(name)) return at[name]!
        if (changing.includes(name)) return more.coefficients[name]!
        if (unknowns.includes(name)) return u[name]!.value
        const { unknown, orders } = derivative(name)!
        return d(u[unknown]!, orders)
      }
      // An equation without an unknown still has the shape of the solution.
      return equations.map((equation) => {
        const value = equation(lookUp)
        return typeof value === 'number' ? add(subZero(like.value), value) : (value as Tensor)
      })
    }
  const exactly = exact === undefined ? undefined : unknowns.map((name) => exactOf(path, exact, name, axes, constants))
  const transform = hard === undefined ? undefined : mapped(hard, (text) => formulaIn(text, unknowns))
  return equationProblem({
    name: file.name,
    ...(shape === null ? {} : { shape }),
    ...(file.axes === undefined ? {} : { axes: file.axes }),
    unknowns,
    equation: file.equations.join(', '),
    residual: residualOf(file.equations.map(parsed)),
    conditions: conditions.map((one, i) =>
      one.equation === undefined
        ? conditionOf(one, givens, places[i]!)
        : condition(one.equation, one.at!, residualOf([parsed(one.equation)])),
    ),
    coefficients,
    continuation,
    ...(transform === undefined
      ? {}
      : {
          hard: {
            apply: (raw, at) =>
              mapped(transform, (f) =>
                f((name) => constants[name] ?? (unknowns.includes(name) ? raw[name]! : at[name]!)),
              ),
          },
        }),
    ...(exactly === undefined ? {} : { exact: (x) => exactly.map((f) => f(x)) }),
    ...(file.points === undefined
      ? {}
      : { points: file.points as NonNullable<Parameters<typeof equationProblem>[0]['points']> }),
  })
}

/** A record without inherited names: an unknown may be called `constructor`. */
const withoutPrototype = (record: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.assign(Object.create(null) as Record<string, number>, record)

const subZero = (t: Tensor): Tensor => sub(t, t)

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))

/** Reads `u_xt`: the unknown and the orders along the axes; null for anything else. */
function derivativeNames(unknowns: readonly string[], axes: readonly string[]) {
  return (name: string): { readonly unknown: string; readonly orders: Readonly<Record<string, number>> } | null => {
    const [unknown, letters, ...rest] = name.split('_')
    if (letters === undefined || letters === '' || rest.length > 0 || !unknowns.includes(unknown!)) return null
    const each = [...letters]
    if (each.length > 4 || !each.every((letter) => axes.includes(letter))) return null
    return { unknown: unknown!, orders: Object.fromEntries(axes.map((a) => [a, each.filter((l) => l === a).length])) }
  }
}

function exactOf(
  path: string,
  exact: Readonly<Record<string, string | number>>,
  unknown: string,
  axes: readonly string[],
  constants: Readonly<Record<string, number>>,
): (x: readonly number[]) => number {
  const text = Object.hasOwn(exact, unknown) ? exact[unknown] : undefined
  if (text === undefined)
    throw usageError('CLI_EQUATION', `${path}: exact has no ${unknown}; give a formula for each unknown`)
  const names = [...axes, ...Object.keys(constants)]
  const formula = parseFormulaIn(numberArithmetic, String(text), { has: (name) => names.includes(name), shown: names })
  return (x) => formula((name) => constants[name] ?? x[axes.indexOf(name)] ?? Number.NaN)
}

type Givens = (record: Readonly<Record<string, string | number>>) => Readonly<Record<string, ConditionValue>>

function conditionOf(one: ConditionRecord, givens: Givens, place: InterfaceOptions['at']): ConditionMaker {
  const on = one.on === undefined ? {} : { on: one.on }
  if (one.dirichlet !== undefined) return dirichlet(givens(one.dirichlet), on)
  if (one.neumann !== undefined) return neumann(givens(one.neumann), on)
  if (one.initial !== undefined) return initial(givens(one.initial), givens(one.rates ?? {}))
  if (one.periodic !== undefined)
    return periodic(one.periodic, undefined, one.length === undefined ? {} : { length: one.length })
  if (one.interface !== undefined) {
    const { between, coefficients, jump = 0, flux = 0 } = one.interface
    const values = givens({ jump, flux })
    const sides = coefficients === undefined ? {} : { coefficients }
    return interfaceBetween(...between, { at: place, ...sides, jump: values['jump']!, flux: values['flux']! })
  }
  if (one.measured !== undefined && 'at' in one.measured)
    return pointValues(one.measured.at.flat(), one.measured.values)
  return robin(
    mapped(one.robin!, ({ value, normal, equals }) => ({ value, normal, equals: givens({ equals })['equals']! })),
    on,
  )
}

const isCoordinates = (at: object): at is Readonly<Record<string, number>> =>
  Object.values(at).every((value) => typeof value === 'number')

async function placeOf({ interface: met }: ConditionRecord, folder: string): Promise<InterfaceOptions['at']> {
  if (met === undefined) return {}
  const { at } = met
  return isCoordinates(at) ? at : shapeOf(at, folder)
}

/** @param folder where paths of meshes and clouds start */
async function shapeOf(record: ShapeRecord, folder: string): Promise<Geometry> {
  if (record.box !== undefined) return box(record.box)
  if (record.disc !== undefined) return ball(record.disc)
  if (typeof record.polygon === 'string') return loadPolygon(record.polygon, folder)
  if (record.polygon !== undefined)
    return 'corners' in record.polygon ? polygon(record.polygon.corners, record.polygon) : polygon(record.polygon)
  if (record.mesh !== undefined) return triangleMesh(readMesh(resolve(folder, record.mesh)))
  if (record.cloud !== undefined) return loadPointCloud(record.cloud, folder)
  const { union: joined, difference: cut, intersection: met } = record
  const [a, b] = (joined ?? cut ?? met)!
  const pair = [await shapeOf(a, folder), await shapeOf(b, folder)] as const
  return (joined !== undefined ? union : cut !== undefined ? difference : intersection)(...pair)
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

/**
 * The fault in the alternative that a value resembles most: the one whose first issue lies deepest. If a value may have
 * several forms, Zod says only `Invalid input`. Returns the issue itself if no alternative resembles the value.
 */
export function closestIssue(issue: z.core.$ZodIssue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const firsts = issue.errors.flatMap(([first]) => (first === undefined ? [] : [closestIssue(first)]))
  const depth = Math.max(0, ...firsts.map(({ path }) => path.length))
  const fault = firsts.find(({ path }) => path.length === depth)
  return fault === undefined || depth === 0 ? issue : { path: [...issue.path, ...fault.path], message: fault.message }
}

/**
 * The part of an equation that states the conditions built into its output, as an equation of its own: it names no
 * file, so that a checkpoint may hold it.
 */
export async function conditionsOfEquation(
  name: string,
  { axes, domain }: OperatorProblem | PinnProblem,
): Promise<JsonRecord> {
  const { unknowns = ['u'], constants = {}, hard = {}, name: title } = await checkedEquation(resolve(name))
  return {
    name: title,
    axes: Object.fromEntries(axes.map((axis, a) => [axis, [...domain[a]!]])),
    unknowns,
    constants,
    equations: unknowns.map((unknown) => `${unknown} = 0`),
    hard,
  }
}

export async function filesOfEquation(name: string): Promise<readonly InputFile[]> {
  const own = { name: join(name), path: resolve(name) }
  let names: readonly string[] = []
  try {
    const { shape, conditions = [] } = await checkedEquation(own.path)
    names = [
      ...(shape === undefined ? [] : filesOfShape(shape)),
      ...conditions.flatMap(({ measured, interface: met }) => [
        ...(measured !== undefined && 'file' in measured ? [measured.file] : []),
        ...(met === undefined ? [] : filesOfShape(met.at as ShapeRecord)),
      ]),
    ]
  } catch {
    // A file that is no equation names no others; `readEquation` says what is wrong with it.
  }
  const home = dirname(name)
  const others = names.map((file) => ({ name: isAbsolute(file) ? file : join(home, file), path: resolve(home, file) }))
  return [own, ...others]
}

function filesOfShape({ polygon, mesh, cloud, union, difference, intersection }: ShapeRecord): readonly string[] {
  const withoutArray = (file: string): string => file.replace(/#[^#]*$/, '')
  return [
    ...(typeof polygon === 'string' ? [withoutArray(polygon)] : []),
    ...(mesh === undefined ? [] : [mesh]),
    ...[cloud?.points, cloud?.boundary, cloud?.normals].flatMap((file) =>
      file === undefined ? [] : [withoutArray(file)],
    ),
    ...[...(union ?? []), ...(difference ?? []), ...(intersection ?? [])].flatMap(filesOfShape),
  ]
}
