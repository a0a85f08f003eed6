import {
  add,
  affine,
  grad,
  jit,
  key as keyOf,
  mean,
  mul,
  normal,
  online,
  reshape,
  scan,
  slice,
  square,
  sub,
  treeLeaves,
  treeMap,
  uniform,
  zeros,
  zerosLike,
} from '@spikeward/core'
import type { Affine, Backend, Key, OnlineRule, Tensor, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { markdownTable } from 'markdown-table'
import type { Study, StudyRun } from './study.js'

const SAMPLES = 8
const INPUTS = 8
const OUTPUTS = 2
/** Leak of the readout. */
const READOUT = 0.9

type Linear = { readonly weight: Tensor }
type Params = {
  readonly first: Affine
  readonly firstBack: Linear
  readonly second: Affine
  readonly secondBack: Linear
  readonly out: Linear
}
type State = {
  readonly first: Tensor
  readonly a: Tensor
  readonly second: Tensor
  readonly b: Tensor
  readonly rates: Tensor
}

/** A task: the leak of the neurons, and the gain of their recurrent weights. */
interface Task {
  readonly leak: number
  readonly gain: number
}

/** One row: a rule on a task. */
export interface OnlineRow extends Task {
  readonly rule: OnlineRule
  readonly steps: number
  /** Cosines to the gradient by reverse mode through time, by layer; 0 for a layer without a gradient. */
  readonly cosines: Readonly<Record<keyof Params, number>>
  /** Time of a gradient ÷ that by reverse mode, median of an alternating run. */
  readonly timeRatio: number
  /** Bytes of the traces. */
  readonly traceBytes: number
}

/** Two recurrent spiking layers below a leaky readout, on random inputs with a fixed target for each sample. */
function network({ leak, gain }: Task, width: number, steps: number, key: Key, backend: Backend) {
  const [w, x, y] = key.split(3) as [Key, Key, Key]
  const neuron = leakyIntegrateAndFire({ beta: leak })
  const fire = spike(atan())
  const matrix = (i: number, from: number, to: number, scale: number): Tensor =>
    mul(normal(w.fold(i), [from, to]), scale / Math.sqrt(from))
  const params: Params = {
    first: { weight: matrix(0, INPUTS, width, 1.2), bias: zeros([width]) },
    firstBack: { weight: matrix(1, width, width, gain) },
    second: { weight: matrix(2, width, width, 1.2), bias: zeros([width]) },
    secondBack: { weight: matrix(3, width, width, gain) },
    out: { weight: matrix(4, width, OUTPUTS, 1) },
  }
  const rest = (): Tensor => zeros([SAMPLES, width])
  const state: State = { first: rest(), a: rest(), second: rest(), b: rest(), rates: rest() }
  const step = (p: Params, s: State, now: Tensor): readonly [State, Tensor] => {
    const layer = (u: Tensor, current: Tensor) => neuron.step({}, { membrane: u }, current, fire)
    const first = layer(s.first, add(affine(p.first, now), affine(p.firstBack, s.a)))
    const second = layer(s.second, add(affine(p.second, first.output), affine(p.secondBack, s.b)))
    const rates = add(mul(s.rates, READOUT), mul(second.output, 1 - READOUT))
    const next = {
      first: first.state.membrane,
      a: first.output,
      second: second.state.membrane,
      b: second.output,
      rates,
    }
    return [next, affine(p.out, rates)]
  }
  const inputs = uniform(x, [steps, SAMPLES, INPUTS])
  const target = normal(y, [SAMPLES, OUTPUTS])
  return { params, state, step, inputs, target, backend }
}

const cosine = async (a: Tree, b: Tree): Promise<number> => {
  const numbers = async (tree: Tree): Promise<number[]> =>
    (await Promise.all(treeLeaves(tree).map(async (t) => Array.from(await t.data(), Number)))).flat()
  const [x, y] = [await numbers(a), await numbers(b)]
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((s, value, i) => s + value * v[i]!, 0)
  const norm = Math.sqrt(dot(x, x) * dot(y, y))
  return norm === 0 ? 0 : dot(x, y) / norm
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

async function study(task: Task, steps: number, { quick, backend, log }: StudyRun): Promise<OnlineRow[]> {
  const width = 64
  const { params, state, step, inputs, target } = network(task, width, steps, keyOf(3, { backend }), backend)
  const loss = (p: Params): Tensor =>
    mean(
      square(
        sub(scan((s: State, x: Tensor) => step(p, s, x), state, inputs)[1], reshape(target, [1, SAMPLES, OUTPUTS])),
      ),
    )
  const reverse = jit((p: Params) => grad(loss)(p))
  const rows: OnlineRow[] = []
  for (const rule of ['dRtrl', 'esDRtrl', 'eProp', 'ottt', 'meanField'] as const) {
    const learn = online(step, { rule, decay: task.leak })
    const start = (p: Params) =>
      learn.init(p, state, reshape(slice(inputs, [0, 0, 0], [1, SAMPLES, INPUTS]), [SAMPLES, INPUTS]))
    const forward = jit(
      (p: Params) =>
        scan(
          ([carry, total]: [ReturnType<typeof start>, Params], x: Tensor): [[ReturnType<typeof start>, Params], []] => {
            const [next, y, pull] = learn.step(p, carry, x)
            return [[next, treeMap((a, b) => add(a, b), total, pull(sub(y, target)))], []]
          },
          [start(p), treeMap((t) => zerosLike(t), p)],
          inputs,
        )[0][1],
    )
    const timed = async (run: (p: Params) => Params): Promise<number> => {
      const begun = performance.now()
      await treeLeaves(run(params))[0]!.data()
      return performance.now() - begun
    }
    const ratios: number[] = []
    for (let i = 0; i < (quick ? 5 : 25); i++) ratios.push((await timed(forward)) / (await timed(reverse)))
    const [found, whole] = [forward(params), reverse(params)]
    const names = ['first', 'firstBack', 'second', 'secondBack', 'out'] as const
    const cosines = await Promise.all(
      names.map(async (name) => [name, await cosine(found[name], whole[name])] as const),
    )
    const traceBytes = treeLeaves(start(params).traces).reduce((sum, t) => sum + 4 * t.size, 0)
    rows.push({
      ...task,
      rule,
      steps,
      cosines: Object.fromEntries(cosines) as OnlineRow['cosines'],
      timeRatio: median(ratios.slice(1)),
      traceBytes,
    })
    log(`leak ${task.leak}, gain ${task.gain}, ${rule}: ${cosines.map(([n, c]) => `${n} ${c.toFixed(3)}`).join(', ')}`)
  }
  return rows
}

/** Gradients by eligibility traces against reverse mode through time: direction, time and memory. */
export const onlineLearning: Study<{ readonly rows: readonly OnlineRow[] }> = {
  name: 'online',
  summary: 'gradients by eligibility traces against back-propagation through time',
  async run(options) {
    const tasks: readonly Task[] = [
      { leak: 0.5, gain: 0.5 },
      { leak: 0.9, gain: 0.1 },
      ...(options.quick
        ? []
        : [
            { leak: 0.5, gain: 0.1 },
            { leak: 0.9, gain: 0.5 },
          ]),
    ]
    const rows: OnlineRow[] = []
    for (const task of tasks) rows.push(...(await study(task, 128, options)))
    return { rows }
  },
  table: ({ rows }) =>
    markdownTable([
      [
        'leak',
        'gain',
        'rule',
        'first layer',
        'its recurrence',
        'second layer',
        'its recurrence',
        'readout',
        'time ÷ bp',
        'traces, kB',
      ],
      ...rows.map((r) => [
        String(r.leak),
        String(r.gain),
        r.rule,
        ...Object.values(r.cosines).map((c) => c.toFixed(3)),
        r.timeRatio.toFixed(2),
        (r.traceBytes / 1000).toFixed(0),
      ]),
    ]),
}
