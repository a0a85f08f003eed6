import { type ChartPoint, type FigureSpec, lineChartSpec, lossSpec, renderSvg } from '@spikeward/plots'
import { lineOf } from '@spikeward/experiment'
import type { DiagnosedState, Experiment, OpenWatch, Split } from '@spikeward/experiment'
import { resultSpecs, scoreText, spikesFigure } from '@spikeward/experiment/node'
import { openWatchServer } from './watchServer.js'
import type { WatchedFigure } from './watchPage.js'

const REDRAW = 500

/** The split whose prediction is drawn: of two inputs only the test points lie on a grid. */
const shownSplit = (experiment: Experiment): Split =>
  experiment.sensors !== null || experiment.names.inputs.length === 1 ? 'validation' : 'test'

/**
 * How the page of a run is opened on 127.0.0.1: losses and errors, firing rates, the prediction, the spikes at one
 * input, and the diagnosis.
 */
export const watchOn =
  (port: number): OpenWatch =>
  async (config, experiment) => {
    const server = await openWatchServer(port)
    const losses: { step: number; loss: number }[] = []
    const validation: { step: number; relativeL2: number; measure?: 'residual' | undefined }[] = []
    const rates: ChartPoint[] = []
    const findings: string[] = []
    let lastFrame = -Infinity
    server.send('title', `${experiment.problem.name} by ${config.estimator}`)
    const draw = async (name: WatchedFigure, spec: FigureSpec | null | undefined): Promise<void> => {
      if (spec !== null && spec !== undefined) server.send(name, await renderSvg(spec))
    }
    const drawLosses = async (): Promise<void> => {
      lastFrame = performance.now()
      if (losses.length > 0) await draw('loss', lossSpec({ losses, validation }))
    }
    const drawState = async ({ activity, variables, fresh }: DiagnosedState): Promise<void> => {
      findings.push(...fresh.map(lineOf))
      server.send('findings', findings)
      rates.push(...activity.layers.map(({ name, mean }) => ({ x: activity.step, y: mean, line: name })))
      const axes = { x: { title: 'step', log: false }, y: { title: 'mean firing rate', log: false } }
      if (rates.length > 0) await draw('rates', lineChartSpec({ points: rates, ...axes }))
      const split = shownSplit(experiment)
      const measured = await experiment.measure(variables, split)
      const title = `${split} data, ${scoreText(measured)}`
      const shown = await experiment.data(split)
      await draw('prediction', resultSpecs(experiment, shown, measured, null, { title }).result)
      await draw('spikes', await spikesFigure(experiment, variables, config, 'validation', null))
    }
    return {
      url: server.url,
      async show(event, state) {
        if (event.type === 'metrics') {
          losses.push({ step: event.step, loss: event.loss })
          const speed = `${event.stepsPerSecond.toFixed(0)} steps per second`
          server.send('status', `Step ${event.step} of ${config.steps}, loss ${event.loss.toPrecision(3)}, ${speed}`)
        }
        if (event.type === 'validation') validation.push(event)
        if (state !== null) await drawState(state)
        if (state !== null || performance.now() - lastFrame > REDRAW) await drawLosses()
      },
      async end(text) {
        await drawLosses()
        server.send('end', text)
        await server.close()
      },
    }
  }
