import { sampleDeviation, sampleMean } from '@spikeward/train'
import { markdownTable } from 'markdown-table'
import { forecasters } from './mackeyGlass/forecasters.js'
import type { Forecaster, Setting } from './mackeyGlass/forecasters.js'
import { LENGTH, POINTS, mackeyGlass, smape } from './mackeyGlass/series.js'
import type { Study, StudyRun } from './study.js'
import { columns } from './tools.js'

/** Starts of the 30 test windows, half a Lyapunov time apart, as NeuroBench has them. */
const TEST = Array.from({ length: 30 }, (_, i) => Math.floor((i * POINTS) / 2))
/** Starts of the windows that hyperparameters are chosen on, behind all test windows. */
const VALIDATION = Array.from({ length: 6 }, (_, i) => 3000 + 300 * i)
const ALL = 3000 + 300 * 6 + 2 * LENGTH

/** One row: a forecaster with the setting that validation chose. */
export interface MackeyGlassRow {
  readonly name: string
  readonly setting: Setting
  /** Mean error over the validation windows with key 0; null in a quick run, which chooses nothing. */
  readonly validation: number | null
  /** Mean over keys of the mean error over the test windows, and its deviation over keys. */
  readonly smape: number
  readonly deviation: number
  readonly keys: number
  /** Multiplications of a step of the forecast: those not by zero (0 if not counted), and all. */
  readonly effective: number
  readonly dense: number
}

async function rowOf(one: Forecaster, { quick, backend, log }: StudyRun): Promise<MackeyGlassRow> {
  const series = mackeyGlass(ALL)
  const scores = async (starts: readonly number[], setting: Setting, key: number) => {
    const found: { score: number; effective: number; dense: number }[] = []
    for (const from of starts) {
      const points = series.slice(from, from + LENGTH + 1)
      const { values, ...work } = await one.forecast(setting, points, key, backend)
      found.push({ score: smape(values, series.subarray(from + LENGTH + 1, from + 2 * LENGTH + 1)), ...work })
    }
    return {
      score: sampleMean(found.map((f) => f.score)),
      effective: sampleMean(found.map((f) => f.effective)),
      dense: found[0]!.dense,
    }
  }
  let [setting, validation]: [Setting, number | null] = [one.settings[0]!, null]
  for (const candidate of quick ? [] : one.settings) {
    const { score } = await scores(VALIDATION, candidate, 0)
    log(`${one.name} ${JSON.stringify(candidate)}: ${score.toFixed(2)}`)
    if (validation === null || score < validation) [setting, validation] = [candidate, score]
  }
  const keys = one.isRandom ? Array.from({ length: quick ? 2 : 5 }, (_, i) => i + 1) : [0]
  const found: Awaited<ReturnType<typeof scores>>[] = []
  for (const key of keys) found.push(await scores(quick ? TEST.filter((_, i) => i % 6 === 0) : TEST, setting, key))
  const errors = found.map(({ score }) => score)
  const row = {
    ...{ name: one.name, setting, validation, smape: sampleMean(errors), deviation: sampleDeviation(errors) ?? 0 },
    ...{ keys: keys.length, effective: sampleMean(found.map((f) => f.effective)), dense: found[0]!.dense },
  }
  log(`${one.name}: sMAPE ${row.smape.toFixed(2)} ± ${row.deviation.toFixed(2)}`)
  return row
}

/**
 * NeuroBench's task on the Mackey–Glass series with τ = 17: ten Lyapunov times to learn, ten to forecast without any
 * input.
 */
export const mackeyGlassForecast: Study<{ readonly rows: readonly MackeyGlassRow[]; readonly smape: number }> = {
  name: 'mackey-glass',
  summary:
    'forecast of ten Lyapunov times of the Mackey–Glass series, as NeuroBench has it, by online learning and by baselines',
  async run(options) {
    const rows: MackeyGlassRow[] = []
    for (const one of forecasters) rows.push(await rowOf(one, options))
    return { rows, smape: rows.at(-1)!.smape }
  },
  table: ({ rows }) =>
    markdownTable([
      ...columns(rows, {
        'forecast by': (r) => r.name,
        sMAPE: ({ smape: mean, deviation, keys }) =>
          keys > 1 ? `${mean.toFixed(2)} ± ${deviation.toFixed(2)} (${keys} keys)` : mean.toFixed(2),
        validation: (r) => r.validation?.toFixed(2) ?? '—',
        'multiplications a step': (r) => String(r.dense),
        'not by zero': (r) => (r.effective === 0 ? '—' : r.effective.toFixed(0)),
        setting: (r) => Array.from(Object.entries(r.setting), (one) => one.join(' ')).join(', '),
      }),
      ['LSTM (published, NeuroBench)', '13.37', '—', '—', '—', ''],
      ['echo state network (published, NeuroBench)', '14.79', '—', '—', '—', ''],
    ]),
  finding: ({ smape: found }) =>
    `Sigma–delta units with a readout by recursive least squares forecast the Mackey–Glass series with a sMAPE of ${found.toFixed(2)}.`,
}
