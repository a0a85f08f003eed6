/** The schema of an equation file. */
import type { PointCloudFiles } from '@spikeward/problems/node'
import { z } from 'zod'

const formula = z.union([z.string().min(1), z.number()], 'give a formula in quotes, or a number')
const byName = z.record(z.string(), formula)

const point = z.tuple([z.number(), z.number()])
const on = z.array(z.string()).optional()

const robin = z.record(z.string(), z.strictObject({ value: z.number(), normal: z.number(), equals: formula }))

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

const kinds = ['dirichlet', 'neumann', 'robin', 'initial', 'periodic', 'measured', 'interface'] as const
const condition = z
  .strictObject({
    dirichlet: byName.optional(),
    neumann: byName.optional(),
    robin: robin.optional(),
    initial: byName.optional(),
    rates: byName.optional(),
    periodic: z.string().optional(),
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
    on,
  })
  .refine(oneOf(kinds), `a condition has one of the keys ${kinds.join(', ')}`)
  .refine(({ initial, rates }) => rates === undefined || initial !== undefined, 'rates belong to initial')

/** The most equations, and the most conditions: the program of a training step holds each of them. */
const MAX_EQUATIONS = 100
const MAX_CONDITIONS = 1000
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
