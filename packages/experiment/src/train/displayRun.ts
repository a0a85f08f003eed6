/** A trained run for people: its figure, and itself in a notebook. */
import { type FigureSpec, renderSvg } from '@spikeward/plots'
import type { Variables } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import { resultSpecs, titleOf } from '../figures/resultSpecs.js'
import type { Parts } from '../run/buildParts.js'
import { type Result, resultRows } from '../run/result.js'

/** The parts of a trained run that its display reads. */
export type ShownParts = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly variables: Variables
  readonly result: Omit<Result, 'run'>
}

/** See `figure` of a trained run. */
export async function figureOf({ config, parts, variables, result }: ShownParts): Promise<FigureSpec | null> {
  const { experiment } = parts
  const measured = await experiment.measure(variables, 'test')
  const title = titleOf(experiment, config, measured)
  return resultSpecs(experiment, await experiment.data('test'), measured, result.baselines.untrained, { title }).result
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A run in a notebook, by MIME type: its errors beside those of the baselines, and its figure. */
export async function displayOf(run: ShownParts): Promise<Readonly<Record<string, string>>> {
  const { experiment } = run.parts
  const rows = resultRows(run.result, { operator: experiment.unit === 'functions', noBaseline: experiment.noBaseline })
  const figure = await figureOf(run)
  const lines = rows.map(([name, value]) => `<tr><td>${escaped(name)}</td><td>${escaped(value)}</td></tr>`)
  return {
    'text/plain': rows.map(([name, value]) => `${name}: ${value}`).join('\n'),
    'text/html': `<table>${lines.join('')}</table>${figure === null ? '' : await renderSvg(figure)}`,
  }
}
