/** The schema of an equation file. */
import type { PointCloudFiles } from '@spikeward/problems/node'
import { z } from 'zod'
import { type Coords, type Field, type PinnProblem, key, ones, zeros } from '@spikeward/core'
import { usageError } from '../usage/usageError.js'

const formula = z.union([z.string().min(1), z.number()], 'give a formula in quotes, or a number')
const byName = z.record(z.string(), formula)

const point = z.tuple([z.number(), z.number()])

const oneOf = (keys: readonly string[]) => (record: object) =>
  Object.keys(record).filter((key) => keys.includes(key)).length === 1

const shapes = ['box', 'disc', 'polygon', 'mesh', 'cloud', 'union', 'difference', 'intersection'] as const
/** A shape of such a file: one of the keys. */
export type ShapeRecord = {
  readonly box?: [number, number][] | undefined
  readonly disc?: { center: [number, number]; radius: number } | undefined
  /** Corners, corners and holes, or the path of a file of corner lists, from the folder of the equation. */
  readonly polygon?:
    | [number, number][]
    | { corners: [number, number][]; holes: [number, number][][] }
    | string
    | undefined
  /** Path of a Gmsh file, from the folder of the equation. */
  readonly mesh?: string | undefined
  /** Files of points, from the same folder. */
  readonly cloud?: PointCloudFiles | undefined
  readonly union?: [ShapeRecord, ShapeRecord] | undefined
  readonly difference?: [ShapeRecord, ShapeRecord] | undefined
  readonly intersection?: [ShapeRecord, ShapeRecord] | undefined
}

const shape: z.ZodType<ShapeRecord> = z.lazy(() => {
  const pair = z.tuple([shape, shape]).optional()
  return z
    .strictObject({
      box: z.array(point).optional(),
      disc: z.strictObject({ center: point, radius: z.number() }).optional(),
      polygon: z
        .union(
          [
            z.array(point),
            z.strictObject({ corners: z.array(point), holes: z.array(z.array(point)) }),
            z.string().min(1),
          ],
          'give a list of corners, a record of "corners" and "holes", or the path of a file of corners',
        )
        .optional(),
      mesh: z.string().min(1).optional(),
      cloud: z
        .strictObject({ points: z.string(), boundary: z.string().optional(), normals: z.string().optional() })
        .optional(),
      union: pair,
      difference: pair,
      intersection: pair,
    })
    .refine(oneOf(shapes), `a shape has one of the keys ${shapes.join(', ')}`)
})

/** The name of an axis: one letter, because derivatives are written with it. */
const axis = z.string().regex(/^[a-z]$/, 'an axis is one small letter, so that u_xt names a derivative')
const name = z.string().regex(/^[a-z][a-z0-9]*$/i, 'a name consists of letters and digits')

const kinds = ['dirichlet', 'neumann', 'robin', 'initial', 'periodic', 'measured', 'interface', 'equation'] as const
const condition = z
  .strictObject({
    dirichlet: byName.optional(),
    neumann: byName.optional(),
    robin: z.record(z.string(), z.strictObject({ value: z.number(), normal: z.number(), equals: formula })).optional(),
    initial: byName.optional(),
    rates: byName.optional(),
    periodic: z.string().optional(),
    length: z.number().positive().optional(),
    measured: z
      .union(
        [
          z.strictObject({ at: z.array(z.array(z.number())), values: z.record(z.string(), z.array(z.number())) }),
          z.strictObject({ file: z.string().min(1) }),
        ],
        'give a record of "at" and "values", or of "file"',
      )
      .optional(),
    interface: z
      .strictObject({
        between: z.tuple([z.string(), z.string()]),
        at: z.union([z.record(axis, z.number()), shape]),
        coefficients: z.tuple([z.number(), z.number()]).optional(),
        jump: formula.optional(),
        flux: formula.optional(),
      })
      .optional(),
    equation: z.string().min(1).optional(),
    at: z.record(axis, z.number()).optional(),
    on: z.array(z.string()).optional(),
  })
  .refine(oneOf(kinds), `a condition has one of the keys ${kinds.join(', ')}`)
  .refine(({ initial, rates }) => rates === undefined || initial !== undefined, 'rates belong to initial')
  .refine(({ periodic, length }) => length === undefined || periodic !== undefined, 'length belongs to periodic')
  .refine(
    ({ equation, at }) => (equation === undefined) === (at === undefined),
    'an equation holds at one coordinate: give both, such as "equation": "u_xx = 0" and "at": { "x": 1 }',
  )

/** The most equations, and the most conditions: the program of a training step holds each of them. */
const [MAX_EQUATIONS, MAX_CONDITIONS] = [100, 1000]
const TOO_MANY = `at most ${MAX_CONDITIONS} conditions; state measurements at many points as one, "measured"`

const length = z.number().int().min(1)
const lengths = z.union([length, z.array(length)])

export const equationSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  axes: z.record(axis, point).optional(),
  shape: shape.optional(),
  unknowns: z.array(name).min(1).optional(),
  constants: z.record(name, z.number()).optional(),
  coefficients: z.record(name, z.number()).optional(),
  /** Numbers that change over the first steps, so that training begins with an easier equation. */
  continuation: z.record(name, z.strictObject({ from: z.number(), to: z.number(), steps: length })).optional(),
  equations: z.array(z.string().min(1)).min(1).max(MAX_EQUATIONS, `at most ${MAX_EQUATIONS} equations`),
  conditions: z.array(condition).max(MAX_CONDITIONS, TOO_MANY).optional(),
  hard: byName.optional(),
  exact: byName.optional(),
  points: z
    .strictObject({ train: lengths.optional(), test: lengths.optional(), validation: length.optional() })
    .optional(),
})

export type EquationFile = z.infer<typeof equationSchema>

export type ConditionRecord = z.infer<typeof condition>

/**
 * The most operations of one equation, and of all formulas of a file together. The fusion of kernels visits all
 * operations of a group for each that joins it, so that its time grows with the square of their number: 500 take 2 to 4
 * s, and 2,900 more than 20 s.
 */
const [MAX_OPERATIONS, MAX_TOTAL] = [500, 2000]

/**
 * Refuses parts of a file that contradict each other and would be ignored: two uses of one name, formulas and
 * interfaces of names that are no unknowns, and measurements at points with another number of coordinates; and formulas
 * with too many operations.
 */
export function checkParts(
  path: string,
  file: EquationFile,
  axes: readonly string[],
  unknowns: readonly string[],
): void {
  const wrong =
    usedTwice(file, axes, unknowns) ??
    ofNoUnknown(file, unknowns) ??
    betweenNoUnknowns(file, unknowns) ??
    ofOtherLength(file, axes.length) ??
    withTooManyOperations(file)
  if (wrong !== undefined) throw usageError('CLI_EQUATION', `${path}: ${wrong}`)
}

function usedTwice(
  { constants = {}, coefficients = {}, continuation = {} }: EquationFile,
  axes: readonly string[],
  unknowns: readonly string[],
) {
  const uses = [
    ...axes.map((name) => ({ name, what: 'an axis' })),
    ...unknowns.map((name) => ({ name, what: 'an unknown' })),
    ...Object.keys(constants).map((name) => ({ name, what: 'a constant' })),
    ...Object.keys(coefficients).map((name) => ({ name, what: 'a coefficient' })),
    ...Object.keys(continuation).map((name) => ({ name, what: 'a continuation' })),
  ]
  const first = new Map<string, string>()
  for (const { name, what } of uses) {
    const before = first.get(name)
    if (before !== undefined && before !== what) return `${name} is ${before} and ${what}; give each its own name`
    first.set(name, what)
  }
  return undefined
}

function ofNoUnknown({ hard = {}, exact = {} }: EquationFile, unknowns: readonly string[]) {
  for (const [key, record] of Object.entries({ hard, exact })) {
    const other = Object.keys(record).find((name) => !unknowns.includes(name))
    if (other !== undefined)
      return `${key} names ${other}, and the unknowns are ${unknowns.join(', ')}; name one of them`
  }
  return undefined
}

function betweenNoUnknowns({ conditions = [] }: EquationFile, unknowns: readonly string[]) {
  for (const { interface: met } of conditions) {
    if (met === undefined) continue
    const other = met.between.find((name) => !unknowns.includes(name))
    if (other !== undefined || met.between[0] === met.between[1])
      return `an interface between ${met.between.join(' and ')}, and the unknowns are ${unknowns.join(', ')}; name two of them`
  }
  return undefined
}

function ofOtherLength({ conditions = [] }: EquationFile, axes: number) {
  for (const { measured } of conditions) {
    if (measured === undefined || 'file' in measured) continue
    const row = measured.at.findIndex((at) => at.length !== axes)
    if (row >= 0)
      return `measured at row ${row + 1} has ${measured.at[row]!.length} numbers, and there are ${axes} axes; give one for each axis`
  }
  return undefined
}

const operationsIn = (formula: string | number): number =>
  String(formula).match(/\*\*|[-+*/^]|[a-z]\w*\s*\(/gi)?.length ?? 0

function formulasIn(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part]
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(formulasIn) : []
}

function withTooManyOperations({ equations, hard, exact, conditions = [] }: EquationFile) {
  const counts = equations.map(operationsIn)
  const long = counts.findIndex((n) => n > MAX_OPERATIONS)
  if (long >= 0)
    return `equation ${long + 1} has ${counts[long]!} operations, and at most ${MAX_OPERATIONS} are allowed; shorten it, or state the problem as a program`
  const formulasOnly = conditions.map(({ measured: _, ...formulas }) => formulas)
  const total = [...counts, ...formulasIn([hard, exact, formulasOnly]).map(operationsIn)].reduce((a, b) => a + b, 0)
  return total > MAX_TOTAL
    ? `all formulas together have ${total} operations, and at most ${MAX_TOTAL} are allowed; shorten them, or state the problem as a program`
    : undefined
}

const POINTS = 64

function zeroField(outputs: number): Field {
  const at = (c: Coords) => {
    const points = c.kind === 'points' ? [c.x.shape[0]!] : c.axes.map((axis) => axis.size)
    return zeros([1, ...points, ...(outputs === 1 ? [] : [outputs])])
  }
  return { at, d: at, mixed: at }
}

/**
 * Refuses given values and exact solutions that are NaN or infinite somewhere, before a training whose loss or error
 * they would spoil. Conditions are linear in u: their residuals for u = 0 are finite where the given values are. They
 * are checked at some random points, and exact solutions at all points of validation and test.
 */
export async function checkFinite(path: string, { physics, outputs, points, target }: PinnProblem): Promise<void> {
  const nothing = zeroField(outputs)
  const coefficients = Object.fromEntries(Object.keys(physics.unknown ?? {}).map((name) => [name, ones([])]))
  for (const { name, region, residual } of physics.conditions) {
    const residuals = await residual(nothing, null, region.points(key(0), POINTS), coefficients).data()
    const wrong = Array.from(residuals, Number).find((v) => !Number.isFinite(v))
    if (wrong === undefined) continue
    throw usageError(
      'CLI_EQUATION',
      `${path}: a given value of the condition ${name} is ${Number.isNaN(wrong) ? 'NaN' : 'infinite'} somewhere; give a formula that is finite there`,
    )
  }
  if (target !== undefined) for (const split of ['validation', 'test'] as const) points(split)
}
