import { figure, paletteOf } from '../figureSpec.js'
import type { FigureOptions, FigureSpec } from '../figureSpec.js'
import type { FieldColours } from '../fieldImage.js'
import { levelColours, planeNames, signedColours } from './mapsSpec.js'
import type { PlaneNames } from './mapsSpec.js'

/** Values at points of a plane, in any order. */
export type PointMaps = {
  /** [points, 2], flat. */
  readonly points: ArrayLike<number>
  /** Null where no target is known. */
  readonly target: ArrayLike<number> | null
  readonly prediction: ArrayLike<number>
}

/** Target, prediction and error as coloured points, one panel each; without a target the prediction alone. */
export function pointMapsSpec(
  { points, target, prediction, names = planeNames }: PointMaps & PlaneNames,
  options: FigureOptions = {},
): FigureSpec {
  const palette = paletteOf(options)
  const panel = (title: string, values: ArrayLike<number>, { stops, range }: FieldColours): object => ({
    title,
    width: 240,
    height: 240,
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
        title: null,
        scale: { range: [...stops], interpolate: 'rgb', domain: range, nice: false },
        legend: { gradientLength: 220, format: '.2~g', tickCount: 5 },
      },
    },
  })
  const level = levelColours(target ?? prediction, palette)
  const found = panel('prediction', prediction, level)
  const error = Float64Array.from({ length: prediction.length }, (_, i) => prediction[i]! - (target?.[i] ?? Number.NaN))
  const panels =
    target === null
      ? [found]
      : [panel('target', target, level), found, panel('prediction − target', error, signedColours(error, palette))]
  return figure(options, { hconcat: panels, resolve: { scale: { color: 'independent' } } })
}
