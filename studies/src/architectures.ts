/**
 * Networks on a grid, dense, spiking and spiking without weight transport, after equally many steps on a sharp front,
 * each at the best rate of its own search.
 */
import { compare, dataBaselines, pairedRatio } from '@spikeward/experiment'
import type { CompareRow, CompareSettings, TrainOptions } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { sampleMean } from '@spikeward/train'
import { type Study, digits, ioOf, meanSpread, optionsOf, ratioText, titled } from './tools.js'

const PROBLEM = 'burgers-sharp'

/** The functions of a step. */
const BATCH = 20

const LIF: Partial<TrainOptions> = { neuron: 'lif', time: 16 }

/** The activations, with the estimator that trains each and its options. */
const activations = {
  dense: { estimator: 'bp', declared: {}, options: { spiking: 'none' } },
  LIF: { estimator: 'rateBackpropagation', declared: {}, options: LIF },
  'LIF, mirror': {
    estimator: 'rateBackpropagation',
    declared: { transport: 'weightMirror', vectors: 256 },
    options: LIF,
  },
} as const

type Activation = keyof typeof activations

type Sizes = Readonly<Record<string, number>>

const networks = {
  fno: { layers: 3, channels: 24, modes: 12 },
  graph: { layers: 3, channels: 24 },
  unet: { levels: 4, channels: 8 },
  wno: { layers: 4, channels: 24 },
} as const satisfies Readonly<Record<string, Sizes>>

type NetworkName = keyof typeof networks

/** One network with one activation. Errors are relative L2 on the test split, one for each pair of keys. */
export interface ArchitectureRow {
  readonly network: NetworkName
  readonly activation: Activation
  readonly rate: number
  readonly atEdge: boolean
  readonly errors: readonly (number | null)[]
  /** Those of the same networks untrained, their last map solved by ridge regression. */
  readonly untrained: readonly (number | null)[]
}

/** The rows after `steps` steps, and linear and kernel ridge on the functions of each data key. */
export interface Architectures {
  readonly steps: number
  /** Network and data keys. */
  readonly pairs: readonly (readonly number[])[]
  readonly linear: readonly (number | null)[]
  readonly kernel: readonly (number | null)[]
  readonly rows: readonly ArchitectureRow[]
}

/** Which network learns a front that moves. */
export const architectures: Study<Architectures> = {
  name: 'architectures',
  summary: 'Fourier, wavelet, convolutional and graph networks, dense and spiking, on a sharp front',
  async run(study) {
    const io = ioOf(study)
    const trials = await openTrials(`runs/studies/architectures${study.quick ? '-quick' : ''}`, io, true, 0)
    const [steps, keys] = study.quick ? [4, 2] : [200, 5]
    const cells = (Object.keys(networks) as NetworkName[]).flatMap((network) =>
      (Object.keys(activations) as Activation[]).map((activation) => ({ network, activation })),
    )
    const runs: CompareRow[] = []
    for (const { network, activation } of cells) {
      const { estimator, declared, options } = activations[activation]
      const settings: CompareSettings = {
        ...{ problem: PROBLEM, specs: [{ label: `${network}, ${activation}`, estimator, options: {} }] },
        ...{ budgets: [steps], unit: 'steps', rates: study.quick ? 1 : 5, share: 0.4, baselines: 'none' },
        ...{ key: 501, keys },
        common: optionsOf(study, {
          ...{
            network,
            batch: BATCH,
            dataKey: 601,
            learningRate: 3e-3,
            declared: { ...networks[network], ...declared },
          },
          ...options,
        }),
      }
      const [run] = await compare(settings, trials, io)
      study.log(`${network}, ${activation}: ${meanSpread(run!.trials.map((t) => t.relativeL2))}`)
      runs.push(run!)
    }
    const facts = await dataBaselines({ baselines: 'classical' }, runs, trials, io)
    const errorsOf = (name: 'linear' | 'kernel') => facts.map((own) => own[name]?.relativeL2 ?? null)
    trials.close()
    return {
      steps,
      pairs: runs[0]!.trials.map(({ config }) => [config.key, config.dataKey]),
      ...{ linear: errorsOf('linear'), kernel: errorsOf('kernel') },
      rows: runs.map(({ search, trials: done }, i) => ({
        ...cells[i]!,
        ...{ rate: search.learningRate, atEdge: search.atEdge },
        errors: done.map((t) => t.relativeL2),
        untrained: done.map((t) => t.baselines.untrained),
      })),
    }
  },
  table({ steps, pairs, rows, linear, kernel }) {
    const cell = ({ errors, atEdge }: ArchitectureRow): string =>
      `${meanSpread(errors)}${atEdge ? ' (rate at an edge)' : ''}`
    return titled(
      `${PROBLEM}: relative L2 on the test split after ${steps} steps of ${BATCH} functions, mean ± standard deviation over ${pairs.length} pairs of network and data keys, ${pairs.map((pair) => pair.join(' and ')).join(', ')}`,
      [
        [
          ...['network', 'dense', 'untrained', 'LIF', 'untrained', 'LIF ÷ dense (95% interval)'],
          ...['LIF without weight transport', 'its error ÷ LIF (95% interval)', 'sizes'],
        ],
        ...Object.entries(networks).map(([network, sizes]) => {
          const [dense, lif, mirror] = Object.keys(activations).map(
            (activation) => rows.find((row) => row.network === network && row.activation === activation)!,
          ) as [ArchitectureRow, ArchitectureRow, ArchitectureRow]
          return [
            ...[`\`${network}\``, cell(dense), meanSpread(dense.untrained), cell(lif), meanSpread(lif.untrained)],
            ...[ratioText(pairedRatio(lif.errors, dense.errors)), cell(mirror)],
            ratioText(pairedRatio(mirror.errors, lif.errors)),
            Object.entries(sizes)
              .map(([name, value]) => `${name} ${value}`)
              .join(', '),
          ]
        }),
      ],
      `On the same functions linear ridge has ${meanSpread(linear)}, kernel ridge ${meanSpread(kernel)}. Each network has the rate of its own search on the validation split, over at most five rates half a decade apart. "Untrained" is the same network, its last map solved by ridge regression. "Without weight transport" is \`rateBackpropagation(transport=weightMirror,vectors=256)\`, which learns the weights of its feedback.`,
    )
  },
  finding({ rows, kernel }) {
    const mean = ({ errors }: ArchitectureRow): number =>
      errors.includes(null) ? Infinity : sampleMean(errors as readonly number[])
    const best = rows.reduce((a, b) => (mean(b) < mean(a) ? b : a))
    return `on ${PROBLEM} \`${best.network}\` (${best.activation}) reaches ${digits(mean(best))}, kernel ridge ${digits(sampleMean(kernel as readonly number[]))}`
  },
}
