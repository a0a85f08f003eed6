import { digits, gflop, lines, mib } from '../../report/tableMarkdown.js'
import { estimatorNames } from '../../catalogue.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { type ScalingRow, type ScalingSettings, measureScaling, range } from '../../scaling/measureScaling.js'
import { counts, positive, someOf } from '../../argumentParsers.js'
import { withStepOptions } from './stepOptions.js'

const names = { widths: 'hidden width', time: 'T', batch: 'batch', directions: 'K' } as const

export const scaling = defineBenchmark<ScalingSettings, { readonly rows: readonly ScalingRow[] }>({
  name: 'scaling',
  folder: 'speed',
  about: 'time and memory of a step as width, T, batch and K grow, one at a time',
  options: (command) =>
    withStepOptions(command)
      .option('--over-widths <list>', 'hidden widths', counts, range(32, 1024))
      .option('--over-times <list>', 'time steps', counts, range(8, 1024))
      .option('--over-batches <list>', 'points per step', counts, range(64, 65_536))
      .option('--over-directions <list>', 'directions, for rfg only', counts, range(1, 64))
      .option('--estimators <list>', 'estimators to measure', someOf(...estimatorNames), ['rfg', 'bp'])
      .option('--memory-limit <GiB>', 'skip a step that would hold more', positive, 6)
      .option('--step-limit <s>', 'skip a step that would take longer', positive, 5)
      .option('--cell-seconds <s>', 'seconds for one cell', positive, 1.5),
  quick: {
    overWidths: [32, 128],
    overTimes: [8, 32],
    overBatches: [64, 1024],
    overDirections: [1, 4],
    cellSeconds: 0.2,
    stepLimit: 0.5,
  },
  measure: async (settings, { io }) => measureScaling(settings, io),
  tables: ({ settings, rows }) =>
    (Object.keys(names) as (keyof typeof names)[]).map((factor) => ({
      title: `Scaling over ${names[factor]}: ${settings.backend}, otherwise ${settings.widths.join('-')}, T = ${settings.time}, batch ${settings.batch}, K = ${settings.directions}`,
      head: [names[factor], 'estimator', 'median ms', 'GFLOP', 'workspace MiB', 'skipped'],
      rows: rows
        .filter((r) => r.factor === factor)
        .map((r) => [
          String(r.value),
          r.estimator,
          digits(r.medianMs),
          gflop(r.flops),
          mib(r.workspaceBytes),
          r.skipped ?? '',
        ]),
    })),
  figures: ({ settings, rows }) =>
    (Object.keys(names) as (keyof typeof names)[]).map((factor) =>
      lines(
        `A step over ${names[factor]} (${settings.backend})`,
        rows.flatMap((r) =>
          r.factor === factor && r.medianMs !== null ? [{ x: r.value, y: r.medianMs, line: r.estimator }] : [],
        ),
        { title: names[factor], log: true },
        { title: 'median ms per step', log: true },
      ),
    ),
})
