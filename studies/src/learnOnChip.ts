/** Learning from a stream in the integers of a chip, beside floats and a GRU by `bp` over a sliding window. */
import { chipStream, loihi2 } from '@spikeward/chip'
import {
  type Backend,
  type Tensor,
  type Tree,
  add,
  clip,
  concatenate,
  grad,
  jit,
  key as keyOf,
  mul,
  ones,
  reshape,
  slice,
  sub,
  sum,
  tensor,
  trace,
  treeLeaves,
  treeMap,
  zeros,
} from '@spikeward/core'
import {
  type Counts,
  type EnergyModel,
  addCounts,
  countProgram,
  horowitz45,
  horowitz45Int8,
  loihi1Energy,
  modelledEnergy,
} from '@spikeward/energy'
import { heatTwin, pairedRatio, spikingForecaster } from '@spikeward/experiment'
import { type GruParams, gruNetwork } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { rod } from '@spikeward/problems'
import { type LearningRule, type LearnOptions, type StreamNetwork, byTraces, sampleMean } from '@spikeward/train'
import { byNetwork, linearPart, predictionsOf } from './streamForecasts.js'
import { errorOf, samplesOf } from './streams.js'
import { fieldsOf, twinStream } from './twin.js'
import { type Study, type StudyRun, columns, digits, meanSpread, ratioText, titled } from './tools.js'

/** Recurrent neurons and gated units, and rows of the window of `bp`. */
const [UNITS, WINDOW] = [128, 16] as const
/** Deviations beyond which the loss grows linearly, as that of `learn` does. */
const LIMIT = 3

type Sizes = Required<Pick<LearnOptions<Tree, Tree>, 'inputs' | 'outputs' | 'delays' | 'horizon'>>
type Window = { readonly rows: Tensor }

/** Gated units that run over the last rows, and learn with each sample from all of them by `bp`. */
function gruOverWindow({ inputs, outputs, delays }: Sizes, rate: number): StreamNetwork<GruParams, Window> {
  const wide = inputs * delays
  const network = gruNetwork({ inputs: wide, outputs, steps: WINDOW, scored: WINDOW, hidden: [UNITS] })
  const { fixed } = network.init(keyOf(0))
  const over = (p: GruParams, rows: Tensor): Tensor =>
    reshape(network.apply({ trained: p, fixed }, reshape(rows, [1, WINDOW * wide])), [WINDOW, outputs])
  const rest = (): Window => ({ rows: zeros([WINDOW, wide]) })
  const pushed = (rows: Tensor, row: Tensor): Tensor => concatenate([slice(rows, [1, 0], [...rows.shape]), row], 0)
  const step = (p: GruParams, { rows }: Window, x: Tensor): readonly [Window, Tensor] => {
    const next = pushed(rows, x)
    return [{ rows: next }, slice(over(p, next), [WINDOW - 1, 0], [WINDOW, outputs])]
  }
  type Carry = { readonly state: Window; readonly targets: Tensor; readonly known: Tensor }
  const learning: LearningRule<GruParams, Window> = {
    init: (): Carry => ({ state: rest(), targets: zeros([WINDOW, outputs]), known: zeros([WINDOW, outputs]) }),
    stateOf: (carry) => (carry as Carry).state,
    step(p, carry, x, target, known) {
      const before = carry as Carry
      const [state, prediction] = step(p, before.state, x)
      const [targets, there] = [pushed(before.targets, target), pushed(before.known, known)]
      const gradient = grad((q: GruParams) => {
        const off = mul(sub(over(q, state.rows), targets), there)
        const near = clip(off, -LIMIT, LIMIT)
        return mul(sum(sub(mul(near, off), mul(mul(near, near), 0.5))), 1 / WINDOW)
      })(p)
      return [treeMap((w, g) => add(w, mul(g, -rate)), p, gradient), { state, targets, known: there }, prediction]
    },
  }
  return { init: (key) => network.init(key).trained, rest, step, learning }
}

/** A stream and the errors of forecasts in each of its windows. */
interface System {
  readonly name: string
  readonly sizes: Sizes
  readonly phases: readonly string[]
  open(
    key: number,
    count: number,
  ): Promise<{
    readonly samples: Parameters<typeof byNetwork>[1]
    readonly errorsOf: (forecasts: ReturnType<typeof predictionsOf>) => number[]
  }>
}

const { inputs, outputs, delays = 1, horizon = 0 } = heatTwin(rod, [UNITS])

const systems: readonly System[] = [
  {
    name: 'Mackey–Glass series, delay from 17 to 30: error ÷ deviation',
    sizes: { inputs: 1, outputs: 1, delays: 8, horizon: 6 },
    phases: ['before the drift', 'end of the drift', 'after it'],
    async open(key, count) {
      const samples = await samplesOf('mackey-glass', key, count)
      const third = Math.floor(count / 3)
      const windows = [third, 2 * third, count].map((to) => [to - Math.floor(count / 30), to] as const)
      return { samples, errorsOf: (all) => windows.map(([from, to]) => errorOf(all, samples, from, to)) }
    },
  },
  {
    name: 'Digital twin of the heated rod: relative L2 of the field',
    sizes: { inputs, outputs, delays, horizon },
    phases: ['before the drift', 'end of the drift', 'after it', 'without one sensor'],
    async open(key, count) {
      const { stream, errorsOf } = await twinStream(rod, count, key)
      return { samples: stream, errorsOf: (all) => errorsOf(fieldsOf(rod, all, stream)) }
    },
  },
]

/** Ways to learn. */
const WAYS = {
  floats: 'spiking, traces in floats',
  chip: 'spiking, in integers on loihi2',
  plain: 'the same, without residues',
  linear: 'its linear part alone, in floats',
  gru: `GRU by bp over ${WINDOW} rows`,
} as const
type Way = keyof typeof WAYS

/** The default rate of `learn`. */
const rateOf = ({ inputs, delays }: Sizes): number => Math.min(0.01, 0.2 / (inputs * delays))

const chipOf = ({ inputs, outputs, delays }: Sizes, rate: number, residueBits: number) =>
  chipStream(loihi2, { inputs: inputs * delays, outputs, hidden: UNITS, rate, residueBits })

/** Forecasts of all samples by a way with a multiple of the default rate. */
async function forecastsBy(
  way: Way,
  sizes: Sizes,
  factor: number,
  samples: Parameters<typeof byNetwork>[1],
  key: number,
  backend: Backend,
) {
  const rate = factor * rateOf(sizes)
  const optimizer = sgd(rate)
  const floats = { ...spikingForecaster({ ...sizes, hidden: [UNITS] }), optimizer }
  const run = async <P extends Tree, S extends Tree>(options: LearnOptions<P, S>) =>
    predictionsOf((await byNetwork(options, samples, samples.length, key, backend)).live, samples.length)
  if (way === 'floats') return run(floats)
  if (way === 'linear') return run(linearPart(floats))
  if (way === 'gru') return run({ ...sizes, optimizer, network: gruOverWindow(sizes, rate) })
  return run({ ...sizes, optimizer, network: chipOf(sizes, rate, way === 'chip' ? 8 : 0) })
}

/** A way on a system: the multiple of the rate, and the errors in each phase, by key. */
export interface ChipLearnRow {
  readonly system: string
  readonly phases: readonly string[]
  readonly way: Way
  readonly factor: number
  readonly errors: readonly (readonly number[])[]
}

/** The work of a sample of the Mackey–Glass series. */
export interface ChipLearnWork {
  readonly way: Way
  readonly counts: Counts
}

async function systemRows(system: System, { quick, backend, log }: StudyRun): Promise<readonly ChipLearnRow[]> {
  const count = quick ? 1200 : 5000
  const { sizes } = system
  const known = await system.open(0, count)
  const streams = await Promise.all((quick ? [1, 2] : [1, 2, 3, 4, 5]).map((key) => system.open(key, count)))
  const rows: ChipLearnRow[] = []
  for (const way of Object.keys(WAYS) as Way[]) {
    let [factor, least] = [1, Infinity]
    for (const tried of quick ? [1] : way === 'gru' ? [1, 3] : [0.3, 1, 3]) {
      const greatest = Math.max(...known.errorsOf(await forecastsBy(way, sizes, tried, known.samples, 0, backend)))
      log(`${system.name}, ${way}, rate × ${tried}: ${digits(greatest)}`)
      if (greatest < least) [factor, least] = [tried, greatest]
    }
    const errors: number[][] = []
    for (const [i, { samples, errorsOf }] of streams.entries())
      errors.push(errorsOf(await forecastsBy(way, sizes, factor, samples, i + 1, backend)))
    rows.push({ system: system.name, phases: system.phases, way, factor, errors })
    log(`${system.name}, ${way}: ${errors.map((e) => e.map((v) => digits(v)).join(' ')).join('; ')}`)
  }
  return rows
}

/** Samples that a rule learns before its work is counted, and those over which it is. */
const [EARLY, COUNTED] = [1024, 8] as const

/** The mean work of a sample: forecast of the newest row, step on the row whose target has come. */
async function workOf<P extends Tree, S extends Tree>(
  network: StreamNetwork<P, S>,
  rule: LearningRule<P, S>,
  sizes: Sizes,
  backend: Backend,
): Promise<Counts> {
  const samples = await samplesOf('mackey-glass', 0, EARLY + COUNTED + sizes.delays + sizes.horizon)
  const at = (t: number): number => (samples[t]!.x[0]! - 0.9) / 0.25
  type All = { readonly params: P; readonly carry: Tree; readonly ahead: S }
  const step = ({ params, carry, ahead }: All, x: Tensor, target: Tensor, newest: Tensor): readonly [All, Tensor] => {
    const [next, forecast] = network.step(params, ahead, newest)
    const [learned, carried] = rule.step(params, carry, x, target, ones([1, sizes.outputs]))
    return [{ params: learned, carry: carried, ahead: next }, forecast]
  }
  const begin = jit((k: ReturnType<typeof keyOf>): All => {
    const params = network.init(k)
    return { params, carry: rule.init(params), ahead: network.rest(1) }
  })
  const run = jit(step)
  let all = begin(keyOf(0, { backend }))
  let total: Counts | null = null
  for (let t = 0; t < EARLY + COUNTED; t++) {
    const row = (from: number): Tensor =>
      tensor(
        Array.from({ length: sizes.delays }, (_, d) => at(from + sizes.delays - 1 - d)),
        { shape: [1, sizes.delays], dtype: 'f32', backend },
      )
    const [x, newest] = [row(t), row(t + sizes.horizon)]
    const target = tensor([at(t + sizes.delays - 1 + sizes.horizon)], { shape: [1, 1], dtype: 'f32', backend })
    if (t >= EARLY) {
      const { program, captured } = trace(step, all, x, target, newest)
      const data = [...treeLeaves({ carry: all.carry, ahead: all.ahead }), x, target, newest]
      const { work, draws } = await countProgram(program, [
        ...captured.map((one) => ({ tensor: one, origin: 'data' as const })),
        ...treeLeaves(all).map((one) => ({
          tensor: one,
          origin: data.includes(one) ? ('data' as const) : ('weight' as const),
        })),
        ...[x, target, newest].map((one) => ({ tensor: one, origin: 'data' as const })),
      ])
      const weightWrites = treeLeaves(all.params).reduce((n, { size }) => n + size, 0)
      total = [work, draws, ...(total === null ? [] : [total])].reduce(addCounts)
      total = { ...total, weightWrites: total.weightWrites + weightWrites }
    }
    const [next] = run(all, x, target, newest)
    all = next
  }
  const sums = total!
  return Object.fromEntries(Object.entries(sums).map(([name, n]) => [name, n / COUNTED])) as Record<
    keyof Counts,
    number
  >
}

async function works({ backend }: StudyRun): Promise<readonly ChipLearnWork[]> {
  const { sizes } = systems[0]!
  const rate = rateOf(sizes)
  const floats = spikingForecaster({ ...sizes, hidden: [UNITS] })
  const how = { rule: 'ottt', decay: 0.9, frozen: false } as const
  const traces = byTraces(floats.network, sgd(rate), how, zeros([1, sizes.delays]))
  const chip = chipOf(sizes, rate, 8)
  const gru = gruOverWindow(sizes, rate)
  return [
    { way: 'floats', counts: await workOf(floats.network, traces, sizes, backend) },
    { way: 'chip', counts: await workOf(chip, chip.learning, sizes, backend) },
    { way: 'gru', counts: await workOf(gru, gru.learning!, sizes, backend) },
  ]
}

const microjoules = (counts: Counts, model: EnergyModel): string => {
  const { low, high } = modelledEnergy(counts, model)
  return `${digits(low / 1e6)} to ${digits(high / 1e6)}`
}

/** Learning in integers. */
export const learnOnChip: Study<{ readonly rows: readonly ChipLearnRow[]; readonly work: readonly ChipLearnWork[] }> = {
  name: 'learn-on-chip',
  summary: 'learning from a stream in the integers of a chip: errors beside floats, work and energy beside a GRU',
  async run(study) {
    const work = await works(study)
    for (const { way, counts } of work) study.log(`${way}: ${JSON.stringify(counts)}`)
    const rows: ChipLearnRow[] = []
    for (const system of systems) rows.push(...(await systemRows(system, study)))
    return { rows, work }
  },
  table({ rows, work }) {
    const tables = systems.map(({ name, phases }) => {
      const own = rows.filter((row) => row.system === name)
      const floats = own.find(({ way }) => way === 'floats')!.errors.map(sampleMean)
      return titled(
        `${name}; ${floats.length} keys`,
        columns(own, {
          'learned by': ({ way }) => WAYS[way],
          rate: ({ factor }) => `× ${factor}`,
          ...Object.fromEntries(
            phases.map((phase, p) => [phase, ({ errors }: ChipLearnRow) => meanSpread(errors.map((e) => e[p]!))]),
          ),
          'mean ÷ that of floats': ({ errors, way }) =>
            way === 'floats' ? '1' : ratioText(pairedRatio(errors.map(sampleMean), floats)),
        }),
      )
    })
    return [
      ...tables,
      titled(
        `Work of a sample of the Mackey–Glass series: forecast and learning`,
        columns(work, {
          'learned by': ({ way }) => WAYS[way],
          'products, effective': ({ counts }) => digits(counts.acs + counts.macs),
          dense: ({ counts }) => digits(counts.dense),
          'multiplications outside': ({ counts }) => digits(counts.multiplications),
          'additions and comparisons': ({ counts }) => digits(counts.additions),
          'random words': ({ counts }) => digits(counts.random),
          'synapses written': ({ counts }) => digits(counts.weightWrites),
          'µJ, 32-bit floats': ({ way, counts }) => (way === 'chip' ? '–' : microjoules(counts, horowitz45)),
          'µJ, 8-bit integers': ({ counts }) => microjoules(counts, horowitz45Int8),
          'µJ, loihi1': ({ way, counts }) =>
            way === 'chip' ? microjoules({ ...counts, acs: counts.acs + counts.macs }, loihi1Energy) : '–',
        }),
      ),
    ].join('\n\n')
  },
}
