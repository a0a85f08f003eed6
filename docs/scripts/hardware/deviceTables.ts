/** Errors of trainings on a simulated chip, means over keys. */
import { sampleDeviation, sampleMean } from '@spikeward/train'
import type { DeviceRow } from '../../../apps/bench/src/chip/device/devicePlan.js'
import type { OperatorDeviceRow } from '../../../apps/bench/src/chip/device/deviceOperators.js'
import type { DeviceErrors } from '../../../apps/bench/src/chip/device/deviceTraining.js'
import { allDeclared } from '../allDeclared.js'
import { titleOf } from './quantisedTables.js'
import type { StoredTable } from './storedTable.js'

type DeviceRun = {
  readonly problem: string
  readonly settings: { readonly trialKeys: readonly number[] }
  readonly rows: readonly DeviceRow[]
}

type OperatorRun = { readonly rows: readonly OperatorDeviceRow[] }

/** The names of estimators on a chip as code, by those of the stored runs. */
const estimators: Readonly<Record<string, string>> = Object.fromEntries(
  allDeclared('deviceEstimator').map(({ declaration: { aliases, name } }) => [aliases[0] ?? name, `\`${name}\``]),
)

const mean = (values: readonly number[]): string => sampleMean(values).toFixed(3)
const withSpread = (values: readonly number[]): string =>
  `${mean(values)} ± ${(sampleDeviation(values) ?? 0).toFixed(3)}`

/** An error, and in brackets that after a solve of the readout. */
const both = (errors: readonly DeviceErrors[]): string =>
  `${mean(errors.map((e) => e.relativeL2))} (${mean(errors.map((e) => e.solved))})`

/** Rows that agree in all that `by` names, in their order. */
function grouped<R>(rows: readonly R[], by: (row: R) => string): readonly (readonly R[])[] {
  const groups = new Map<string, R[]>()
  for (const row of rows) groups.set(by(row), [...(groups.get(by(row)) ?? []), row])
  return [...groups.values()]
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

const fineTuning: StoredTable = (runs) => [
  [
    'problem',
    'device',
    'in floats',
    'quantised',
    'with mismatch',
    'fine-tuned on the chip',
    'of the loss by mismatch removed',
    'of the whole loss',
  ],
  ...(runs as readonly DeviceRun[]).flatMap(({ problem, rows }) =>
    grouped(rows, ({ bits, spread }) => `${bits} ${spread}`).map((group) => {
      const { bits, spread } = group[0]!
      const error = (of: (row: DeviceRow) => DeviceErrors): number => sampleMean(group.map((row) => of(row).relativeL2))
      const trained = (row: DeviceRow): DeviceErrors => row.trained.held!
      const lost = error((r) => r.before) - error((r) => r.quantised)
      return [
        titleOf(problem),
        `${bits} bits, ${percent(spread)}`,
        both(group.map((r) => r.float)),
        both(group.map((r) => r.quantised)),
        both(group.map((r) => r.before)),
        both(group.map(trained)),
        percent((error((r) => r.before) - error(trained)) / lost),
        percent((error((r) => r.before) - error(trained)) / (error((r) => r.before) - error((r) => r.float))),
      ]
    }),
  ),
]

/** Operator networks by device: in floats, and on the device before and after training, with the share of the loss that training removed. */
const operators: StoredTable = ([first]) => {
  const { rows } = first as OperatorRun
  return [
    ['device', 'in floats', 'before training on the chip', 'fine-tuned on the chip', 'of the whole loss removed'],
    ...grouped(rows, ({ bits, spread }) => `${bits} ${spread}`).map((group) => {
      const { bits, spread } = group[0]!
      const error = (of: (row: OperatorDeviceRow) => number): number => sampleMean(group.map(of))
      const [float, before, trained] = [
        error((r) => r.float),
        error((r) => r.before.relativeL2),
        error((r) => r.trained.relativeL2),
      ]
      return [
        spread === 0 ? `${bits} bits, perfect` : `${bits} bits, ${percent(spread)}`,
        float.toFixed(3),
        both(group.map((r) => r.before)),
        both(group.map((r) => r.trained)),
        percent((before - trained) / (before - float)).replace('-', '−'),
      ]
    }),
  ]
}

const fromScratch: StoredTable = (runs) => {
  const rows = (runs as readonly DeviceRun[]).flatMap(({ rows: own, settings }) =>
    own.filter(({ kind }) => kind === 'from-scratch').map((row) => ({ ...row, trialKeys: settings.trialKeys.length })),
  )
  // Of two runs of the same training, the one whose settings more keys have chosen.
  const groups = grouped(rows, ({ estimator, bits }) => `${estimator} ${bits}`)
    .map((group) => group.filter(({ trialKeys }) => trialKeys === Math.max(...group.map((r) => r.trialKeys))))
    .toSorted(([a], [b]) => a!.estimator.localeCompare(b!.estimator) || b!.bits - a!.bits)
  const most = Math.max(...groups.map(([row]) => row!.trialKeys))
  const floats = groups.filter(([row]) => row!.trialKeys === most).flatMap((group) => group.map(({ float }) => float))
  const share = (value: number, of: keyof DeviceErrors): string => {
    const excess = value / sampleMean(floats.map((e) => e[of])) - 1
    return `${excess < 0 ? '−' : '+'}${Math.round(100 * Math.abs(excess))} %`
  }
  return [
    [
      'in integers',
      'bits',
      'readout learned',
      'learned, then solved',
      'solved every 100 steps',
      'against `spsa` in floats',
      'keys of the trials',
    ],
    ...groups.map((group) => {
      const of = (read: (row: DeviceRow) => number): number[] => group.map(read)
      const learned = of((r) => r.trained.learned!.relativeL2)
      const then = of((r) => r.trained.learned!.solved)
      const solved = of((r) => r.trained.solved!.solved)
      const shares = [
        share(sampleMean(learned), 'relativeL2'),
        share(sampleMean(then), 'solved'),
        share(sampleMean(solved), 'solved'),
      ]
      return [
        estimators[group[0]!.estimator]!,
        String(group[0]!.bits),
        ...[learned, then, solved].map(withSpread),
        shares.join(', '),
        String(group[0]!.trialKeys),
      ]
    }),
    [
      '`spsa`, in floats',
      '',
      withSpread(floats.map((e) => e.relativeL2)),
      withSpread(floats.map((e) => e.solved)),
      '',
      '',
      '',
    ],
  ]
}

const errorNeuron: StoredTable = ([first]) => {
  const { rows } = first as DeviceRun
  const losses = ['host', 'errorNeuron']
  const row = (
    name: string,
    kind: DeviceRow['kind'],
    spread: number,
    readout: keyof DeviceRow['trained'],
  ): string[] => {
    const own = rows.filter((r) => r.kind === kind && r.spread === spread)
    const before = own.filter(({ loss = 'host' }) => loss === 'host').map((r) => r.before.solved)
    const after = losses.map((l) =>
      own.filter(({ loss = 'host' }) => loss === l).map((r) => r.trained[readout]!.solved),
    )
    return [name, withSpread(before), ...after.map(withSpread)]
  }
  return [
    ['training', 'before', 'losses from the host', 'losses from the error neuron'],
    ...[0.05, 0.1, 0.2].map((s) => row(`fine-tuning, spread of ${percent(s)}`, 'fine-tuning', s, 'held')),
    row('from scratch, readout learned', 'from-scratch', 0, 'learned'),
    row('from scratch, readout solved every 100 steps', 'from-scratch', 0, 'solved'),
  ]
}

/** The tables by name. */
export const deviceTables: Readonly<Record<string, StoredTable>> = {
  'fine tuning': fineTuning,
  'operators on the chip': operators,
  'from scratch': fromScratch,
  'error neuron': errorNeuron,
}
