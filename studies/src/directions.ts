/** Error of random directions against their number, width and time steps, beside random signs. */
import { hasLearned } from '@spikeward/experiment'
import { lineChartSpec } from '@spikeward/plots'
import { sampleMean } from '@spikeward/train'
import { type ScaleResult, type ScaleRow, TIMES, WIDTHS, along, layers, rowsOf, scaleTable } from './scale.js'
import type { Study } from './study.js'
import { meanSpread } from './tools.js'

const EIGHT = ['rfg(directions=8)']
const KEYS = 5

const counts = (values: readonly number[]) =>
  along('K', values, ['rfg'], (directions) => ({ hidden: [64], declared: { directions } }))

/** Whether a row lies below the untrained networks and below random signs by more than the spread. */
function verdict({ errors, untrained, randomSign }: ScaleRow): string {
  const learned = hasLearned(errors, [untrained, randomSign ?? errors.map(() => null)])
  return learned === null ? '–' : learned ? 'yes' : 'no'
}

/** Error of random directions. */
export const directions: Study<ScaleResult> = {
  name: 'directions',
  summary: 'error of random directions against their number, width and T, beside random signs at the same rate',
  run(study) {
    const cells = study.quick
      ? counts([4])
      : [
          ...along('neurons of a layer', WIDTHS, EIGHT, (n) => ({ hidden: layers(2, n) })),
          ...along('T', TIMES, EIGHT, (time) => ({ hidden: layers(2), time })),
          ...counts([1, 4, 16, 64, 256, 1024]),
        ]
    return rowsOf(cells, study, { name: 'directions', keys: KEYS })
  },
  table: (result) =>
    scaleTable(result, 'five', {
      'random signs': (row) => meanSpread(row.randomSign ?? []),
      learned: verdict,
    }),
  figures({ rows }) {
    const lines = { rfg: 'errors', 'random signs': 'randomSign', 'untrained, readout solved': 'untrained' } as const
    const points = rows
      .filter(({ axis }) => axis === 'K')
      .flatMap((row) =>
        Object.entries(lines).map(([line, errors]) => ({
          ...{ x: row.value, line },
          y: sampleMean((row[errors] ?? []).map((e) => e ?? Number.NaN)),
        })),
      )
    const x = { title: 'K', log: true }
    return { 'scale-directions': lineChartSpec({ points, x, y: { title: 'relative L2', log: true } }) }
  },
}
