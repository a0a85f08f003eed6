import { type FieldColours, type GridField, fieldUrl } from '../fieldImage.js'
import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { type Palette, colourRamp, legendColours } from '../palette.js'
import { extent } from './scales.js'

/** Names of the axes and of the unknown, the length of a side in pixels, and its height, if it is another. */
type MapLook = {
  readonly names: readonly [string, string]
  readonly value: string
  readonly side: number
  readonly height?: number
}

/** A heat map of a field with its legend, under further layers that have the same axes. */
export function mapPanel(
  title: string,
  field: GridField,
  colours: FieldColours,
  { names, value: unknown, side, height = side }: MapLook,
  layers: (place: object) => readonly object[] = () => [],
): object {
  const [[x0, x1], [y0, y1]] = field.domain
  const axis = (domain: readonly [number, number], name: string): object => ({
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    title: name,
  })
  const place = { x: { field: 'x', ...axis([x0, x1], names[0]) }, y: { field: 'y', ...axis([y0, y1], names[1]) } }
  return {
    title,
    width: side,
    height,
    layer: [
      {
        data: { values: [{ url: fieldUrl(field, colours), x: (x0 + x1) / 2, y: (y0 + y1) / 2 }] },
        mark: { type: 'image', width: side, height, aspect: false, smooth: false },
        encoding: { ...place, url: { field: 'url' } },
      },
      {
        // This layer draws nothing: it carries the colour legend of the picture below it.
        data: { values: colours.range.map((value) => ({ value, x: x0, y: y0 })) },
        mark: { type: 'point', opacity: 0 },
        encoding: {
          ...place,
          color: {
            field: 'value',
            type: 'quantitative',
            title: unknown,
            scale: { range: legendColours(colours.ramp), domain: colours.range, nice: false },
            legend: { gradientLength: Math.max(height - 36, 60), gradientOpacity: 1, format: '.2~g', tickCount: 5 },
          },
        },
      },
      ...layers(place),
    ],
  }
}

/** Colours of values from the lowest to the highest. */
export const levelColours = (values: ArrayLike<number>, { even, under, series, ink }: Palette): FieldColours => ({
  ramp: colourRamp([even, under, series[2], ink], 256),
  range: extent(values),
})

/** Colours of errors: zero in the middle, and steps of equal size on either side of it. */
export function signedColours(errors: ArrayLike<number>, { under, even, over }: Palette): FieldColours {
  const most = Math.max(...extent(errors).map(Math.abs), 1e-12)
  const ramp = [...colourRamp([under, even], 128), ...colourRamp([even, over], 128)]
  return { ramp, range: [-most, most] }
}

/** A target on a grid, and a prediction at the same points. */
export type Maps = { readonly target: GridField; readonly prediction: ArrayLike<number> }

/** Target, prediction and error (prediction − target), one panel each. The first two share their colours. */
export function mapPanels({ target, prediction }: Maps, palette: Palette, look: MapLook): readonly object[] {
  const error = Float64Array.from(
    { length: target.values.length },
    (_, i) => (prediction[i] ?? Number.NaN) - (target.values[i] ?? 0),
  )
  const level = levelColours(target.values, palette)
  const signed = signedColours(error, palette)
  return [
    mapPanel('target', target, level, look),
    mapPanel('prediction', { ...target, values: prediction }, level, look),
    mapPanel('prediction − target', { ...target, values: error }, signed, look),
  ]
}

/** Names of the two axes of a plane, by default x₁ and x₂, and of what is drawn over it, by default u. */
export type PlaneNames = { readonly names?: readonly [string, string]; readonly value?: string }

/** The names of axes if none are given. */
export const planeNames = ['x₁', 'x₂'] as const

/** Target, prediction and error side by side as heat maps. */
export function mapsSpec(
  { names = planeNames, value = 'u', ...maps }: Maps & PlaneNames,
  options: FigureOptions = {},
): FigureSpec {
  return figure(options, {
    hconcat: mapPanels(maps, paletteOf(options), { names, value, side: 240 }),
    resolve: { scale: { color: 'independent' } },
  })
}

/** A prediction on a grid as one heat map, where no target is known. */
export function mapSpec(
  { names = planeNames, value = 'u', prediction }: { readonly prediction: GridField } & PlaneNames,
  options: FigureOptions = {},
): FigureSpec {
  const colours = levelColours(prediction.values, paletteOf(options))
  return figure(options, { hconcat: [mapPanel('prediction', prediction, colours, { names, value, side: 240 })] })
}
