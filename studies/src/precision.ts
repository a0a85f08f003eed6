/** Training with operands of large products in bf16 beside f32: the errors that are reached, and the time of a step. */
import { OWN, compare, pairedRatio, stepCosts } from '@spikeward/experiment'
import type { CompareRow, CompareSettings, TrainOptions } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { join } from 'node:path'
import { operators, writeOwnData } from './ownData.js'
import type { Study } from './tools.js'
import { columns, digits, ioOf, meanSpread, optionsOf, ratioText, temporaryFolder, titled } from './tools.js'

const types = ['f32', 'bf16'] as const

/** Tasks with the settings of their problems, but for these. A wide dense network has products that bf16 speeds up. */
const tasks: Readonly<Record<string, Partial<TrainOptions>>> = {
  'mexican-hat': { steps: 1000 },
  'mexican-hat, dense, 512 wide': { spiking: 'none', hidden: [512, 512], estimator: 'bp', steps: 300, batch: 1024 },
  'own data': { steps: 400, estimator: 'eligibility' },
  'poisson-pinn': { steps: 300 },
  'burgers-fno': { steps: 300 },
  'burgers-sharp, fno': { network: 'fno', estimator: 'bp', spiking: 'none', steps: 60, batch: 20, learningRate: 3e-3 },
  'darcy-2d': { steps: 200 },
}

/** Errors are relative L2 on the validation split, one for each pair of keys. */
export interface PrecisionRow {
  readonly task: string
  readonly steps: number
  readonly f32: readonly (number | null)[]
  readonly bf16: readonly (number | null)[]
  /** Milliseconds of a step with f32 and with bf16, medians of alternating rounds. */
  readonly ms: readonly [number, number]
}

const ratioOf = ({ f32, bf16 }: PrecisionRow): ReturnType<typeof pairedRatio> => pairedRatio(bf16, f32)

/** Whether less precision costs nothing. */
export const precision: Study<{ readonly rows: readonly PrecisionRow[] }> = {
  name: 'precision',
  summary: 'training with operands in bf16 beside f32 on the native backend: validation errors, and times of a step',
  async run(study) {
    const io = ioOf(study)
    await using folder = await temporaryFolder('precision')
    await writeOwnData(folder.path, operators['u = sin(4 ∫₀ˣ f)']!, study.quick ? 40 : 200, 50, 601)
    const file = (name: string): string => `${join(folder.path, `${name}.npy`)}#${name}`
    const own = { data: join(folder.path, 'f.npy'), inputs: 'f', outputs: file('u'), coords: file('x') }
    const trials = await openTrials(join(folder.path, 'trials'), io, true, 0)
    const rows: PrecisionRow[] = []
    for (const [task, options] of Object.entries(tasks).slice(0, study.quick ? 4 : undefined)) {
      const steps = study.quick ? 3 : options.steps!
      const runs: CompareRow[] = []
      for (const type of types) {
        const backend = `native(operands=${type})`
        const common = optionsOf(study, {
          ...options,
          ...(task === 'own data' ? own : {}),
          ...(/hat|pinn/.test(task) ? {} : { dataKey: 601 }),
          backend,
        })
        const settings: CompareSettings = {
          problem: task === 'own data' ? OWN : task.replace(/,.*/, ''),
          specs: [{ label: type, estimator: options.estimator ?? 'eligibility', options: {} }],
          ...{ budgets: [steps], unit: 'steps', rates: 1, share: 0.4, baselines: 'none', common },
          ...{ key: 501, keys: study.quick ? 2 : 5 },
        }
        runs.push((await compare(settings, trials, io))[0]!)
      }
      const configs = runs.map(({ trials: done }) => done[0]!.config)
      const [f32, bf16] = await stepCosts(configs, study.quick ? 0.1 : 2, io)
      const errors = runs.map(({ trials: done }) => done.map(({ validation }) => validation))
      const row = { task, steps, f32: errors[0]!, bf16: errors[1]!, ms: [f32!.ms, bf16!.ms] as const }
      study.log(`${task}: error ${digits(ratioOf(row)?.ratio ?? null)}, time ${digits(row.ms[1] / row.ms[0])} of f32's`)
      rows.push(row)
    }
    trials.close()
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      'Relative L2 on the validation split, mean ± standard deviation over pairs of keys, and the time of a step on one thread',
      columns(rows, {
        task: ({ task }) => task,
        steps: ({ steps }) => `${steps}`,
        f32: ({ f32 }) => meanSpread(f32),
        bf16: ({ bf16 }) => meanSpread(bf16),
        'error, bf16 ÷ f32 (95% interval)': (row) => ratioText(ratioOf(row)),
        'time, bf16 ÷ f32': ({ ms }) => digits(ms[1] / ms[0]),
        'f32, ms': ({ ms }) => digits(ms[0]),
      }),
      'Both have the same keys and learning rates. Products with spikes, of few columns and of few rows are not rounded, so a stream of single rows is the same to the bit.',
    ),
  finding: ({ rows }) => {
    const ratios = rows.map((row) => ratioOf(row)?.ratio ?? Infinity)
    return `bf16 ends at ${digits(Math.min(...ratios))} to ${digits(Math.max(...ratios))} of the validation error of f32`
  },
}
