import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine } from '../../accuracy/commandLine.js'
import { commandResult } from '../../accuracy/commandResult.js'
import { bars } from '../../report/figure.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { mean } from '../../sampleStatistics.js'
import { count, counts, keys, oneOf } from '../../argumentParsers.js'
import { backendNames } from '../../backends.js'
import { spreadsAt, STUCK, TRIAL_SPREAD } from './devicePlan.js'
import type { DeviceErrors } from './deviceTraining.js'
import { bestOf, meansOf, searchSettings } from './deviceTrials.js'
import type { DeviceSearch, DeviceTrial } from './deviceTrials.js'
import { meanAndSpread } from '../meanAndSpread.js'
import { backendFlags, chipOperators, trainOperator } from '../operatorRun.js'
import type { OperatorSettings } from '../operatorRun.js'

type Settings = OperatorSettings & {
  readonly problem: string
  readonly bits: readonly number[]
  readonly trialKeys: readonly number[]
  readonly keys: readonly number[]
  readonly tuneSteps: number
}

/** An operator network on a device. Errors on the chip are relative L2 errors, with the readouts unchanged and with the branch's readout solved. */
export type OperatorDeviceRow = {
  readonly key: number
  readonly bits: number
  /** Spread of thresholds and decays; 0: a perfect device. */
  readonly spread: number
  readonly float: number
  /** Before the training on this device, and after it. */
  readonly before: DeviceErrors
  readonly trained: DeviceErrors
}

type Result = { readonly trials: readonly DeviceTrial[]; readonly rows: readonly OperatorDeviceRow[] }

/** Trials draw functions with a data key that no reported run uses. */
const TRIAL_DATA_KEY = 1

/**
 * The rate of the run of one step that gives the errors before training: the slowest one of `chip train`. Its solved
 * readout is that of the parameters after the step, in which stochastic rounding moves a weight with a small probability.
 */
const MIN_RATE = -24

/** The search of the rate for a width of the weights. */
const searchOf = (bits: number): DeviceSearch => ({
  kind: 'fine-tuning',
  estimator: 'nodePerturbation',
  loss: 'host',
  bits,
  readout: 'held',
})

/** The devices of a width: the perfect one first, and the imperfect ones. */
const devicesOf = (bits: number): readonly number[] => [0, ...spreadsAt(bits)]

/** Measures all devices by the command line, in a folder for the runs. */
async function measureIn(folder: string, s: Settings, report: (told: string) => void): Promise<Result> {
  const program = await commandLine()
  const runOf = (key: number): string => join(folder, String(key))
  const tune = async (key: number, bits: number, spread: number, steps: number, rate: number) => {
    const out = join(folder, 'on-chip')
    const { relativeL2 } = await commandResult<{ readonly relativeL2: Readonly<Record<string, number>> }>(program, [
      ...['chip', 'train', runOf(key), '--bits', String(bits), '--spread', String(spread)],
      ...['--stuck', String(spread === 0 ? 0 : STUCK), '--steps', String(steps), '--rate', String(rate)],
      ...['--key', String(key), '--out', out, ...backendFlags(s)],
    ])
    await rm(out, { recursive: true })
    return {
      float: relativeL2['float']!,
      before: relativeL2['before']!,
      relativeL2: relativeL2['after']!,
      solved: relativeL2['solved']!,
    }
  }
  for (const key of s.trialKeys) await trainOperator(program, s.problem, s, key, runOf(key), TRIAL_DATA_KEY)
  const trials: DeviceTrial[] = []
  for (const bits of s.bits) {
    const found = await searchSettings(
      searchOf(bits),
      s.trialKeys,
      async ({ rate }, key) => (await tune(key, bits, TRIAL_SPREAD, s.tuneSteps, rate)).relativeL2,
    )
    trials.push(...found)
    report(`${bits} bits: ${found.length} trials`)
  }
  const rows: OperatorDeviceRow[] = []
  for (const key of s.keys) {
    await trainOperator(program, s.problem, s, key, runOf(key))
    for (const bits of s.bits) {
      const { rate } = bestOf(trials, searchOf(bits))
      for (const spread of devicesOf(bits)) {
        const still = await tune(key, bits, spread, 1, MIN_RATE)
        const { float, before: untrained, relativeL2, solved } = await tune(key, bits, spread, s.tuneSteps, rate)
        const before = { relativeL2: untrained, solved: still.solved }
        const trained = { relativeL2, solved }
        rows.push({ key, bits, spread, float, before, trained })
        report(
          `key ${key}, ${bits} bits, spread ${spread}: ${before.relativeL2.toFixed(4)} → ${trained.relativeL2.toFixed(4)}`,
        )
      }
    }
  }
  return { trials, rows }
}

/** Rows of the same device, with its name. */
const groupsOf = ({ bits, keys: all }: Settings, rows: readonly OperatorDeviceRow[]) =>
  bits.flatMap((b) =>
    devicesOf(b).map((spread) => ({
      name: `${b} bits, ${spread === 0 ? 'perfect' : `spread ${Math.round(100 * spread)} %`}`,
      group: all.flatMap((key) => rows.filter((r) => r.key === key && r.bits === b && r.spread === spread)),
    })),
  )

/** `device-operators`: operator networks with branch and trunk that are fine-tuned on a simulated chip. */
export const deviceOperators = defineBenchmark<Settings, Result>({
  name: 'device-operators',
  folder: 'hardware',
  about: 'fine-tuning of operator networks, branch and trunk, on a simulated chip in integers',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains and simulates', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--problem <name>', 'the operator', oneOf(...chipOperators), chipOperators[0])
      .option('--bits <list>', 'bits of a weight, including its sign', counts, [8, 6, 4])
      .option('--trial-keys <list>', 'keys of the trials that choose rates', keys, [71, 72, 73])
      .option('--keys <list>', 'keys of network, device and perturbations', keys, [81, 82, 83, 84, 85])
      .option('--hidden <list>', 'widths of the hidden layers of branch and trunk', counts, [64, 64])
      .option('--time <n>', 'time steps', count, 32)
      .option('--steps <n>', 'steps of training in floats', count, 1000)
      .option('--tune-steps <n>', 'steps of branch and of trunk on the device', count, 300)
      .option('--sizes <list>', 'functions for training, validation and test', '800,100,300'),
  quick: { bits: [8], trialKeys: [71], keys: [81], hidden: [6, 6], time: 8, steps: 6, tuneSteps: 2, sizes: '40,10,10' },
  async measure(s, { io }) {
    const folder = await mkdtemp(join(tmpdir(), 'spikeward-operators-'))
    try {
      return { result: await measureIn(folder, s, (told) => io.err(`${told}\n`)), samples: {} }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  tables: ({ settings, trials, rows }) => [
    {
      title: `Operator networks on a simulated Loihi 2: ${settings.problem}, DeepONets with ${settings.hidden.join('-')} in branch and trunk, T = ${settings.time}, relative L2 on the test functions`,
      head: [
        'device',
        'floats',
        'before training on the chip',
        'before training on the chip, readout solved',
        'trained on the chip',
        'trained on the chip, readout solved',
      ],
      rows: groupsOf(settings, rows).map(({ name, group }) => [
        name,
        ...[
          group.map((r) => r.float),
          ...[group.map((r) => r.before), group.map((r) => r.trained)].flatMap((errors) => [
            errors.map((e) => e.relativeL2),
            errors.map((e) => e.solved),
          ]),
        ].map(meanAndSpread),
      ]),
      note: `Mean ± standard deviation over the keys ${settings.keys.join(', ')}. Floats: eligibility, ${settings.steps} steps. On the device: node perturbation, ${settings.tuneSteps} steps of the branch and as many of the trunk.`,
    },
    {
      title: `Trials of rates: ${settings.problem}, DeepONets, relative L2 on functions of another data key`,
      head: ['bits', 'mean errors of the trials', 'chosen'],
      rows: settings.bits.map((bits) => [
        String(bits),
        meansOf(trials, searchOf(bits))
          .map(({ rate, validation }) => `2^${rate}: ${validation.toFixed(4)}`)
          .join('; '),
        `2^${bestOf(trials, searchOf(bits)).rate}`,
      ]),
      note: `Keys ${settings.trialKeys.join(', ')}, a spread of ${100 * TRIAL_SPREAD} %. A rate of 2^r is the first largest update of a layer in weight steps.`,
    },
  ],
  figures: ({ settings, rows }) => [
    bars(
      'Relative L2 of operator networks after training on the chip',
      groupsOf(settings, rows).map(({ name, group }) => ({
        name,
        value: mean(group.map((r) => r.trained.relativeL2)),
      })),
      'relative L2',
    ),
  ],
})
