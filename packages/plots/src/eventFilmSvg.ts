import { extent } from './specs/scales.js'

/** One rollout for a moving picture: the field, the messages of each cell, and the operations of each step. */
export interface EventFilm {
  readonly name: string
  readonly step: number
  /** The truth from the start, by step and cell; one more row than `fields`. */
  readonly truth: readonly (readonly number[])[]
  readonly fields: readonly (readonly number[])[]
  /** Messages of all channels of all layers, by step and cell. */
  readonly messages: readonly (readonly number[])[]
  readonly operations: readonly number[]
  /** Operations of a dense step. */
  readonly dense: number
}

/** Seconds that one step is shown. */
const PACE = 0.5
const WIDTH = 640
const PLOT = { top: 40, height: 130 }
const MESSAGES = { bottom: 240, height: 50 }
const COLUMNS = { bottom: 350, height: 80 }

const colours = { truth: '#9aa0a6', field: '#1f77b4', events: '#d95f02', dense: '#9aa0a6', text: '#7a7f85' }

/** An attribute that jumps from value to value, and starts again. */
const jumps = (attribute: string, values: readonly (string | number)[]): string =>
  `<animate attributeName="${attribute}" values="${values.join(';')}" dur="${values.length * PACE}s" calcMode="discrete" repeatCount="indefinite"/>`

const text = (x: number, y: number, words: string, anchor = 'start'): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`

/**
 * A rollout as an SVG that moves: the field beside the truth, a line for each cell whose height is the number of its
 * messages, and for each step the operations of the event-driven network within those of the dense one.
 */
export function eventFilmSvg({ name, step, truth, fields, messages, operations, dense }: EventFilm): string {
  const steps = fields.length
  const cells = fields[0]!.length
  const [low, high] = extent([...truth, ...fields].flat())
  const x = (i: number): number => Math.round((i / cells) * WIDTH)
  const y = (u: number): number => Math.round(PLOT.top + PLOT.height * (1 - (u - low) / (high - low || 1)))
  // Every second cell is a pixel apart or more.
  const shown = Array.from({ length: cells / 2 }, (_, i) => 2 * i)
  const curve = (row: readonly number[]): string => `M${shown.map((i) => `${x(i)} ${y(row[i]!)}`).join('L')}`
  const [, most] = extent(messages.flat())
  const lines = (row: readonly number[]): string =>
    shown
      .map((i) => ({ i, n: Math.max(row[i]!, row[i + 1]!) }))
      .filter(({ n }) => n > 0)
      .map(({ i, n }) => `M${x(i)} ${MESSAGES.bottom}v-${Math.max(1, Math.round((MESSAGES.height * n) / most))}`)
      .join('') || 'M0 0'
  const gap = WIDTH / steps
  const columns = operations.map((n, t) => {
    const [height, left] = [Math.max(1, Math.round((COLUMNS.height * n) / dense)), Math.round(t * gap) + 2]
    const visible = operations.map((_, at) => (at >= t ? 1 : 0.15))
    return `<rect x="${left}" y="${COLUMNS.bottom - height}" width="${Math.round(gap) - 4}" height="${height}">${jumps('opacity', visible)}</rect>`
  })
  const spent = operations.map((_, t) => operations.slice(0, t + 1).reduce((a, b) => a + b, 0) / (dense * (t + 1)))
  const only = (t: number): (string | number)[] => operations.map((_, at) => (at === t ? 1 : 0))
  const captions = spent.map(
    (share, t) =>
      `<g opacity="${t === steps - 1 ? 1 : 0}">${jumps('opacity', only(t))}${text(WIDTH, 20, `t = ${((t + 1) * step).toFixed(2)}`, 'end')}${text(WIDTH, 262, `${(100 * share).toFixed(0)} % of the dense operations so far`, 'end')}</g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 360" font-family="sans-serif" font-size="14" fill="${colours.text}">
<title>${name.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}: field, messages and operations of an event-driven time-stepper</title>
${text(0, 20, 'Field: event-driven network (blue) and truth (grey)')}
<g fill="none" stroke-width="2"><path stroke="${colours.truth}" stroke-width="5" opacity="0.5" d="${curve(truth[steps]!)}">${jumps('d', truth.slice(1).map(curve))}</path>
<path stroke="${colours.field}" d="${curve(fields[steps - 1]!)}">${jumps('d', fields.map(curve))}</path>
<path stroke="${colours.events}" d="${lines(messages[steps - 1]!)}">${jumps('d', messages.map(lines))}</path></g>
${text(0, 262, 'Messages (above) and operations of each step')}
<rect x="0" y="${COLUMNS.bottom - COLUMNS.height}" width="${WIDTH}" height="${COLUMNS.height}" fill="${colours.dense}" opacity="0.25"/>
<g fill="${colours.events}">${columns.join('')}</g>
${captions.join('\n')}
</svg>
`
}
