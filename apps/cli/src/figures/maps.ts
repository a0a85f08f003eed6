import { scheme } from 'vega'
import type { TopLevelSpec } from 'vega-lite'
import { encodePng } from './png.js'
import { look } from './render.js'

/** Values on a rectangular grid, row-major: [i, j] is the i-th point of the first axis and the j-th of the second. */
export type GridField = {
  readonly shape: readonly [number, number]
  readonly domain: readonly [readonly [number, number], readonly [number, number]]
  readonly values: ArrayLike<number>
}

type Colours = { readonly scheme: string; readonly range: readonly [number, number] }

/** The field as a picture: first axis to the right, second axis upwards, colours of a vega scheme over `range`. */
export function fieldPng(field: GridField, { scheme: name, range: [low, high] }: Colours): Buffer {
  const colour = scheme(name) as (t: number) => string
  const [nx, ny] = field.shape
  const rgb = new Uint8Array(3 * nx * ny)
  const channels = Array.from({ length: 256 }, (_, i) => (colour(i / 255).match(/\d+/g) ?? []).map(Number))
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const t = ((field.values[i * ny + j] ?? Number.NaN) - low) / (high - low || 1)
      const place = Math.round(255 * Math.min(1, Math.max(0, t)))
      rgb.set(Number.isNaN(t) ? [255, 0, 255] : (channels[place] ?? [0, 0, 0]), 3 * ((ny - 1 - j) * nx + i))
    }
  }
  return encodePng(nx, ny, rgb)
}

/** Names of the axes, and the length of a side in pixels. */
type MapLook = { readonly names: readonly [string, string]; readonly side: number }

function panel(title: string, field: GridField, colours: Colours, { names, side }: MapLook): object {
  const [[x0, x1], [y0, y1]] = field.domain
  const url = `data:image/png;base64,${fieldPng(field, colours).toString('base64')}`
  const axis = (domain: readonly [number, number], title: string): object => ({
    type: 'quantitative',
    scale: { domain, nice: false, zero: false },
    title,
  })
  return {
    title,
    width: side,
    height: side,
    layer: [
      {
        data: { values: [{ url, x: (x0 + x1) / 2, y: (y0 + y1) / 2 }] },
        mark: { type: 'image', width: side, height: side, aspect: false, smooth: false },
        encoding: {
          x: { field: 'x', ...axis([x0, x1], names[0]) },
          y: { field: 'y', ...axis([y0, y1], names[1]) },
          url: { field: 'url' },
        },
      },
      {
        // This layer draws nothing: it carries the colour legend of the picture below it.
        data: { values: colours.range.map((value) => ({ value, x: x0, y: y0 })) },
        mark: { type: 'point', opacity: 0 },
        encoding: {
          x: { field: 'x', ...axis([x0, x1], names[0]) },
          y: { field: 'y', ...axis([y0, y1], names[1]) },
          color: {
            field: 'value',
            type: 'quantitative',
            title: null,
            scale: { scheme: colours.scheme, domain: colours.range, nice: false },
            legend: { gradientLength: side - 20, gradientOpacity: 1, format: '.2~g' },
          },
        },
      },
    ],
  }
}

function extent(...fields: readonly ArrayLike<number>[]): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const values of fields) {
    for (let i = 0; i < values.length; i++) {
      const v = values[i] ?? Number.NaN
      if (v < low) low = v
      if (v > high) high = v
    }
  }
  return low <= high ? [low, high] : [0, 1]
}

/** Target, prediction and error (prediction − target), one panel each. The first two share their colour scale. */
export function mapPanels(
  target: GridField,
  prediction: ArrayLike<number>,
  style: MapLook = { names: ['x₁', 'x₂'], side: 240 },
): readonly object[] {
  const error = Float64Array.from(
    { length: target.values.length },
    (_, i) => (prediction[i] ?? Number.NaN) - (target.values[i] ?? 0),
  )
  const shared: Colours = { scheme: 'viridis', range: extent(target.values) }
  const most = Math.max(...extent(error).map(Math.abs), 1e-12)
  const signed: Colours = { scheme: 'blueorange', range: [-most, most] }
  return [
    panel('target', target, shared, style),
    panel('prediction', { ...target, values: prediction }, shared, style),
    panel('prediction − target', { ...target, values: error }, signed, style),
  ]
}

/** Target, prediction and error side by side. */
export function mapsSpec(title: string, target: GridField, prediction: ArrayLike<number>): TopLevelSpec {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, anchor: 'middle' },
    config: look,
    hconcat: mapPanels(target, prediction),
    resolve: { scale: { color: 'independent' } },
  }
  return spec as TopLevelSpec
}
