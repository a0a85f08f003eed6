import { figure, paletteOf } from '../figureSpec.js'
import type { FigureOptions, FigureSpec } from '../figureSpec.js'
import { curvePanels } from './curvesSpec.js'
import { mapPanels } from './mapsSpec.js'

/** The solution of one input function, and the network's prediction, at the points of the problem's grid. */
export type ShownFunction = {
  readonly label: string
  readonly target: Float64Array
  readonly prediction: Float64Array
}

/** Solutions on a line: the name of the axis, its points, and the functions. */
export type LineFields = {
  readonly axis: string
  readonly x: Float64Array
  readonly functions: readonly ShownFunction[]
}

/** Solutions on a line, one next to the other: target and prediction, with the error below. */
export function lineFieldsSpec({ axis, x, functions }: LineFields, options: FigureOptions = {}): FigureSpec {
  return figure(options, {
    hconcat: functions.map(({ label, target, prediction }) => ({
      title: { text: label, fontSize: 11 },
      vconcat: curvePanels({ x, target, prediction }, paletteOf(options), { width: 260, axis, value: 'u' }),
    })),
  })
}

/** The plane of the first two axes at the last point of every other axis, such as the final time. */
function planeOf(values: Float64Array, lengths: readonly number[]): Float64Array {
  const rest = lengths.slice(2).reduce((a, b) => a * b, 1)
  return rest === 1 ? values : values.filter((_, i) => i % rest === rest - 1)
}

/** Solutions on a grid of two or more axes: names, intervals and points of the axes, and the functions. */
export type MapFields = {
  readonly axes: readonly string[]
  readonly domain: readonly (readonly [number, number])[]
  readonly lines: readonly Float64Array[]
  readonly functions: readonly ShownFunction[]
}

/**
 * Solutions on a plane, one below the other, each with target, prediction and error as heat maps. Of a third axis it
 * shows the last point.
 */
export function mapFieldsSpec({ axes, domain, lines, functions }: MapFields, options: FigureOptions = {}): FigureSpec {
  const lengths = lines.map((line) => line.length)
  const [n = 1, m = 1] = lengths
  const [first = [0, 1] as const, second = [0, 1] as const] = domain
  const held = axes.slice(2).map((name, i) => `${name} = ${domain[i + 2]?.[1] ?? ''}`)
  const { title } = options
  const named =
    title === undefined || held.length === 0 ? options : { ...options, title: `${title}, at ${held.join(', ')}` }
  return figure(named, {
    vconcat: functions.map(({ label, target, prediction }) => {
      const field = { shape: [n, m] as const, domain: [first, second] as const, values: planeOf(target, lengths) }
      const names = [axes[0] ?? 'x', axes[1] ?? 'y'] as const
      const maps = { target: field, prediction: planeOf(prediction, lengths) }
      return {
        title: { text: label, fontSize: 11 },
        hconcat: mapPanels(maps, paletteOf(options), { names, side: 170 }),
        resolve: { scale: { color: 'independent' } },
      }
    }),
    resolve: { scale: { color: 'independent' } },
  })
}
