/**
 * Our networks on grids beside those of PyTorch, trained for equally many seconds on the same functions, each on one
 * thread.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildParts, compare, pairedRatio } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { writeWhole } from '@spikeward/core/node'
import { root } from './stored.js'
import type { Study } from './tools.js'
import { PYTHON, digits, ioOf, lastLine, meanSpread, optionsOf, ratioText, temporaryFolder, titled } from './tools.js'

type Plan = {
  readonly problem: string
  readonly network: 'fno' | 'unet'
  readonly grid: readonly number[]
  readonly periodic: boolean
  readonly sizes: Readonly<Record<string, number>>
}

const BATCH = 20

const darcy: Pick<Plan, 'network' | 'periodic' | 'sizes'> = {
  ...({ network: 'fno', periodic: false } as const),
  sizes: { layers: 4, channels: 24, modes: 8, projection: 128 },
}

const plans: readonly Plan[] = [
  {
    ...{ problem: 'burgers-sharp', network: 'fno', grid: [128], periodic: true },
    sizes: { layers: 3, channels: 24, modes: 12, projection: 128 },
  },
  {
    ...{ problem: 'burgers-sharp', network: 'unet', grid: [128], periodic: true },
    sizes: { levels: 4, channels: 8 },
  },
  { problem: 'darcy-2d', grid: [29, 29], ...darcy },
  { problem: 'darcy-2d(sensors=85,train=300,validation=50,test=100)', grid: [85, 85], ...darcy },
]

const RATES = [1e-2, 3e-3, 1e-3, 3e-4]
const RATE = 3e-3
/** Seconds of a run of a search, as a share of all. */
const SHARE = 0.4

type PeerRun = { readonly rate: number; readonly steps: number; readonly validation: number; readonly test: number }

/** A network on a problem: relative L2 on the test split and steps, one for each pair of network and data keys. */
export interface PytorchRow {
  readonly problem: string
  readonly network: Plan['network']
  readonly by: 'spikeward' | 'torch'
  readonly rate: number
  readonly atEdge: boolean
  readonly steps: readonly number[]
  readonly errors: readonly (number | null)[]
}

/** Both networks after `seconds` of training. */
export interface Pytorch {
  readonly seconds: number
  readonly torch: string
  readonly rows: readonly PytorchRow[]
}

/** Dense networks on grids of two libraries. */
export const pytorch: Study<Pytorch> = {
  name: 'pytorch',
  summary: 'dense Fourier networks and U-Nets beside those of PyTorch, after equally many seconds on one thread',
  async run(study) {
    const io = ioOf(study)
    const [seconds, keys, rates] = study.quick ? [2, 1, 1] : [20, 5, RATES.length]
    const trials = await openTrials(`runs/studies/pytorch${study.quick ? '-quick' : ''}`, io, true, 0)
    const rows: PytorchRow[] = []
    let torch = ''
    // The solver of the last one takes minutes.
    for (const { problem, network, grid, periodic, sizes } of study.quick ? plans.slice(0, -1) : plans) {
      const [own] = await compare(
        {
          ...{
            problem,
            specs: [{ label: `${problem}, ${network}`, estimator: 'bp', options: {} }],
            budgets: [seconds],
            unit: 's',
          },
          ...{ rates, share: SHARE, baselines: 'none', key: 701, keys },
          common: optionsOf(study, { network, spiking: 'none', batch: BATCH, learningRate: RATE, declared: sizes }),
        },
        trials,
        io,
      )
      const { trials: runs, search } = own!
      const peers: PeerRun[] = []
      let best = { rate: RATE, atEdge: rates === 1 }
      for (const { config, seconds: taken } of runs) {
        const { experiment } = await buildParts(config, { io, quiet: true })
        const [rowsOf] = await experiment.rows()
        await using folder = await temporaryFolder('pytorch')
        for (const set of ['train', 'validation', 'test'] as const)
          for (const axis of ['x', 'y'] as const)
            await writeWhole(
              join(folder.path, `${set}-${axis}.f32`),
              new Uint8Array(Float32Array.from(rowsOf![set][axis]).buffer),
            )
        const peer = (tried: readonly number[], time: number): readonly PeerRun[] => {
          const spec = {
            ...{ folder: folder.path, network, grid, periodic, batch: BATCH, sizes },
            ...{ key: config.key, rates: tried, seconds: time },
          }
          const peer = lastLine<{ torch: string; runs: readonly PeerRun[] }>(
            'python3',
            spawnSync(PYTHON, [join(root, 'studies/peers/grids.py')], {
              ...{ input: JSON.stringify(spec), encoding: 'utf8', maxBuffer: 1 << 28 },
              env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
            }),
          )
          ;({ torch } = peer)
          return peer.runs
        }
        if (peers.length === 0 && rates > 1) {
          const [least] = [...peer(RATES, SHARE * taken)].sort((a, b) => a.validation - b.validation)
          best = { rate: least!.rate, atEdge: [RATES[0], RATES.at(-1)].includes(least!.rate) }
        }
        peers.push(...peer([best.rate], taken))
        study.log(`${problem}, ${network}: PyTorch ${digits(peers.at(-1)!.test)} after ${peers.at(-1)!.steps} steps`)
      }
      rows.push(
        {
          ...{ problem, network, by: 'spikeward', rate: search.learningRate, atEdge: search.atEdge },
          ...{ steps: runs.map((t) => t.steps), errors: runs.map((t) => t.relativeL2) },
        },
        { problem, network, by: 'torch', ...best, steps: peers.map((p) => p.steps), errors: peers.map((p) => p.test) },
      )
    }
    trials.close()
    return { seconds, torch, rows }
  },
  table({ seconds, torch, rows }) {
    const edge = ({ atEdge }: PytorchRow): string => (atEdge ? ' (rate at an edge)' : '')
    return titled(
      `Relative L2 on the test split after ${seconds} s of training on one thread`,
      [
        [
          'problem',
          'network',
          'spikeward',
          'steps',
          `torch ${torch}`,
          'steps',
          'spikeward ÷ torch (95% interval)',
          'sizes',
        ],
        ...plans.flatMap(({ problem, network, sizes }) => {
          const [own, peer] = rows.filter((row) => row.problem === problem && row.network === network)
          if (own === undefined || peer === undefined) return []
          const cells = [
            ...[problem, `\`${network}\``, `${meanSpread(own.errors)}${edge(own)}`, meanSpread(own.steps)],
            ...[`${meanSpread(peer.errors)}${edge(peer)}`, meanSpread(peer.steps)],
            ratioText(pairedRatio(own.errors, peer.errors)),
            Object.entries(sizes)
              .map(([name, value]) => `${name} ${value}`)
              .join(', '),
          ]
          return [cells]
        }),
      ],
      'Pairs of network and data keys. Both learn the same functions with Adam and a cosine schedule, at the rate of their own search on the validation split: ours on the mean square of standardised values, the networks of PyTorch on the relative L2 error, the Fourier network written as in the code of Li et al. (2021), the U-Net with the same blocks. The time is that of training, first steps included.',
    )
  },
}
