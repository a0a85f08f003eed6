/** Delayed copy, adding and regression over thousands of steps: traces that factorise against `bp`. */
import { add, affine, concatenate, mean, mul, normal, ones, scan, sub, uniform, zeros } from '@spikeward/core'
import type { Affine, Estimator, Key, SequenceParts, Tensor, Tree } from '@spikeward/core'
import { bp, realTimeRecurrent } from '@spikeward/estimators'
import { pairedRatio, searchRate } from '@spikeward/experiment'
import { atan, spike } from '@spikeward/neurons'
import { gruNetwork } from '@spikeward/operators'
import { type SequenceGenerator, addingSequences, copySequences, vanDerPolSequences } from '@spikeward/problems'
import { sampleMean } from '@spikeward/train'
import { type SequenceModel, trainSequence } from './trainSequence.js'
import { type Study, digits, meanSpread, mib, ratioText, titled } from './tools.js'

/** The problems by name. */
export const problems = { copy: copySequences, adding: addingSequences, regression: vanDerPolSequences } as const

/** A time step as pure functions. */
type Cell<P extends Tree, S extends Tree> = {
  init(key: Key): P
  rest(samples: number): S
  step(params: P, state: S, x: Tensor): readonly [S, y: Tensor, features: Tensor]
}

/** The network that runs a cell over a sequence. */
function modelOf<P extends Tree, S extends Tree>({ init, rest, step }: Cell<P, S>): SequenceModel<P> {
  const over =
    (pick: 1 | 2) =>
    (params: P, x: Tensor): Tensor =>
      scan(
        (s: S, now: Tensor): [S, Tensor] => {
          const result = step(params, s, now)
          return [result[0], result[pick]]
        },
        rest(x.shape[1]!),
        x,
      )[1]
  return {
    init,
    apply: over(1),
    features: over(2),
    loss({ samples, drive, input, head }) {
      const sequence: SequenceParts<P> = {
        ...{ samples, drive, head, rest: () => rest(samples) },
        step(p, state, now) {
          const [next, y] = step(p, state as S, input(now))
          return [next, y]
        },
      }
      const value = (p: P): Tensor => {
        const [[, losses]] = scan(
          ([state, sum]: [Tree, Tensor], now: Tree): [[Tree, Tensor], Tree] => {
            const [next, y] = sequence.step(p, state, now)
            return [[next, add(sum, head(y, now))], []]
          },
          [sequence.rest(), zeros([samples])],
          drive,
        )
        return mean(losses)
      }
      return Object.assign(value, { sequence })
    },
  }
}

type Params = { readonly groups: readonly Affine[]; readonly readout: Affine }
type Pair = { readonly re: Tensor; readonly im: Tensor }
type State = { readonly groups: readonly Pair[]; readonly spikes: Tensor }

/** Groups of units, and units of a group. */
const [GROUPS, EACH] = [12, 5] as const

/** The fixed factor λ of each group's states: leaks from 2 steps to a share of T, or oscillations of one decay. */
const factors = {
  leaks: (memory: number, g: number) => {
    const [least, most] = [Math.log(2), Math.log(memory / 2)]
    return { decay: Math.exp(-1 / Math.exp(least + ((most - least) * g) / (GROUPS - 1))), turn: 0 }
  },
  oscillators: (memory: number, g: number) => ({ decay: Math.exp(-8 / memory), turn: (8 * Math.PI * g) / memory }),
} as const

/** A way in which groups of units remember: by leaks, with recurrent spikes; or by oscillations, without. */
export type Memory = keyof typeof factors

/**
 * Groups of units with fixed factors, so that their traces factorise: a group has one trace for each input,
 *
 *     u ← λ u + (1 − |λ|) (W [x, z] + b),   z = H(Re u − ½),   y = U [u, z] + c
 *
 * z without reset. Leaks, λ real, read the spikes of all units; oscillators, λ complex, read the inputs alone, and
 * their gradient by traces is exact.
 */
export function groupsOf(
  { inputs, memory }: SequenceGenerator,
  way: Memory,
  each: number,
  time: number,
): SequenceModel<Params> {
  const all = Array.from({ length: GROUPS }, (_, g) => factors[way](memory * time, g))
  const units = GROUPS * each
  const isComplex = way === 'oscillators'
  const fire = spike(atan())
  const membranes = (groups: readonly Pair[]): Tensor[] => groups.flatMap(({ re, im }) => (isComplex ? [re, im] : [re]))
  return modelOf<Params, State>({
    init(key) {
      const groups = all.map((_, g): Affine => {
        const [w, v, b] = key.fold(g).split(3) as [Key, Key, Key]
        const from = mul(normal(w, [inputs, each]), 1 / Math.sqrt(inputs))
        const back = mul(normal(v, [units, each]), 0.5 / Math.sqrt(units))
        const weight = isComplex ? from : concatenate([from, back], 0)
        return { weight, bias: uniform(b, [each], { min: 0, max: 1 }) }
      })
      return { groups, readout: { weight: zeros([(isComplex ? 3 : 2) * units, 1]), bias: zeros([1]) } }
    },
    rest: (samples) => ({
      groups: all.map(() => ({ re: zeros([samples, each]), im: zeros([samples, isComplex ? each : 0]) })),
      spikes: zeros([samples, units]),
    }),
    step(p, state, x) {
      const read = isComplex ? x : concatenate([x, state.spikes], 1)
      const groups = all.map(({ decay, turn }, g): Pair => {
        const { re: u, im: v } = state.groups[g]!
        const current = mul(affine(p.groups[g]!, read), 1 - decay)
        if (!isComplex) return { re: add(mul(u, decay), current), im: v }
        const [re, im] = [decay * Math.cos(turn), decay * Math.sin(turn)]
        return { re: add(sub(mul(u, re), mul(v, im)), current), im: add(mul(u, im), mul(v, re)) }
      })
      const spikes = concatenate(
        groups.map(({ re }) => fire(sub(re, 0.5))),
        1,
      )
      const features = concatenate([...membranes(groups), spikes], 1)
      return [{ groups, spikes }, affine(p.readout, features), features]
    },
  })
}

/** The dense network to compare with. */
function gruOf({ inputs }: SequenceGenerator, units: number) {
  const { init, rest, step } = gruNetwork({ inputs, steps: 1, scored: 1, hidden: [units] })
  const fixed = { output: { shift: zeros([1]), scale: ones([1]) } }
  const { features: _, ...model } = modelOf<ReturnType<typeof init>['trained'], ReturnType<typeof rest>>({
    init: (key) => init(key).trained,
    rest,
    step(trained, state, x) {
      const [next, y] = step({ trained, fixed }, state, x)
      return [next, y, y]
    },
  })
  return model
}

const TRACES = 'traces'
const estimators: Readonly<Record<string, () => Estimator>> = {
  bp: () => bp(),
  'bp with checkpoints': () => bp({ checkpoint: true }),
  [TRACES]: () => realTimeRecurrent(),
}

/** A network by an estimator on a problem, with a number for each key; without errors, only its memory was stated. */
export interface SequencesRow {
  readonly problem: keyof typeof problems
  readonly time: number
  readonly network: Memory | 'GRU'
  readonly estimator: string
  /** Workspace of a training step, from its plan. */
  readonly bytes: number
  readonly rate: number
  /** Relative L2 on 64 fresh sequences. */
  readonly errors: readonly number[]
  /** The same of the untrained network with a solved readout. */
  readonly untrained: readonly number[]
  /** Processor seconds of a training. */
  readonly seconds: readonly number[]
}

const names = Object.keys(problems) as (keyof typeof problems)[]

export const sequences: Study<{ readonly rows: readonly SequencesRow[] }> = {
  name: 'sequences',
  summary: 'delayed copy, adding and regression over thousands of steps, by traces and by back-propagation',
  async run({ quick, backend, log, part }) {
    const rows: SequencesRow[] = []
    const keys = quick ? [811, 812] : [811, 812, 813, 814, 815]
    const [short, far] = quick
      ? [
          { time: 64, batch: 4, steps: 10 },
          { time: 256, batch: 2, steps: 2 },
        ]
      : [
          { time: 1000, batch: 16, steps: 100 },
          { time: 10_000, batch: 4, steps: 40 },
        ]
    const rowsOf = async <P extends Tree>(
      problem: keyof typeof problems,
      network: SequencesRow['network'],
      modelAt: (time: number) => SequenceModel<P>,
    ): Promise<SequencesRow[]> => {
      const ofNetwork: SequencesRow[] = []
      const own = network === 'GRU' ? ['bp'] : Object.keys(estimators)
      const run = (
        estimator: string,
        size: typeof short,
        rate: number,
        key: number,
        split: 'validation' | 'test',
        solve = 0,
      ) =>
        trainSequence(
          problems[problem],
          modelAt(size.time),
          estimators[estimator]!(),
          { ...size, test: quick ? 8 : 64, solve },
          rate,
          key,
          split,
          backend,
        )
      const rateOf = async (estimator: string): Promise<number> => {
        const { learningRate } = await searchRate(1e-2, quick ? 1 : 3, async (tried) => {
          const { error, seconds } = await run(estimator, short, tried, 891, 'validation')
          return { validation: Number.isFinite(error) ? error : null, steps: short.steps, seconds }
        })
        return learningRate
      }
      const byBp = await rateOf('bp')
      const byTraces = own.includes(TRACES) ? await rateOf(TRACES) : byBp
      for (const size of network === 'GRU' ? [short] : [short, far]) {
        // At the greater length checkpoints only state their memory.
        const isTrained = (e: string): boolean => size === short || e !== 'bp with checkpoints'
        const tests = new Map(own.map((e) => [e, [] as Awaited<ReturnType<typeof run>>[]]))
        for (const key of keys)
          for (const e of own) {
            const steps = isTrained(e) ? size.steps : 0
            if (steps === 0 && key !== keys[0]) continue
            const solve = e === 'bp' ? Math.max(4, Math.floor((quick ? 2 ** 9 : 2 ** 15) / size.time)) : 0
            tests.get(e)!.push(await run(e, { ...size, steps }, e === TRACES ? byTraces : byBp, key, 'test', solve))
          }
        for (const [estimator, each] of tests) {
          const of = (name: 'error' | 'untrained' | 'seconds'): number[] =>
            isTrained(estimator) ? each.map((t) => t[name]) : []
          const row = { problem, time: size.time, network, estimator, bytes: each[0]!.bytes }
          const rate = estimator === TRACES ? byTraces : byBp
          const untrained = of('untrained').filter(Number.isFinite)
          ofNetwork.push({ ...row, rate, errors: of('error'), untrained, seconds: of('seconds') })
          log(
            `${problem}, T = ${size.time}, ${network}, ${estimator}: ${meanSpread(of('error'))}, ${mib(row.bytes)} MiB`,
          )
        }
      }
      return ofNetwork
    }
    const keep = <P extends Tree>(...[problem, network, modelAt]: Parameters<typeof rowsOf<P>>) =>
      part(`${problem}, ${network}`, () => rowsOf(problem, network, modelAt))
    for (const problem of quick ? names.slice(0, 1) : names) {
      for (const way of ['leaks', 'oscillators'] as const)
        rows.push(...(await keep(problem, way, (time) => groupsOf(problems[problem], way, quick ? 2 : EACH, time))))
      rows.push(...(await keep(problem, 'GRU', () => gruOf(problems[problem], quick ? 4 : 32))))
    }
    return { rows }
  },
  table({ rows }) {
    const head = ['problem', 'T', 'network', 'learned by', 'error', '÷ bp (95% interval)', 'untrained, readout solved']
    return titled(
      'Relative L2 error, memory of a step and processor time of a training, mean and spread over keys',
      [
        [...head, 'MiB of a step', '÷ bp', '÷ checkpoints', 'time ÷ bp'],
        ...rows.map((row) => {
          const rival = (estimator: string): SequencesRow | undefined =>
            rows.find(
              (r) =>
                r.problem === row.problem &&
                r.time === row.time &&
                r.network === row.network &&
                r.estimator === estimator,
            )
          const reference = rival('bp')!
          const trained = row.errors.length > 0
          const checkpointed = rival('bp with checkpoints')
          return [
            problems[row.problem].title,
            String(row.time),
            row.network,
            row.estimator,
            trained ? meanSpread(row.errors) : 'not trained',
            row === reference || !trained ? '' : ratioText(pairedRatio(row.errors, reference.errors)),
            row.untrained.length > 0 ? meanSpread(row.untrained) : '',
            mib(row.bytes),
            digits(row.bytes / reference.bytes, 2),
            checkpointed === undefined ? '' : digits(row.bytes / checkpointed.bytes, 2),
            trained ? digits(sampleMean(row.seconds) / sampleMean(reference.seconds), 2) : '–',
          ]
        }),
      ],
      'Rates are searched at the smaller T with a key of their own; bp with checkpoints takes that of bp.',
    )
  },
}
