import { extent } from './scales.js'
import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { curvePanels } from './curvesSpec.js'
import { levelColours, mapPanel, mapPanels } from './mapsSpec.js'
import type { Palette } from '../palette.js'

/** An input function on a grid of one or two axes: its name, names and points of the axes, and its values. */
export type ShownInput = {
  readonly name: string
  readonly axes: readonly string[]
  readonly lines: readonly Float64Array[]
  readonly values: Float64Array
}

/** The solution of one input function, and the network's prediction, at the points of the problem's grid. */
export type ShownFunction = {
  readonly label: string
  readonly target: Float64Array
  readonly prediction: Float64Array
  /** Absent: the input is not drawn. */
  readonly input?: ShownInput
}

/** Solutions on a line: the name of the axis, its points, and the functions. */
export type LineFields = {
  readonly axis: string
  /** Name of the solution. Default: `u`. */
  readonly value?: string
  readonly x: Float64Array
  readonly functions: readonly ShownFunction[]
}

/** The input of a function: a curve over one axis, a map over two. */
function inputPanel(
  { name, axes, lines, values }: ShownInput,
  title: string,
  palette: Palette,
  [width, height]: readonly [number, number],
): object {
  const [first = new Float64Array(), second] = lines
  const [axis = 'x', other = 'y'] = axes
  if (second !== undefined) {
    const field = { shape: [first.length, second.length] as const, domain: [extent(first), extent(second)] as const }
    const colours = levelColours(values, palette)
    return mapPanel(title, { ...field, values }, colours, { names: [axis, other], value: name, side: height })
  }
  return {
    title,
    data: { values: Array.from(first, (x, i) => ({ x, y: values[i] })) },
    width,
    height,
    mark: { type: 'line', strokeWidth: 1.2, color: palette.series[2] },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: axis, scale: { zero: false, nice: false } },
      y: { field: 'y', type: 'quantitative', title: name, scale: { zero: false } },
    },
  }
}

/** Solutions on a line, one column each: the input, target and prediction, and their difference. */
export function lineFieldsSpec(
  { axis, value = 'u', x, functions }: LineFields,
  options: FigureOptions = {},
): FigureSpec {
  const palette = paletteOf(options)
  const columns = functions.map(({ label, target, prediction, input }) => {
    const panels = curvePanels({ x, target, prediction }, palette, { width: 260, axis, value })
    const [top = {}, ...below] = input === undefined ? panels : [inputPanel(input, '', palette, [260, 110]), ...panels]
    return [{ ...top, title: label }, ...below]
  })
  const rows = columns[0]?.map((_, row) => columns.map((column) => column[row]!)) ?? []
  return figure(options, { concat: rows.flat(), columns: columns.length, align: 'all' })
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
  /** Name of the solution. Default: `u`. */
  readonly value?: string
  readonly lines: readonly Float64Array[]
  readonly functions: readonly ShownFunction[]
}

/**
 * Solutions on a plane, a row each: the input, and target, prediction and error as heat maps. Of a third axis it shows
 * the last point.
 */
export function mapFieldsSpec(
  { axes, domain, value = 'u', lines, functions }: MapFields,
  options: FigureOptions = {},
): FigureSpec {
  const lengths = lines.map((line) => line.length)
  const [n = 1, m = 1] = lengths
  const [first = [0, 1] as const, second = [0, 1] as const] = domain
  const constants = axes.slice(2).map((name, i) => `${name} = ${domain[i + 2]?.[1] ?? ''}`)
  const { title } = options
  const labels =
    title === undefined || constants.length === 0
      ? options
      : { ...options, title: `${title}, at ${constants.join(', ')}` }
  const palette = paletteOf(options)
  return figure(labels, {
    vconcat: functions.map(({ label, target, prediction, input }) => {
      const field = { shape: [n, m] as const, domain: [first, second] as const, values: planeOf(target, lengths) }
      const names = [axes[0] ?? 'x', axes[1] ?? 'y'] as const
      const maps = { target: field, prediction: planeOf(prediction, lengths) }
      return {
        title: label,
        hconcat: [
          ...(input === undefined ? [] : [inputPanel(input, 'input', palette, [170, 170])]),
          ...mapPanels(maps, palette, { names, value, side: 170 }),
        ],
        resolve: { scale: { color: 'independent' } },
      }
    }),
    resolve: { scale: { color: 'independent' } },
  })
}
