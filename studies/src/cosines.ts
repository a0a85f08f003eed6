/** Cosines of estimates to the gradient along one training by back-propagation. */
import { add, div, jit, key as keyOf, mul, sqrt, sum, tensor, toBackend, treeLeaves, treeMap } from '@spikeward/core'
import type { Backend, Estimator, Key, Tensor, Tree } from '@spikeward/core'
import {
  activity,
  antithetic,
  bp,
  controlVariate,
  eligibility,
  exactReadout,
  feedback,
  guided,
  lowRank,
  orthogonalTangents,
  rateBackpropagation,
  rfg,
  spsa,
} from '@spikeward/estimators'
import type { TrainOptions } from '@spikeward/experiment'
import { adam } from '@spikeward/optim'
import { type Task, lossAt, sampleMean, stepKeys, stepLossOf } from '@spikeward/train'
import { type Study, assemble, digits, meanSpread, titled } from './tools.js'

/** Random directions of a step. */
const K = 8
const random = (): Estimator => rfg({ directions: K })
const down = (): Estimator => rateBackpropagation()
const mirror = (): Estimator => rateBackpropagation({ transport: 'weightMirror' })

/** Estimates by the name that the table shows. */
type Contenders = Readonly<Record<string, () => Estimator>>

const common: Contenders = {
  'rfg, K = 1': () => rfg(),
  'rfg, K = 8': random,
  'rfg layer-wise, K = 8': () => rfg({ directions: K, scope: 'layerwise' }),
  'activity, K = 8': () => activity({ directions: K }),
  'guided by earlier estimates, K = 8': () => guided({ directions: K }),
  'weight mirror as control variate of rfg, K = 8': () => controlVariate(random(), { guess: mirror() }),
  'rateBackpropagation, weight mirror': mirror,
  eligibility: () => eligibility(),
}

const ofPoints: Contenders = {
  ...common,
  'rfg, K = 64': () => rfg({ directions: 64 }),
  'orthogonalTangents, K = 8': () => orthogonalTangents({ directions: K }),
  'antithetic spsa': () => antithetic(spsa()),
  'lowRank, one direction a sample, K = 8': () => lowRank({ perSample: true, directions: K }),
  'rfg, K = 8, with an exact readout': () => exactReadout(random()),
  'running mean as control variate of rfg, K = 8': () => controlVariate(random()),
  'feedback as control variate of rfg, K = 8': () => controlVariate(random(), { guess: feedback() }),
  'rateBackpropagation as control variate of rfg, K = 8': () => controlVariate(random(), { guess: down() }),
  'guided by rateBackpropagation, K = 8': () => guided({ directions: K, guess: down() }),
  feedback: () => feedback(),
  rateBackpropagation: down,
}

/** One row: an estimate on a network. */
export interface CosineRow {
  readonly problem: string
  readonly network: string
  /** Entries of the gradient. */
  readonly parameters: number
  readonly estimate: string
  /** ⟨ĝ, g⟩/(‖ĝ‖ ‖g‖), the mean over the last steps, by key. */
  readonly cosines: readonly number[]
  /** Forward passes of an estimate. */
  readonly passes: number
}

/** A network, and the steps of its training: all, and the last ones, whose cosines are averaged. */
interface Cell {
  readonly problem: string
  readonly network: string
  readonly options: Partial<TrainOptions>
  readonly contenders: Contenders
  readonly rate: number
  readonly steps: number
  readonly window: number
}

/** ⟨a, b⟩ of two trees with the same structure. */
function inner(a: Tree, b: Tree): Tensor {
  const other = treeLeaves(b)
  return treeLeaves(a)
    .map((t, i) => sum(mul(t, other[i]!)))
    .reduce((x, y) => add(x, y))
}

/**
 * The estimate sees the parameters and the batch of back-propagation, whose gradient trains: every estimator is
 * measured along one path.
 */
export async function cosinesAlong(
  estimator: Estimator,
  task: Task,
  { steps, window, rate }: Pick<Cell, 'steps' | 'window' | 'rate'>,
  networkKey: number,
  backend: Backend,
): Promise<{ readonly cosine: number; readonly passes: number; readonly parameters: number }> {
  const loss = stepLossOf(task)
  const optimizer = adam(rate)
  const root = keyOf(networkKey, { backend })
  const open = jit((k: Key) => task.init(k.fold(0)))
  const variables = open(root)
  const inputs = { fixed: variables.fixed, data: await toBackend(task.data(), backend) }
  const begin = jit((trained: Tree) => ({
    trained,
    own: estimator.init(trained),
    optimizer: optimizer.init(trained),
    step: tensor(0, { dtype: 'i32' }),
  }))
  type State = ReturnType<typeof begin>
  const advance = jit((s: State, g: typeof inputs, k: Key) => {
    const { draw, direction } = stepKeys(s, k)
    const here = lossAt(loss, g, draw, s.step)
    const mine = estimator.estimate(here, s.trained, s.own, { key: direction })
    const { grad } = bp().estimate(here, s.trained, {}, { key: direction })
    const { updates, state } = optimizer.update(grad, s.optimizer, s.trained)
    const norms = sqrt(add(mul(inner(mine.grad, mine.grad), inner(grad, grad)), 1e-30))
    return {
      state: {
        trained: treeMap((p, u) => add(p, u), s.trained, updates),
        own: mine.state,
        optimizer: state,
        step: add(s.step, 1),
      },
      cosine: div(inner(mine.grad, grad), norms),
      cost: mine.stats.forwardEquivalents,
    }
  })
  const training = root.fold(1)
  const parameters = treeLeaves(variables.trained).reduce((count, t) => count + t.size, 0)
  let state = begin(variables.trained)
  const cosines: number[] = []
  let passes = 0
  for (let i = 0; i < steps; i++) {
    const next = advance(state, inputs, training)
    if (i >= steps - window) cosines.push(await next.cosine.item())
    passes = await next.cost.item()
    for (const t of treeLeaves([state, next.cosine, next.cost] as Tree)) t.dispose()
    state = next.state
  }
  for (const f of [open, begin, advance]) f.dispose()
  for (const t of treeLeaves([variables, state, inputs.data, root, training] as Tree)) t.dispose()
  return { cosine: sampleMean(cosines), passes, parameters }
}

function cells(quick: boolean): readonly Cell[] {
  const hat = (hidden: readonly number[], time = 32): Cell => ({
    problem: 'mexican-hat',
    network: hidden.join('-'),
    options: { hidden, batch: 256, time, declared: { s: 0.25 } },
    contenders: ofPoints,
    ...{ rate: 1e-2, steps: quick ? 10 : 200, window: quick ? 4 : 50 },
  })
  const operator = (problem: string, width: number): Cell => ({
    problem,
    network: `seponet ${width}`,
    options: {
      ...{ network: 'seponet', branch: [width], trunk: [width], features: Math.min(150, width) },
      ...{ time: 32, batch: 64, points: 256, sizes: [200, 10, 10], amplitude: 'none' },
    },
    contenders: common,
    ...{ rate: 1e-3, steps: 4, window: 3 },
  })
  if (quick) return [hat([32, 32], 16)]
  return [hat([100]), hat([64, 64, 64]), ...[10, 40, 160].map((width) => operator('reaction-diffusion', width))]
}

const shareOf = ({ cosines, passes }: CosineRow): number => sampleMean(cosines) ** 2 / passes

/** Estimates compared with the gradient, on a function of points and on operators. */
export const cosines: Study<{ readonly rows: readonly CosineRow[] }> = {
  name: 'cosines',
  summary:
    'cosine of estimates to the gradient along one training by back-propagation, and its square for each forward pass',
  async run(study) {
    const rows: CosineRow[] = []
    for (const { problem, network, options, contenders, ...training } of cells(study.quick)) {
      const { parts } = await assemble(study, problem, options)
      for (const [estimate, make] of Object.entries(contenders)) {
        const measured = []
        for (const key of study.quick ? [401] : [401, 402, 403, 404, 405])
          measured.push(await cosinesAlong(make(), parts.experiment.task, training, key, study.backend))
        const { passes, parameters } = measured[0]!
        rows.push({ problem, network, parameters, estimate, cosines: measured.map((f) => f.cosine), passes })
        study.log(`${problem}, ${network}, ${estimate}: ${meanSpread(rows.at(-1)!.cosines)}`)
      }
    }
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      `Cosine of estimates to the gradient of bp along a training by bp, mean and spread over ${rows[0]?.cosines.length} keys`,
      [
        ['problem', 'network', 'parameters', 'estimate', 'cosine', 'forward passes', 'cosine² per pass'],
        ...rows.map((row) => [
          ...[row.problem, row.network, String(row.parameters), row.estimate, meanSpread(row.cosines)],
          ...[digits(row.passes), digits(shareOf(row))],
        ]),
      ],
      'With the best length and the same bound on the curvature, a step along an estimate of cosine c lowers the loss by c² times the decrease of a step along the gradient. The ' +
        'reciprocal of the last column is the number of forward passes that replace one exact step.',
    ),
}
