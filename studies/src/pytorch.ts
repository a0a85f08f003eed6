/**
 * Our networks on grids beside those of PyTorch, trained for equally many seconds on the same functions, each on one
 * thread.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildParts, compare, pairedRatio } from '@spikeward/experiment'
import type { CompareRow } from '@spikeward/experiment'
import { type Trials, openTrials } from '@spikeward/experiment/node'
import { rolloutMeasures } from '@spikeward/train'
import { writeWhole } from '@spikeward/core/node'
import { readFile } from 'node:fs/promises'
import { root } from './stored.js'
import type { Study, StudyRun } from './tools.js'
import {
  PYTHON,
  columns,
  digits,
  ioOf,
  lastLine,
  meanSpread,
  optionsOf,
  ratioText,
  temporaryFolder,
  titled,
} from './tools.js'

type Plan = {
  readonly problem: string
  readonly task?: 'rollout'
  readonly network: 'fno' | 'unet'
  readonly grid: readonly number[]
  readonly periodic: boolean
  readonly sizes: Readonly<Record<string, number>>
}

const BATCH = 20
/** Lengths of trajectories that {@link rolloutMeasures} rolls out. */
const HORIZONS = 10

const darcy: Pick<Plan, 'network' | 'periodic' | 'sizes'> = {
  ...({ network: 'fno', periodic: false } as const),
  sizes: { layers: 4, channels: 24, modes: 8, projection: 128 },
}

const maps: readonly Plan[] = [
  {
    ...{ problem: 'burgers-fno', network: 'fno', grid: [256], periodic: true },
    sizes: { layers: 3, channels: 24, modes: 12, projection: 128 },
  },
  {
    ...{ problem: 'burgers-sharp', network: 'fno', grid: [128], periodic: true },
    sizes: { layers: 3, channels: 24, modes: 12, projection: 128 },
  },
  {
    ...{ problem: 'burgers-sharp', network: 'unet', grid: [128], periodic: true },
    sizes: { levels: 4, channels: 8 },
  },
  { problem: 'darcy-2d', grid: [29, 29], ...darcy },
]

/** Its solver takes minutes. */
const large: readonly Plan[] = [
  { problem: 'darcy-2d(sensors=85,train=300,validation=50,test=100)', grid: [85, 85], ...darcy },
]

const evolutions: readonly Plan[] = [
  {
    problem: 'navier-stokes(sensors=32,nodes=32,duration=20,times=11,steps=12,train=60,validation=10,test=20)',
    ...{ task: 'rollout', network: 'fno', grid: [32, 32], periodic: true },
    sizes: { layers: 3, channels: 16, modes: 6, projection: 128 },
  },
  {
    ...{ problem: 'kuramoto-sivashinsky', task: 'rollout', network: 'fno', grid: [64], periodic: true },
    sizes: { layers: 3, channels: 24, modes: 12, projection: 128 },
  },
]

const RATES = [3e-2, 1e-2, 3e-3, 1e-3, 3e-4]
const RATE = 3e-3
/** Seconds of a run of a search, as a share of all. */
const SHARE = 0.4

type PeerRun = {
  readonly rate: number
  readonly steps: number
  readonly validation: number
  readonly test: number
  /** Of a rollout: steps until error 0.1. */
  readonly stepsToError?: number
}

/** A network on a problem: relative L2 on the test split and steps, one for each pair of network and data keys. */
export interface PytorchRow {
  readonly problem: string
  readonly network: Plan['network']
  readonly by: 'spikeward' | 'torch'
  readonly rate: number
  readonly atEdge: boolean
  readonly steps: readonly number[]
  readonly errors: readonly (number | null)[]
  /** Of rollouts: steps until error 0.1. */
  readonly stepsToError?: readonly (number | null)[]
}

/** Both networks after `seconds` of training. */
export interface Pytorch {
  readonly seconds: number
  readonly torch: string
  /** The loss of our networks; absent: `data`. */
  readonly loss?: string
  readonly rows: readonly PytorchRow[]
}

/** The runs of PyTorch's network on the functions of our own runs, which end after equally many seconds. */
async function peersOf(
  { task, network, grid, periodic, sizes }: Plan,
  runs: CompareRow['trials'],
  rates: number,
  trials: Trials,
  study: StudyRun,
): Promise<{
  readonly rate: number
  readonly atEdge: boolean
  readonly runs: readonly PeerRun[]
  readonly torch: string
}> {
  const peers: PeerRun[] = []
  let best = { rate: RATE, atEdge: rates === 1 }
  let torch = ''
  for (const { config, seconds } of runs) {
    const { experiment } = await buildParts(config, { io: ioOf(study), quiet: true })
    const [rowsOf] = await experiment.rows()
    const { rollout } = experiment.kind === 'operator' ? experiment : { rollout: null }
    const steps = rollout === null ? 0 : rollout.trajectory.frames - 1
    const train = async (tried: readonly number[], time: number): Promise<readonly PeerRun[]> => {
      await using folder = await temporaryFolder('pytorch')
      for (const set of ['train', 'validation', 'test'] as const)
        for (const axis of ['x', 'y'] as const)
          await writeWhole(
            join(folder.path, `${set}-${axis}.f32`),
            new Uint8Array(Float32Array.from(rowsOf![set][axis]).buffer),
          )
      const spec = {
        ...{ folder: folder.path, network, grid, periodic, batch: BATCH, sizes, steps, horizons: HORIZONS },
        ...{ key: config.key, rates: tried, seconds: time },
      }
      const answer = lastLine<{ torch: string; runs: readonly PeerRun[] }>(
        'python3',
        spawnSync(PYTHON, [join(root, 'studies/peers/grids.py')], {
          ...{ input: JSON.stringify(spec), encoding: 'utf8', maxBuffer: 1 << 28 },
          env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
        }),
      )
      ;({ torch } = answer)
      if (rollout === null) return answer.runs
      const bytes = await readFile(join(folder.path, 'rollout.f32'))
      const fields = Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4))
      const each = fields.length / HORIZONS
      let horizon = 0
      const predict = (): Promise<Float64Array> => Promise.resolve(fields.subarray(horizon * each, ++horizon * each))
      const { stepsToError } = await rolloutMeasures(predict, rollout, await rollout.data('test'))
      return answer.runs.map((run) => ({ ...run, stepsToError }))
    }
    const previous = (tried: readonly number[], time: number): Promise<readonly PeerRun[]> =>
      trials.keep('peer', { peer: network, task, sizes, tried, time, config }, null, () => train(tried, time))
    if (peers.length === 0 && rates > 1) {
      const [least] = [...(await previous(RATES, SHARE * seconds))].sort((a, b) => a.validation - b.validation)
      best = { rate: least!.rate, atEdge: [RATES[0], RATES.at(-1)].includes(least!.rate) }
    }
    peers.push(...(await previous([best.rate], seconds)))
    study.log(`${config.problem}, ${network}: PyTorch ${digits(peers.at(-1)!.test)} after ${peers.at(-1)!.steps} steps`)
  }
  return { ...best, runs: peers, torch }
}

/** Dense networks on grids of two libraries, on these problems. */
const besidePytorch = (
  name: string,
  summary: string,
  plans: readonly Plan[],
  small: readonly Plan[],
): Study<Pytorch> => ({
  name,
  summary,
  async run(study) {
    const io = ioOf(study)
    const [seconds, keys, rates] = study.quick ? [2, 1, 1] : [20, 5, RATES.length]
    const trials = await openTrials(`runs/studies/${name}${study.quick ? '-quick' : ''}`, io, true, 0)
    const rows: PytorchRow[] = []
    let [torch, loss] = ['', 'data']
    for (const plan of study.quick ? small : plans) {
      const { problem, task, network, sizes } = plan
      const [own] = await compare(
        {
          ...{
            problem,
            specs: [{ label: `${problem}, ${network}`, estimator: 'bp', options: {} }],
            budgets: [seconds],
            unit: 's',
          },
          ...{ rates, share: SHARE, baselines: 'none', key: 701, keys },
          common: optionsOf(study, {
            ...(task === undefined ? {} : { task }),
            ...{ network, spiking: 'none', batch: BATCH, learningRate: RATE, declared: sizes },
          }),
        },
        trials,
        io,
      )
      const { trials: runs, search } = own!
      const peers = await peersOf(plan, runs, rates, trials, study)
      torch = peers.torch === '' ? torch : peers.torch
      loss = runs[0]!.config.loss ?? loss
      rows.push(
        {
          ...{ problem, network, by: 'spikeward', rate: search.learningRate, atEdge: search.atEdge },
          ...{ steps: runs.map((t) => t.steps), errors: runs.map((t) => t.relativeL2) },
          ...(task === undefined ? {} : { stepsToError: runs.map(({ rollout }) => rollout?.stepsToError ?? null) }),
        },
        {
          ...{ problem, network, by: 'torch', rate: peers.rate, atEdge: peers.atEdge },
          ...{ steps: peers.runs.map((p) => p.steps), errors: peers.runs.map((p) => p.test) },
          ...(task === undefined ? {} : { stepsToError: peers.runs.map((p) => p.stepsToError ?? null) }),
        },
      )
    }
    trials.close()
    return { seconds, torch, loss, rows }
  },
  table({ seconds, torch, loss, rows }) {
    const edge = ({ atEdge }: PytorchRow): string => (atEdge ? ' (rate at an edge)' : '')
    const pairs = [
      ...new Map([...plans, ...small].map((plan) => [plan.problem + plan.network, plan])).values(),
    ].flatMap(({ problem, network, sizes }) => {
      const [own, peer] = rows.filter((row) => row.problem === problem && row.network === network)
      return own === undefined || peer === undefined ? [] : [{ own, peer, sizes }]
    })
    type Pair = (typeof pairs)[number]
    const ofRollouts = rows.some(({ stepsToError }) => stepsToError !== undefined)
    return titled(
      `Relative L2 on the test split after ${seconds} s of training on one thread`,
      columns<Pair>(pairs, {
        problem: ({ own }) => own.problem,
        network: ({ own }) => `\`${own.network}\``,
        spikeward: ({ own }) => `${meanSpread(own.errors)}${edge(own)}`,
        steps: ({ own }) => meanSpread(own.steps),
        [`torch ${torch}`]: ({ peer }) => `${meanSpread(peer.errors)}${edge(peer)}`,
        'its steps': ({ peer }) => meanSpread(peer.steps),
        'spikeward ÷ torch (95% interval)': ({ own, peer }) => ratioText(pairedRatio(own.errors, peer.errors)),
        ...(ofRollouts
          ? {
              'steps of time until error 0.1': ({ own }: Pair) => meanSpread(own.stepsToError ?? []),
              'of torch': ({ peer }: Pair) => meanSpread(peer.stepsToError ?? []),
            }
          : {}),
        sizes: ({ sizes }) =>
          Object.entries(sizes)
            .map(([key, value]) => `${key} ${value}`)
            .join(', '),
      }),
      `Pairs of network and data keys. Both learn ${ofRollouts ? 'the increment of one step of time' : 'the same functions'} with Adam and a cosine schedule, at the rate of their own search on the validation split, ${loss === 'relative' ? '' : 'ours on the mean square of standardised values, the networks of PyTorch '}on the relative L2 error. The Fourier network of PyTorch is written as in the code of Li et al. (2021), its U-Net with our blocks. The time is that of training, first steps included.`,
    )
  },
})

/** Maps. */
export const pytorch = besidePytorch(
  'pytorch',
  'dense Fourier networks and U-Nets beside those of PyTorch, after equally many seconds on one thread',
  maps,
  maps,
)

/** A map on many points. */
export const pytorchLarge = besidePytorch(
  'pytorch-large',
  'a dense Fourier network on 85 × 85 cells beside that of PyTorch, after equally many seconds on one thread',
  large,
  [{ ...large[0]!, problem: 'darcy-2d(train=20,validation=4,test=4)', grid: [29, 29] }],
)

/** Time-steppers. */
export const pytorchRollouts = besidePytorch(
  'pytorch-rollouts',
  'dense Fourier time-steppers beside those of PyTorch, after equally many seconds on one thread',
  evolutions,
  [{ ...evolutions[1]!, problem: 'kuramoto-sivashinsky(train=24,validation=4,test=4)' }],
)
