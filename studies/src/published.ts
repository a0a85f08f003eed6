/** Our dense Fourier network in the settings of published figures. */
import { compare } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { sampleMean } from '@spikeward/train'
import { type Study, columns, digits, ioOf, meanSpread, optionsOf, titled } from './tools.js'

type Plan = {
  readonly problem: string
  /** The relative L2 error of another Fourier network with the same functions and points. */
  readonly published: number
  readonly source: string
  readonly steps: number
  readonly sizes: Readonly<Record<string, number>>
}

const li = 'Li et al. 2021, table 1 (2010.08895)'
const waves = { layers: 3, channels: 16, modes: 16 }

const plans: readonly Plan[] = [
  { problem: 'burgers-fno', published: 0.0149, source: li, steps: 600, sizes: waves },
  { problem: 'burgers-fno(points=1024)', published: 0.016, source: li, steps: 600, sizes: waves },
  { problem: 'burgers-fno(points=8192)', published: 0.0139, source: li, steps: 300, sizes: waves },
  {
    ...{ problem: 'darcy-2d', published: 0.0241, source: 'Lu et al. 2022, table 3 (2111.05512)', steps: 1000 },
    sizes: { layers: 4, channels: 24, modes: 8 },
  },
]

const BATCH = 10

/** A problem and our errors on its test split, one for each pair of network and data keys. */
interface PublishedRow {
  readonly problem: string
  readonly published: number
  readonly source: string
  readonly steps: number
  readonly rate: number
  readonly atEdge: boolean
  readonly errors: readonly (number | null)[]
  readonly seconds: readonly number[]
}

/** Figures that other authors print, and ours. */
export const published: Study<{ readonly rows: readonly PublishedRow[] }> = {
  name: 'published',
  summary: 'a dense Fourier network in the settings of published figures',
  async run(study) {
    const io = ioOf(study)
    const trials = await openTrials(`runs/studies/published${study.quick ? '-quick' : ''}`, io, true, 0)
    const rows: PublishedRow[] = []
    for (const { problem, published, source, steps: all, sizes } of study.quick ? plans.slice(0, 1) : plans) {
      const [steps, keys] = study.quick ? [10, 1] : [all, 5]
      const [run] = await compare(
        {
          ...{ problem, specs: [{ label: problem, estimator: 'bp', options: {} }], budgets: [steps], unit: 'steps' },
          ...{ rates: study.quick ? 1 : 4, share: 0.2, baselines: 'none', key: 801, keys },
          common: optionsOf(study, {
            ...{ network: 'fno', spiking: 'none', batch: BATCH, learningRate: 1e-2, declared: sizes },
          }),
        },
        trials,
        io,
      )
      const errors = run!.trials.map(({ relativeL2 }) => relativeL2)
      study.log(`${problem}: ${meanSpread(errors)}, published ${digits(published)}`)
      rows.push({
        ...{ problem, published, source, steps, errors },
        ...{ rate: run!.search.learningRate, atEdge: run!.search.atEdge },
        seconds: run!.trials.map(({ seconds }) => seconds),
      })
    }
    trials.close()
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      'Relative L2 on the test split',
      columns(rows, {
        problem: ({ problem }) => problem,
        'ours, dense': ({ errors, atEdge }) => `${meanSpread(errors)}${atEdge ? ' (rate at an edge)' : ''}`,
        'its Fourier network': ({ published }) => digits(published),
        source: ({ source }) => source,
        [`steps of ${BATCH} functions`]: ({ steps }) => String(steps),
        's of a training': ({ seconds }) => digits(sampleMean(seconds), 2),
        sizes: ({ problem }) =>
          Object.entries(plans.find((plan) => plan.problem === problem)!.sizes)
            .map(([name, value]) => `${name} ${value}`)
            .join(', '),
      }),
      `Means ± standard deviations over ${rows[0]!.errors.length} pairs of network and data keys. The functions are drawn from the same law and solved by our own solver; numbers of functions and of points are those of the source, the networks are narrower. The rate is that of a search on the validation split.`,
    ),
}
