/** Networks on a grid, dense and spiking, after equally many steps on one line and on one plane, each at the best rate of its own search. */
import { classicalBaselines, compare, pairedRatio } from '@spikeward/experiment'
import type { CompareSettings, TrainOptions } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { sampleMean } from '@spikeward/train'
import type { Study, StudyRun } from './study.js'
import { assemble, digits, ioOf, meanSpread, optionsOf, ratioText, titled } from './tools.js'

/** The activations, with the estimator that trains each. */
const activations = {
  dense: { estimator: 'bp', options: { spiking: 'none' } },
  graded: { estimator: 'rateBackpropagation', options: { neuron: 'variable', time: 8 } },
  LIF: { estimator: 'rateBackpropagation', options: { neuron: 'lif', time: 16 } },
} as const satisfies Readonly<Record<string, { readonly estimator: string; readonly options: Partial<TrainOptions> }>>

type Activation = keyof typeof activations

type Sizes = Readonly<Record<string, number>>

/** The rate of searches, and of runs without one. */
const RATE = 3e-3

/** A problem: functions of a batch, steps, pairs of keys, rates that each dense network tries, the activations, and the sizes of each network. */
type Plan = {
  readonly batch: number
  readonly steps: number
  readonly keys: number
  readonly rates: number
  readonly activations: readonly Activation[]
  readonly networks: Readonly<Record<string, Sizes>>
}

const plans: Readonly<Record<string, Plan>> = {
  'burgers-sharp': {
    batch: 20,
    steps: 300,
    keys: 2,
    rates: 3,
    activations: ['dense', 'LIF', 'graded'],
    networks: {
      fno: { layers: 3, channels: 24, modes: 12 },
      graph: { layers: 3, channels: 24 },
      unet: { levels: 4, channels: 8 },
      transformer: { layers: 3 },
      wno: { layers: 4, channels: 24 },
    },
  },
  'darcy-2d': {
    batch: 10,
    steps: 150,
    keys: 1,
    rates: 1,
    activations: ['dense'],
    networks: {
      fno: { layers: 3, channels: 16, modes: 6, projection: 32 },
      graph: { layers: 3, channels: 16, scales: 4, projection: 32 },
      unet: { levels: 3, channels: 8 },
      transformer: { layers: 3 },
      wno: { layers: 3, channels: 16, projection: 32 },
    },
  },
}

/** One network with one activation on one problem. Errors are relative L2 on the test split, by key. */
export interface ArchitectureRow {
  readonly problem: string
  readonly network: string
  readonly activation: Activation
  readonly sizes: Sizes
  readonly steps: number
  readonly rate: number
  readonly atEdge: boolean
  readonly errors: readonly (number | null)[]
}

/** The errors of methods without a network on a problem. */
export interface ArchitectureBaselines {
  readonly problem: string
  readonly linear: number | null
  readonly kernel: number | null
}

/** The first key of the reported runs; searches have a key of their own. */
const FIRST_KEY = 501

/** @param rate of the dense network, which spiking ones take; null: a search finds it */
async function measure(
  problem: string,
  network: string,
  activation: Activation,
  rate: number | null,
  study: StudyRun,
): Promise<ArchitectureRow> {
  const io = ioOf(study)
  const { batch, steps, keys, rates, networks } = plans[problem]!
  const { estimator, options } = activations[activation]
  const declared = networks[network]!
  const budget = study.quick ? 4 : steps
  const settings: CompareSettings = {
    problem,
    specs: [{ label: network, estimator, options: {} }],
    ...{
      budgets: [budget],
      unit: 'steps',
      rates: study.quick || rate !== null ? 1 : rates,
      share: 0.4,
      baselines: 'none',
    },
    ...{ key: FIRST_KEY, keys: study.quick ? 1 : keys },
    common: optionsOf(study, { network, batch, learningRate: rate ?? RATE, declared, ...options }),
  }
  const trials = await openTrials(`runs/studies/architectures${study.quick ? '-quick' : ''}`, io, true, 0)
  const [row] = await compare(settings, trials, io)
  trials.close()
  const errors = row?.trials.map((t) => t.relativeL2) ?? []
  study.log(`${problem}, ${network}, ${activation}: ${meanSpread(errors)}`)
  return {
    ...{ problem, network, activation, sizes: declared, steps: budget, errors },
    rate: row!.search.learningRate,
    atEdge: row!.search.atEdge,
  }
}

const errorOf = ({ errors }: ArchitectureRow): number | null =>
  errors.length === 0 || errors.includes(null) ? null : sampleMean(errors as readonly number[])

function tableOf(problem: string, rows: readonly ArchitectureRow[], { linear, kernel }: ArchitectureBaselines): string {
  const { batch, rates, activations: shown } = plans[problem]!
  const own = rows.filter((row) => row.problem === problem)
  const networks = [...new Set(own.map((row) => row.network))]
  const cells = (network: string): string[] =>
    shown.flatMap((activation) => {
      const [row, dense] = [activation, 'dense'].map((a) =>
        own.find((r) => r.network === network && r.activation === a),
      )
      if (row === undefined) return activation === 'dense' ? ['–'] : ['–', '–']
      const cell = `${meanSpread(row.errors)}${row.atEdge ? ' (rate at an edge)' : ''}`
      return activation === 'dense' ? [cell] : [cell, ratioText(pairedRatio(row.errors, dense?.errors ?? []))]
    })
  return titled(
    `${problem}: relative L2 on the test split after ${own[0]?.steps ?? 0} steps of ${batch} functions`,
    [
      ['network', ...shown.flatMap((a) => (a === 'dense' ? [a] : [a, `${a} ÷ dense (95% interval)`])), 'sizes'],
      ...networks.map((network) => [
        `\`${network}\``,
        ...cells(network),
        Object.entries(own.find((r) => r.network === network)!.sizes)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ]),
    ],
    `Linear ridge on the same functions: ${digits(linear)}; kernel ridge: ${digits(kernel)}. ${
      rates > 1
        ? 'Rates of dense networks from a search on the validation split, which spiking ones take over.'
        : `All rates are ${RATE}, without a search.`
    }`,
  )
}

/** Which network learns which operator. */
export const architectures: Study<{
  readonly rows: readonly ArchitectureRow[]
  readonly baselines: readonly ArchitectureBaselines[]
}> = {
  name: 'architectures',
  summary:
    'Fourier, wavelet, convolutional, graph and attention networks, dense and spiking, on a line and in the plane',
  async run(study) {
    const rows: ArchitectureRow[] = []
    const baselines: ArchitectureBaselines[] = []
    for (const [problem, plan] of Object.entries(plans).slice(0, study.quick ? 1 : undefined)) {
      const { parts } = await assemble(study, problem, { network: 'fno' })
      const { linear, kernel } = await classicalBaselines(parts.experiment, study.backend)
      baselines.push({ problem, linear: linear?.relativeL2 ?? null, kernel: kernel?.relativeL2 ?? null })
      for (const activation of plan.activations)
        for (const network of Object.keys(plan.networks)) {
          const dense = rows.find((row) => row.problem === problem && row.network === network)
          rows.push(await measure(problem, network, activation, dense?.rate ?? null, study))
        }
    }
    return { rows, baselines }
  },
  table: ({ rows, baselines }) => baselines.map((reached) => tableOf(reached.problem, rows, reached)).join('\n\n'),
  finding({ rows, baselines }) {
    return baselines
      .map(({ problem, kernel }) => {
        const dense = rows.filter((row) => row.problem === problem && row.activation === 'dense')
        const best = dense.reduce((a, b) => ((errorOf(b) ?? Infinity) < (errorOf(a) ?? Infinity) ? b : a))
        return `on ${problem} \`${best.network}\` reaches ${digits(errorOf(best))}, kernel ridge ${digits(kernel)}`
      })
      .join('; ')
  },
}
