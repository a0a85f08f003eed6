import { type TrainConfig, isOperatorProblem, meanSpread, networkLine, shown, table } from '@spikeward/experiment'
import { type ReproduceSettings, type ReproducedCost, type ReproducedRow, labelOf } from './reproduceRows.js'
import type { Reproduction } from './reproduction.js'

const ratio = (value: number): string => value.toFixed(2)

const solvedOf = ({ readoutSolve }: TrainConfig): string => (readoutSolve === null ? 'never' : `${readoutSolve} steps`)

const stepsOf = ({ trials }: ReproducedRow): string => [...new Set(trials.map((t) => String(t.steps)))].join(', ')

const oursLine = (config: TrainConfig): string => {
  const { time, batch, optimizer, schedule } = config
  return `${networkLine(config)}, T = ${time}, batch ${batch}, ${optimizer} with a ${schedule} schedule`
}

/** The settings that are ours, once for each network of the rows. */
function oursOf(rows: readonly ReproducedRow[], { keys }: ReproduceSettings, where: string): string {
  const lines = rows.map(({ config }) => oursLine(config))
  const distinct = [...new Set(lines)]
  return distinct
    .map((line) => {
      const own = rows.filter((_, i) => lines[i] === line).map(({ label }) => label)
      const of = distinct.length === 1 ? '' : ` (${[...new Set(own)].join('; ')})`
      return `Ours${of}: ${line}, ${keys} keys, ${where}.\n\n`
    })
    .join('')
}

const claimOf = (saving: number | null): string =>
  saving === null
    ? ''
    : `The paper reports a training cost about ${Math.round(100 * saving)}% below back-propagation's, which is ${(1 - saving).toFixed(2)} of it, and does not state how it is counted. `

/** The reproduction as a page in Markdown. */
export function reproduceReport(
  paper: Reproduction,
  settings: ReproduceSettings,
  rows: readonly ReproducedRow[],
  costs: readonly ReproducedCost[],
  reused: Readonly<Record<string, number>> = {},
): string {
  const { threads } = settings
  const where = `backend ${settings.backend}, ${threads === 1 ? '1 thread' : `${threads ?? 'all'} threads`}`
  const parts = [
    `# ${paper.title}: rows of ${paper.cite}\n\n`,
    settings.quick ? '**Quick: a few steps, to check that it works. The errors mean nothing.**\n\n' : '',
    settings.steps === undefined || settings.steps === null
      ? ''
      : `**Every run takes ${settings.steps} steps, by --steps: neither the number of its row nor the paper’s. The errors are not those of the reproduction.**\n\n`,
    Object.entries(reused)
      .map(([source, n]) => `**${n} stored runs and measurements are of ${source}, and were not repeated.**\n\n`)
      .join(''),
    paper.caveats.map((line) => `- ${line}\n`).join(''),
  ]
  for (const one of paper.cases) {
    const own = rows.filter((r) => r.problem === one.name)
    const operator = isOperatorProblem(one.problem)
    const isControlled = own.some((row) => row.baselines.randomSign !== null)
    parts.push(
      `\n## ${one.choice}\n\n`,
      oursOf(own, settings, where),
      table(
        [
          'method',
          'slope',
          'relative L2, paper',
          ...(operator ? ['mean per function, ours', 'pooled, ours'] : ['relative L2, ours']),
          operator ? 'untrained ridge (mean per function), ours' : 'untrained ridge, ours',
          ...(isControlled ? ['random signs, ours'] : []),
          'rate',
          'readout solved every',
          'steps',
          's',
        ],
        own.map((r) => [
          labelOf(r.label, r.config),
          `${r.surrogate} (${one.surrogates.find((s) => s.name === r.surrogate)?.about ?? ''})`,
          shown(r.paper),
          r.mean === null ? 'NaN' : meanSpread(r.mean, r.spread),
          ...(operator ? [r.meanPooled === null ? 'NaN' : meanSpread(r.meanPooled, r.spreadPooled)] : []),
          shown(r.baselines.untrained),
          ...(isControlled ? [shown(r.baselines.randomSign)] : []),
          String(r.config.learningRate),
          solvedOf(r.config),
          stepsOf(r),
          shown(r.seconds, 1),
        ]),
      ),
    )
    parts.push(
      '\n### Cost of a step\n\n',
      `${claimOf(paper.claimedSaving)}Measured here, on the same backend, in alternating rounds:\n\n`,
      table(
        ['step', 'ms', '÷ bp', 'MFLOP', '÷ bp', 'MiB moved', '÷ bp', 'peak MiB', '÷ bp'],
        costs
          .filter((c) => c.problem === one.name)
          .map((c) => [
            c.label,
            c.ms.toFixed(3),
            ratio(c.timeByBp),
            (c.flops / 1e6).toFixed(1),
            ratio(c.flopsByBp),
            (c.bytesMoved / 2 ** 20).toFixed(1),
            ratio(c.bytesMovedByBp),
            (c.peakBytes / 2 ** 20).toFixed(2),
            ratio(c.peakBytesByBp),
          ]),
      ),
      '\nOperations are counted from the plan, products as dense, directions included.\n',
    )
  }
  return parts.join('')
}
