import { mul, scan, sigmaDeltaForm, sub, sum, treeMap } from '@spikeward/core'
import type { ByLayer, Tensor } from '@spikeward/core'
import { sigmaDeltaStart } from '@spikeward/train'
import type { StudyRun } from '../study.js'
import type { Candidate } from './compare.js'
import { cellsOf, restOf } from './fronts.js'
import type { Trajectories } from './fronts.js'
import { advance, denseOperations, initialOf, operationsOf, stepsOf, trafficOf, wholeFields } from './stepper.js'

/** One rollout for a moving picture: the field, the messages of each cell, and the operations of each step. */
export interface EventsFilm {
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

/** The rollout of the first of these functions. */
export async function filmOf(
  { stepper: s, params, found }: Candidate,
  test: Trajectories,
  run: StudyRun,
): Promise<EventsFilm> {
  const { front } = test
  const one = { ...test, count: 1 }
  const [steps, cells] = [stepsOf(front, s), cellsOf(front)]
  const truth = wholeFields(one, s, run.backend)
  const start = sigmaDeltaStart(advance, params, initialOf(truth), restOf(front))
  const form = sigmaDeltaForm(advance)
  const [reader = ''] = Object.keys(start.held)
  const [, [fields, sent]] = scan(
    ({ u, held }: typeof start): [typeof start, [Tensor, ByLayer]] => {
      const { result, held: next, sends } = form.step(found.thresholds, held, params, u)
      const field = sub(result, mul(sub(u, next[reader]!), found.leak))
      return [{ u: field, held: next }, [field, treeMap<ByLayer>((m) => sum(m, -1), sends)]]
    },
    start,
    null,
    { length: steps },
  )
  const rows = async (t: Tensor, digits: number): Promise<number[][]> => {
    const values = Array.from(await t.data(), (x) => Number(Number(x).toFixed(digits)))
    return Array.from({ length: values.length / cells }, (_, i) => values.slice(i * cells, (i + 1) * cells))
  }
  const byLayer = await Promise.all(Object.values(sent).map((m) => rows(m, 0)))
  const at = (t: number): number[] => byLayer.map((m) => m[t]!.reduce((a, b) => a + b, 0))
  return {
    name: front.name,
    step: s.stride * front.frame,
    truth: await rows(truth, 3),
    fields: await rows(fields, 3),
    messages: byLayer[0]!.map((_, t) =>
      Array.from({ length: cells }, (_u, i) => byLayer.reduce((n, m) => n + m[t]![i]!, 0)),
    ),
    operations: Array.from({ length: steps }, (_, t) => operationsOf(trafficOf(front, s, 1, at(t)))),
    dense: denseOperations(front, s, 1),
  }
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
export function filmSvg({ name, step, truth, fields, messages, operations, dense }: EventsFilm): string {
  const steps = fields.length
  const cells = fields[0]!.length
  const all = [...truth, ...fields].flat()
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const x = (i: number): number => Math.round((i / cells) * WIDTH)
  const y = (u: number): number => Math.round(PLOT.top + PLOT.height * (1 - (u - low) / (high - low)))
  // Every second cell is a pixel apart or more.
  const shown = Array.from({ length: cells / 2 }, (_, i) => 2 * i)
  const curve = (row: readonly number[]): string => `M${shown.map((i) => `${x(i)} ${y(row[i]!)}`).join('L')}`
  const most = Math.max(...messages.flat())
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
<title>${name}: field, messages and operations of an event-driven time-stepper</title>
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
