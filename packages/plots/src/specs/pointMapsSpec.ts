import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import type { FieldColours } from '../fieldImage.js'
import { type Palette, legendColours } from '../palette.js'
import { type FieldOf, type Outline, scatteredField } from '../scattered/scatteredField.js'
import { type PlaneNames, levelColours, mapPanel, planeNames, signedColours } from './mapsSpec.js'

/** Values at points of a plane, in any order. */
export type PointMaps = {
  /** [points, 2], flat. */
  readonly points: ArrayLike<number>
  /** Null where no target is known. */
  readonly target: ArrayLike<number> | null
  readonly prediction: ArrayLike<number>
  /** The domain, whose boundary is drawn. Default: the area that the triangles of the points cover. */
  readonly shape?: Outline | undefined
}

/** Length of the longer side of a map, and the least of the shorter one. */
const [SIDE, MIN_SIDE] = [240, 80]

/**
 * Target, prediction and error at points of a plane as maps, one panel each: linear in each triangle of the points,
 * with the boundary of the domain. Points on one line are drawn as coloured points. Without a target the prediction is
 * drawn alone.
 */
export function pointMapsSpec(
  { points, target, prediction, shape, names = planeNames, value = 'u' }: PointMaps & PlaneNames,
  options: FigureOptions = {},
): FigureSpec {
  const palette = paletteOf(options)
  const fieldOf = scatteredField(points, shape ?? null)
  const panel = (title: string, values: ArrayLike<number>, colours: FieldColours): object =>
    fieldOf === null
      ? dots(title, points, values, colours, { names, value })
      : triangles(title, fieldOf, values, colours, { names, value }, shape, palette)
  const level = levelColours(target ?? prediction, palette)
  const predicted = panel('prediction', prediction, level)
  const error = Float64Array.from({ length: prediction.length }, (_, i) => prediction[i]! - (target?.[i] ?? Number.NaN))
  const panels =
    target === null
      ? [predicted]
      : [panel('target', target, level), predicted, panel('prediction − target', error, signedColours(error, palette))]
  return figure(options, { hconcat: panels, resolve: { scale: { color: 'independent' } } })
}

/** A map, of a shape with equal lengths along both axes and its boundary. */
function triangles(
  title: string,
  fieldOf: FieldOf,
  values: ArrayLike<number>,
  colours: FieldColours,
  names: Required<PlaneNames>,
  shape: Outline | undefined,
  palette: Palette,
): object {
  const field = fieldOf(values)
  const [width, height] = field.domain.map(([low, high]) => high - low) as [number, number]
  const most = Math.max(width, height)
  const [side, tall] = [width, height].map((length) =>
    shape === undefined ? SIDE : Math.max(MIN_SIDE, Math.round((SIDE * length) / most)),
  )
  const lines = shape?.boundary ?? []
  const rows = (of: Outline['boundary']): object[] =>
    of.flatMap((line, number) => line.map(([x, y], at) => ({ x, y, line: number, at })))
  const [paths, marks] = [lines.filter((line) => line.length > 1), lines.filter((line) => line.length === 1)]
  return mapPanel(title, field, colours, { ...names, side: side!, height: tall! }, (place) => [
    ...(paths.length === 0
      ? []
      : [
          {
            data: { values: rows(paths) },
            mark: { type: 'line', color: palette.ink, strokeWidth: 1, interpolate: 'linear' },
            encoding: { ...place, detail: { field: 'line' }, order: { field: 'at', type: 'quantitative' } },
          },
        ]),
    ...(marks.length === 0
      ? []
      : [{ data: { values: rows(marks) }, mark: { type: 'point', color: palette.ink, size: 4 }, encoding: place }]),
  ])
}

/** Points with the colours of their values. */
const dots = (
  title: string,
  points: ArrayLike<number>,
  values: ArrayLike<number>,
  { ramp, range }: FieldColours,
  { names, value }: Required<PlaneNames>,
): object => ({
  title,
  width: SIDE,
  height: SIDE,
  data: {
    values: Array.from({ length: values.length }, (_, i) => ({
      x: points[2 * i],
      y: points[2 * i + 1],
      v: values[i],
    })),
  },
  mark: { type: 'circle', opacity: 1, size: Math.max(8, Math.min(60, 30_000 / values.length)) },
  encoding: {
    x: { field: 'x', type: 'quantitative', title: names[0], scale: { zero: false } },
    y: { field: 'y', type: 'quantitative', title: names[1], scale: { zero: false } },
    color: {
      field: 'v',
      type: 'quantitative',
      title: value,
      scale: { range: legendColours(ramp), domain: range, nice: false },
      legend: { gradientLength: 220, format: '.2~g', tickCount: 5 },
    },
  },
})
