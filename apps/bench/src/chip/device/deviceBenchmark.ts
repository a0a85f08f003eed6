import { backendNames, openBackend } from '../../backends.js'
import { bars } from '../../report/figure.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { count, counts, keys, oneOf, someOf } from '../../argumentParsers.js'
import { chipProblems } from '../chipProblems.js'
import { meanAndSpread } from '../meanAndSpread.js'
import { measureDevice } from './measureDevice.js'
import type { DeviceMeasurements, DevicePlan, DeviceRow } from './devicePlan.js'
import type { DeviceErrors } from './deviceTraining.js'
import { bestOf, deviceEstimatorNames, deviceLosses, lossOf, meansOf } from './deviceTrials.js'
import type { DeviceChoice, DeviceLossName, DeviceSearch, DeviceTrial } from './deviceTrials.js'
import type { FloatTrial } from '../floatBaseline.js'

type Settings = Pick<DevicePlan, 'kinds' | 'estimators' | 'losses' | 'bits' | 'trialKeys' | 'keys'> & {
  readonly backend: string
  readonly threads: number
  readonly problem: string
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly floatSteps: number
  readonly tuneSteps: number
  readonly scratchSteps: number
}

type DeviceResult = { readonly problem: string; readonly beta: number } & DeviceMeasurements

/** The leak of all neurons. */
const BETA = 0.9

const lossNames = Object.keys(deviceLosses) as readonly DeviceLossName[]

/** Where the losses are formed, if not on the host. */
const byLoss = (of: Pick<DeviceSearch, 'loss'>): string => (lossOf(of) === 'host' ? '' : `, losses by ${lossOf(of)}`)

/** Rows of the same device, one group each. */
function groupsOf(rows: readonly DeviceRow[]): readonly (readonly [name: string, rows: readonly DeviceRow[]])[] {
  const groups = new Map<string, DeviceRow[]>()
  for (const row of rows) {
    const device = row.spread === 0 ? 'perfect' : `spread ${Math.round(100 * row.spread)} %`
    const name = `${row.kind}, ${row.estimator}${byLoss(row)}, ${row.bits} bits, ${device}`
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  return [...groups]
}

/** The searches to which trials belong. */
function searchesOf(trials: readonly DeviceTrial[]): readonly DeviceSearch[] {
  const searches = new Map<string, DeviceSearch>()
  for (const trial of trials) {
    const { kind, estimator, bits, readout } = trial
    const search = { kind, estimator, bits, loss: lossOf(trial), ...(readout && { readout }) }
    searches.set(Object.values(search).join(), search)
  }
  return [...searches.values()]
}

/** The treatment of the readout in a search. Older runs, in which treatments shared a search, solved the readout. */
const readoutOf = ({ readout = 'solved' }: DeviceSearch): string =>
  readout === 'solved' ? 'solved every 100 steps' : readout

/** The errors of a trial of a learning rate in floats, such as 0.1234 and 0.0912. */
const floatErrors = ({ validation }: FloatTrial): string =>
  typeof validation === 'number'
    ? validation.toFixed(4)
    : `${validation.relativeL2.toFixed(4)} (${validation.solved.toFixed(4)})`

/** `device`: training on a simulated chip, against floats. */
export const device = defineBenchmark<Settings, DeviceResult>({
  name: 'device',
  folder: 'hardware',
  about: 'training on a simulated chip in integers: fine-tuning on imperfect devices, and from scratch',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that simulates the chip', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--problem <name>', 'the problem to learn', oneOf(...Object.keys(chipProblems)), 'mexican-hat')
      .option('--kinds <list>', 'fine-tuning, from scratch', someOf('fine-tuning', 'from-scratch'), [
        'fine-tuning',
        'from-scratch',
      ])
      .option('--estimators <list>', 'estimators from scratch', someOf(...deviceEstimatorNames), [
        'nodePerturbation',
        'spsa',
      ])
      .option('--losses <list>', 'where losses are formed', someOf(...lossNames), ['host'])
      .option('--bits <list>', 'bits of a weight, including its sign', counts, [8, 6, 4])
      .option('--trial-keys <list>', 'keys of the trials that choose rates and perturbations', keys, [71, 72, 73])
      .option('--keys <list>', 'keys of network, device and perturbations', keys, [81, 82, 83, 84, 85])
      .option('--hidden <list>', 'widths of the hidden layers', counts, [64, 64])
      .option('--time <n>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step', count, 256)
      .option('--float-steps <n>', 'steps in floats before fine-tuning', count, 800)
      .option('--tune-steps <n>', 'steps of fine-tuning on the device', count, 300)
      .option('--scratch-steps <n>', 'steps from scratch, on the device and by spsa in floats', count, 800),
  quick: {
    bits: [8, 4],
    trialKeys: [71],
    keys: [81],
    hidden: [8, 8],
    time: 8,
    batch: 32,
    floatSteps: 10,
    tuneSteps: 4,
    scratchSteps: 4,
  },
  async measure(s, { io }) {
    await using backend = await openBackend(s.backend, s.threads)
    const problem = await chipProblems[s.problem]!()
    const { kinds, estimators, losses, bits, trialKeys } = s
    const settings = { hidden: s.hidden, time: s.time, beta: BETA, batch: s.batch }
    const steps = { float: s.floatSteps, tune: s.tuneSteps, scratch: s.scratchSteps }
    const plan = { problem, settings, steps, kinds, estimators, losses, bits, trialKeys, keys: s.keys }
    const measured = await measureDevice(plan, backend, (told) => io.err(`${told}\n`))
    return { result: { problem: s.problem, beta: BETA, ...measured }, samples: {} }
  },
  tables: ({ settings, problem, rows, trials, floatTrials }) => [
    {
      title: `Training on a simulated Loihi 2: ${problem}, ${settings.hidden.join('-')}, T = ${settings.time}, relative L2 on the test points`,
      head: [
        'training, estimator, device',
        'floats',
        'floats, solved',
        'quantised, before training on the chip',
        'quantised, before training on the chip, solved',
        'on the device, before training on the chip',
        'on the device, before training on the chip, solved',
        'trained on the chip, readout held or learned',
        'trained on the chip, readout held or learned, then solved',
        'trained on the chip, readout solved every 100 steps',
      ],
      rows: groupsOf(rows).map(([name, group]) => {
        const shown = (of: (row: DeviceRow) => DeviceErrors | null, field: keyof DeviceErrors): string => {
          const values = group.flatMap((row) => of(row)?.[field] ?? [])
          return values.length === 0 ? '—' : meanAndSpread(values)
        }
        const both = (of: (row: DeviceRow) => DeviceErrors | null): string[] => [
          shown(of, 'relativeL2'),
          shown(of, 'solved'),
        ]
        return [
          name,
          ...both((r) => r.float),
          ...both((r) => r.quantised),
          ...both((r) => r.before),
          ...both((r) => r.trained.held ?? r.trained.learned ?? null),
          shown((r) => r.trained.solved ?? null, 'solved'),
        ]
      }),
      note:
        `Mean ± standard deviation over the keys ${settings.keys.join(', ')}. "Solved": the host solves the readout on the training points after the training. ` +
        `Floats: eligibility, ${settings.floatSteps} steps, before fine-tuning of ${settings.tuneSteps} steps; spsa, ${settings.scratchSteps} steps, beside training from scratch of as many. ` +
        'Fine-tuning holds the readout; from scratch the host learns it by the delta rule.',
    },
    {
      title: `Trials of rate and perturbation: ${problem}, relative L2 on the validation points`,
      head: ['training, estimator', 'bits', 'readout', 'keys', 'mean errors of the trials', 'chosen'],
      rows: searchesOf(trials).map((search) => {
        const told = (t: DeviceChoice): string => `2^${t.rate}${t.k === null ? '' : `, k = ${t.k}`}`
        return [
          `${search.kind}, ${search.estimator}${byLoss(search)}`,
          String(search.bits),
          readoutOf(search),
          [...new Set(trials.map((t) => t.key))].join(', '),
          meansOf(trials, search)
            .map((m) => `${told(m)}: ${m.validation.toFixed(4)}`)
            .join('; '),
          told(bestOf(trials, search)),
        ]
      }),
      note:
        'A rate of 2^r is the first largest update of a layer in weight steps. ' +
        (floatTrials.length === 0
          ? ''
          : `spsa in floats, rate, key and error, after a solve of the readout in brackets: ${floatTrials.map((t) => `${t.learningRate}, ${t.key}: ${floatErrors(t)}`).join('; ')}.`),
    },
  ],
  headline({ rows }) {
    const [name, group] = groupsOf(rows)[0]!
    const shown = (of: (row: DeviceRow) => DeviceErrors | undefined): string =>
      meanAndSpread(group.flatMap((row) => of(row)?.relativeL2 ?? []))
    return [
      `Training on a simulated chip (${name}) brings the relative L2 error from ${shown((r) => r.before)} to ` +
        `${shown((r) => r.trained.held ?? r.trained.learned)}; in floats it is ${shown((r) => r.float)} (mean of ${group.length} keys).`,
    ]
  },
  figures: ({ rows }) => [
    bars(
      'Relative L2 after training on the chip, readout solved',
      groupsOf(rows).map(([name, group]) => ({
        name,
        value: group.reduce((sum, r) => sum + (r.trained.solved?.solved ?? 0), 0) / group.length,
      })),
      'relative L2',
    ),
  ],
})
