import type { TopLevelSpec } from 'vega-lite'
import { curvePanels } from './curves.js'
import { mapPanels } from './maps.js'
import { look } from './render.js'

/** One function's solution and the network's prediction at the points of the problem's grid. */
export type ShownFunction = {
  readonly label: string
  readonly target: Float64Array
  readonly prediction: Float64Array
}

const titled = (title: string) => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: { text: title, anchor: 'middle' },
  config: look,
})

/** Solutions on a line, one next to the other: target and prediction, with the error below. */
export function lineFieldsSpec(
  title: string,
  axis: string,
  x: Float64Array,
  functions: readonly ShownFunction[],
): TopLevelSpec {
  const spec = {
    ...titled(title),
    hconcat: functions.map(({ label, target, prediction }) => ({
      title: { text: label, fontSize: 11 },
      vconcat: curvePanels(x, target, prediction, { width: 260, axis, value: 'u' }),
    })),
  }
  return spec as TopLevelSpec
}

/** The plane of the first two axes at the last point of every other axis, such as the final time. */
function planeOf(values: Float64Array, lengths: readonly number[]): Float64Array {
  const rest = lengths.slice(2).reduce((a, b) => a * b, 1)
  return rest === 1 ? values : values.filter((_, i) => i % rest === rest - 1)
}

/**
 * Solutions on a plane, one below the other, each with target, prediction and error as heat maps; of a third axis, the
 * last point is shown.
 */
export function mapFieldsSpec(
  title: string,
  axes: readonly string[],
  domain: readonly (readonly [number, number])[],
  lines: readonly Float64Array[],
  functions: readonly ShownFunction[],
): TopLevelSpec {
  const [n = 1, m = 1] = lines.map((line) => line.length)
  const [first = [0, 1] as const, second = [0, 1] as const] = domain
  const held = axes.slice(2).map((name, i) => `${name} = ${domain[i + 2]?.[1] ?? ''}`)
  const plane = (values: Float64Array): Float64Array =>
    planeOf(
      values,
      lines.map((line) => line.length),
    )
  const spec = {
    ...titled(held.length === 0 ? title : `${title}, at ${held.join(', ')}`),
    vconcat: functions.map(({ label, target, prediction }) => {
      const field = { shape: [n, m] as const, domain: [first, second] as const, values: plane(target) }
      const names = [axes[0] ?? 'x', axes[1] ?? 'y'] as const
      return {
        title: { text: label, fontSize: 11 },
        hconcat: mapPanels(field, plane(prediction), { names, side: 170 }),
        resolve: { scale: { color: 'independent' } },
      }
    }),
    resolve: { scale: { color: 'independent' } },
  }
  return spec as TopLevelSpec
}
