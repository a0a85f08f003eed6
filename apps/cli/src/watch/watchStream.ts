import { lineChartSpec, renderSvg } from '@spikeward/plots'
import type { LearnedSample } from '@spikeward/train'
import { openWatchServer } from './watchServer.js'

/** Samples that the page shows. */
const SHOWN = 300
/** Milliseconds between two drawings. */
const REDRAW = 1000

/** The page of a stream. */
export interface StreamPage {
  readonly url: string
  show(outcomes: readonly LearnedSample[]): Promise<void>
  end(text: string): Promise<void>
}

/** Opens a page on 127.0.0.1 that shows predictions, targets, errors and drift of a stream, in constant memory. */
export async function watchStream(port: number, targets: readonly string[]): Promise<StreamPage> {
  const server = await openWatchServer(port)
  const newest: LearnedSample[] = []
  const drifts: string[] = []
  let lastFrame = -Infinity
  server.send('title', `Learning ${targets.join(', ')} from a stream`)
  const draw = async (): Promise<void> => {
    lastFrame = performance.now()
    const [x, y] = [
      { title: 'sample', log: false },
      { title: targets[0]!, log: false },
    ]
    const points = newest.flatMap((one) => [
      { x: one.index, y: one.prediction[0]!, line: 'prediction' },
      { x: one.index, y: one.y[0]!, line: 'target' },
    ])
    const finite = points.filter((point) => Number.isFinite(point.y))
    if (finite.length > 0) server.send('prediction', await renderSvg(lineChartSpec({ points: finite, x, y })))
    const errors = newest.flatMap(({ index, error }) =>
      Number.isFinite(error) ? [{ x: index, y: error, line: 'error' }] : [],
    )
    if (errors.length > 0)
      server.send('errors', await renderSvg(lineChartSpec({ points: errors, x, y: { title: 'error', log: false } })))
    const last = newest.at(-1)
    if (last !== undefined) server.send('status', `Sample ${last.index}, error ${last.error.toPrecision(3)}`)
  }
  return {
    url: server.url,
    async show(outcomes) {
      newest.push(...outcomes)
      newest.splice(0, newest.length - SHOWN)
      const noticed = outcomes.filter(({ drift }) => drift).map(({ index }) => `Errors have risen at sample ${index}.`)
      drifts.push(...noticed)
      drifts.splice(0, drifts.length - 10)
      if (noticed.length > 0) server.send('findings', drifts)
      if (performance.now() - lastFrame > REDRAW) await draw()
    },
    async end(text) {
      await draw()
      server.send('end', text)
      await server.close()
    },
  }
}
