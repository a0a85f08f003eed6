/** Our Fourier network beside PyTorch's, trained for equally many seconds on the same functions, each on one thread. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildParts, compare, pairedRatio } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { writeWhole } from '@spikeward/core/node'
import { root } from './stored.js'
import type { Study } from './study.js'
import { PYTHON, digits, ioOf, lastLine, meanSpread, optionsOf, ratioText, temporaryFolder, titled } from './tools.js'

const plans = [
  { problem: 'burgers-sharp', grid: [128], batch: 20, sizes: { layers: 3, channels: 24, modes: 12, projection: 128 } },
  { problem: 'darcy-2d', grid: [29, 29], batch: 20, sizes: { layers: 4, channels: 24, modes: 8, projection: 128 } },
]

const RATES = [1e-2, 3e-3, 1e-3, 3e-4]
const RATE = 3e-3
/** Seconds of a run of a search, as a share of all. */
const SHARE = 0.4

type PeerRun = { readonly rate: number; readonly steps: number; readonly validation: number; readonly test: number }

/** A network on a problem: relative L2 on the test split and steps, one for each pair of network and data keys. */
export interface PytorchRow {
  readonly problem: string
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

/** Dense Fourier networks of two libraries. */
export const pytorch: Study<Pytorch> = {
  name: 'pytorch',
  summary: 'dense Fourier networks beside those of PyTorch, after equally many seconds on one thread',
  async run(study) {
    const io = ioOf(study)
    const [seconds, keys, rates] = study.quick ? [2, 1, 1] : [20, 5, RATES.length]
    const trials = await openTrials(`runs/studies/pytorch${study.quick ? '-quick' : ''}`, io, true, 0)
    const rows: PytorchRow[] = []
    let torch = ''
    for (const { problem, grid, batch, sizes } of plans) {
      const [own] = await compare(
        {
          ...{ problem, specs: [{ label: problem, estimator: 'bp', options: {} }], budgets: [seconds], unit: 's' },
          ...{ rates, share: SHARE, baselines: 'none', key: 701, keys },
          common: optionsOf(study, { network: 'fno', spiking: 'none', batch, learningRate: RATE, declared: sizes }),
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
          const spec = { folder: folder.path, grid, batch, sizes, key: config.key, rates: tried, seconds: time }
          const found = lastLine<{ torch: string; runs: readonly PeerRun[] }>(
            'python3',
            spawnSync(PYTHON, [join(root, 'studies/peers/fno.py')], {
              ...{ input: JSON.stringify(spec), encoding: 'utf8', maxBuffer: 1 << 28 },
              env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
            }),
          )
          ;({ torch } = found)
          return found.runs
        }
        if (peers.length === 0 && rates > 1) {
          const [least] = [...peer(RATES, SHARE * taken)].sort((a, b) => a.validation - b.validation)
          best = { rate: least!.rate, atEdge: [RATES[0], RATES.at(-1)].includes(least!.rate) }
        }
        peers.push(...peer([best.rate], taken))
        study.log(`${problem}: PyTorch ${digits(peers.at(-1)!.test)} after ${peers.at(-1)!.steps} steps`)
      }
      rows.push(
        {
          ...{ problem, by: 'spikeward', rate: search.learningRate, atEdge: search.atEdge },
          ...{ steps: runs.map((t) => t.steps), errors: runs.map((t) => t.relativeL2) },
        },
        { problem, by: 'torch', ...best, steps: peers.map((p) => p.steps), errors: peers.map((p) => p.test) },
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
        ['problem', 'spikeward', 'steps', `torch ${torch}`, 'steps', 'spikeward ÷ torch (95% interval)', 'sizes'],
        ...plans.map(({ problem, sizes }) => {
          const [own, peer] = rows.filter((row) => row.problem === problem) as [PytorchRow, PytorchRow]
          return [
            ...[problem, `${meanSpread(own.errors)}${edge(own)}`, meanSpread(own.steps)],
            ...[`${meanSpread(peer.errors)}${edge(peer)}`, meanSpread(peer.steps)],
            ratioText(pairedRatio(own.errors, peer.errors)),
            Object.entries(sizes)
              .map(([name, value]) => `${name} ${value}`)
              .join(', '),
          ]
        }),
      ],
      'Pairs of network and data keys. Both learn the same functions with Adam and a cosine schedule, at the rate of their own search on the validation split: ours on the mean square of standardised values, the network of PyTorch, written as in the code of Li et al. (2021), on the relative L2 error. The time is that of training, first steps included.',
    )
  },
}
