import { type ChartPoint, lineChartSpec, renderSvg } from '@spikeward/plots'
import type { LearnedSample } from '@spikeward/train'
import type { WatchedFigure } from './watchPage.js'
import { openWatchServer } from './watchServer.js'

/** Samples that the page shows. */
const SHOWN = 300
/** Milliseconds between two drawings. */
const REDRAW = 1000

/** The page of a stream. */
export interface StreamPage {
  readonly url: string
  /** @param rates the firing rate of each layer at the last outcome */
  show(outcomes: readonly LearnedSample[], rates: readonly number[]): Promise<void>
  end(text: string): Promise<void>
}

/** Opens a page on 127.0.0.1 that shows predictions, errors, firing rates and drift of a stream, in constant memory. */
export async function watchStream(port: number, targets: readonly string[]): Promise<StreamPage> {
  const server = await openWatchServer(port)
  const newest: LearnedSample[] = []
  const drifts: string[] = []
  const fired: ChartPoint[][] = []
  let lastFrame = -Infinity
  server.send('title', `Learning ${targets.join(', ')} from a stream`)
  const axis = (title: string) => ({ title, log: false })
  const send = async (figure: WatchedFigure, title: string, all: readonly ChartPoint[]): Promise<void> => {
    const points = all.filter(({ y }) => Number.isFinite(y))
    if (points.length === 0) return
    server.send(figure, await renderSvg(lineChartSpec({ points, x: axis('sample'), y: axis(title) })))
  }
  const draw = async (): Promise<void> => {
    lastFrame = performance.now()
    const both = newest.flatMap(({ index: x, prediction, y }) => [
      { x, y: prediction[0]!, line: 'prediction' },
      { x, y: y[0]!, line: 'target' },
    ])
    await send('prediction', targets[0]!, both)
    await send(
      'errors',
      'error',
      newest.map(({ index: x, error: y }) => ({ x, y, line: 'error' })),
    )
    await send('rates', 'rate', fired.flat())
    const last = newest.at(-1)
    if (last !== undefined) server.send('status', `Sample ${last.index}, error ${last.error.toPrecision(3)}`)
  }
  return {
    url: server.url,
    async show(outcomes, rates) {
      newest.push(...outcomes)
      newest.splice(0, newest.length - SHOWN)
      const x = newest.at(-1)?.index ?? 0
      fired.push(rates.map((y, layer) => ({ x, y, line: `layer ${layer + 1}` })))
      fired.splice(0, fired.length - SHOWN)
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
