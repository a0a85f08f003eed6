import {
  add,
  affine,
  checkpoint,
  grad,
  jit,
  key as keyOf,
  mean,
  mul,
  normal,
  online,
  onlineRules,
  reshape,
  scan,
  slice,
  square,
  sub,
  treeLeaves,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Affine, Backend, Jitted, Key, OnlineRule, Tensor, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { markdownTable } from 'markdown-table'
import type { Study, StudyRun } from './tools.js'

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
  /** Cosines to the gradient by reverse mode through time, by layer; 0 for a layer without a gradient. */
  readonly cosines: Readonly<Record<keyof Params, number>>
  /** Processor time of a gradient ÷ that by reverse mode, in an alternating run: the fastest of each. */
  readonly timeRatio: number
  /**
   * Workspace and results of a gradient ÷ those by reverse mode, and ÷ those of reverse mode that recomputes the steps.
   */
  readonly memoryRatio: number
  readonly checkpointedRatio: number
  /** Bytes of the traces. */
  readonly traceBytes: number
}

/** Bytes of a gradient by one rule, over T. */
export interface OnlineMemory {
  readonly rule: OnlineRule | 'bp' | 'checkpointed bp'
  readonly steps: readonly number[]
  readonly bytes: readonly number[]
}

/** The result of the study. */
export interface OnlineResult {
  readonly instructionSet: string
  readonly width: number
  readonly steps: number
  readonly rows: readonly OnlineRow[]
  readonly memory: readonly OnlineMemory[]
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

/** A gradient as a compiled function of the parameters. */
type Gradient = Jitted<readonly [Params], Params>

/** The gradient of the sum of losses over `steps`, by each way to compute it. */
function gradients(task: Task, width: number, steps: number, backend: Backend) {
  const { params, state, step, inputs, target } = network(task, width, steps, keyOf(3, { backend }), backend)
  const run = (p: Params, s: State, xs: Tensor): [State, Tensor] => scan((c: State, x: Tensor) => step(p, c, x), s, xs)
  const error = (y: Tensor): Tensor => mean(square(sub(y, reshape(target, [1, SAMPLES, OUTPUTS]))))
  /** Blocks of about √T steps, each computed again in the reverse pass. */
  const blocks = 2 ** Math.round(Math.log2(steps) / 2)
  const inBlocks = reshape(inputs, [blocks, steps / blocks, SAMPLES, INPUTS])
  const block = checkpoint((p: Params, s: State, xs: Tensor) => run(p, s, xs))
  const reverse = (p: Params): Params => grad((q: Params) => error(run(q, state, inputs)[1]))(p)
  const again = (p: Params): Params =>
    grad((q: Params) => {
      const outputs = scan((s: State, xs: Tensor) => block(q, s, xs), state, inBlocks)[1]
      return error(reshape(outputs, [steps, SAMPLES, OUTPUTS]))
    })(p)
  const byTraces = (rule: OnlineRule) => {
    const learn = online(step, { rule, decay: task.leak })
    const start = (p: Params) =>
      learn.init(p, state, reshape(slice(inputs, [0, 0, 0], [1, SAMPLES, INPUTS]), [SAMPLES, INPUTS]))
    const forward = (p: Params): Params => learn.gradient(p, start(p), inputs, (y) => square(sub(y, target)))[2]
    return { forward: jit(forward), traceBytes: treeLeaves(start(params).traces).reduce((n, t) => n + 4 * t.size, 0) }
  }
  return { params, reverse: jit(reverse), checkpointed: jit(again), byTraces }
}

/** Bytes that a gradient takes beside its inputs: its workspace and its results. */
function bytesOf(gradient: Gradient, params: Params): number {
  const { plan } = gradient.inspect(params)
  return plan.slots.reduce((n, s) => n + (s.kind === 'output' ? 4 * s.size : 0), plan.workspace)
}

/** Processor time of one run in milliseconds: other processes of a shared machine do not count. */
async function processorTime(gradient: Gradient, params: Params): Promise<number> {
  const before = process.cpuUsage()
  await treeLeaves(gradient(params))[0]!.data()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** One task: a row for each rule. */
async function study(
  task: Task,
  width: number,
  steps: number,
  { quick, backend, log }: StudyRun,
): Promise<OnlineRow[]> {
  const { params, reverse, checkpointed, byTraces } = gradients(task, width, steps, backend)
  const whole = reverse(params)
  const rows: OnlineRow[] = []
  for (const rule of onlineRules) {
    const { forward, traceBytes } = byTraces(rule)
    const gradient = forward(params)
    const cosines = await Promise.all(
      (['first', 'firstBack', 'second', 'secondBack', 'out'] as const).map(
        async (name) => [name, await cosine(gradient[name], whole[name])] as const,
      ),
    )
    const [mine, its]: [number[], number[]] = [[], []]
    // Joint traces take seconds, which are steady.
    const repeats = rule === 'ostl' || quick ? 2 : 40
    for (let i = 0; i < repeats; i++) {
      mine.push(await processorTime(forward, params))
      its.push(await processorTime(reverse, params))
    }
    const bytes = bytesOf(forward, params)
    rows.push({
      ...task,
      rule,
      cosines: Object.fromEntries(cosines) as OnlineRow['cosines'],
      timeRatio: Math.min(...mine) / Math.min(...its),
      memoryRatio: bytes / bytesOf(reverse, params),
      checkpointedRatio: bytes / bytesOf(checkpointed, params),
      traceBytes,
    })
    log(`leak ${task.leak}, gain ${task.gain}, ${rule}: ${cosines.map(([n, c]) => `${n} ${c.toFixed(3)}`).join(', ')}`)
    forward.dispose()
  }
  return rows
}

/** Bytes over T, from plans alone. */
function memoryOverTime(width: number, { quick, backend }: StudyRun): OnlineMemory[] {
  const steps = quick ? [64, 256] : [64, 256, 1024, 4096]
  const at = steps.map((T) => gradients({ leak: 0.9, gain: 0.1 }, width, T, backend))
  const row = (rule: OnlineMemory['rule'], of: (g: (typeof at)[number]) => Gradient): OnlineMemory => ({
    rule,
    steps,
    bytes: at.map((g) => bytesOf(of(g), g.params)),
  })
  return [
    row('bp', (g) => g.reverse),
    row('checkpointed bp', (g) => g.checkpointed),
    ...onlineRules.map((rule) => row(rule, (g) => g.byTraces(rule).forward)),
  ]
}

/** Gradients by eligibility traces against reverse mode through time: direction, time and memory. */
export const onlineLearning: Study<OnlineResult> = {
  name: 'online',
  summary: 'gradients by eligibility traces against back-propagation through time',
  async run(options) {
    const [width, steps] = options.quick ? [8, 16] : [64, 128]
    const tasks: readonly Task[] = [
      { leak: 0.5, gain: 0.5 },
      { leak: 0.9, gain: 0.1 },
      { leak: 0.5, gain: 0.1 },
      { leak: 0.9, gain: 0.5 },
    ]
    const rows: OnlineRow[] = []
    for (const task of options.quick ? tasks.slice(0, 1) : tasks)
      rows.push(...(await study(task, width, steps, options)))
    const instructionSet = options.backend.capabilities.features.join(', ')
    return { instructionSet, width, steps, rows, memory: memoryOverTime(width, options) }
  },
  table: ({ instructionSet, width, steps, rows, memory }) =>
    [
      `Two recurrent layers of ${width} over ${steps} steps, batch ${SAMPLES}; one thread, ${instructionSet}. Cosine to \`bp\`:`,
      markdownTable([
        [
          ...['leak', 'gain', 'rule', 'first layer', 'its recurrence', 'second layer', 'its recurrence', 'readout'],
          ...['mean of layers', 'time ÷ bp', 'memory ÷ bp', 'memory ÷ checkpointed', 'traces, kB'],
        ],
        ...rows.map((r) => [
          String(r.leak),
          String(r.gain),
          r.rule,
          ...Object.values(r.cosines).map((c) => c.toFixed(3)),
          meanOfLayers(r).toFixed(3),
          r.timeRatio.toFixed(2),
          r.memoryRatio.toFixed(2),
          r.checkpointedRatio.toFixed(2),
          (r.traceBytes / 1000).toFixed(0),
        ]),
      ]),
      'Memory over T, kB (workspace and gradients):',
      markdownTable([
        ['', ...memory[0]!.steps.map((T) => `T = ${T}`), 'last ÷ first'],
        ...memory.map(({ rule, bytes }) => [
          rule,
          ...bytes.map((b) => (b / 1000).toFixed(0)),
          (bytes.at(-1)! / bytes[0]!).toFixed(3),
        ]),
      ]),
    ].join('\n\n'),
}

/** The cosine averaged over the four weights of the two layers. */
const meanOfLayers = ({ cosines: { first, firstBack, second, secondBack } }: OnlineRow): number =>
  (first + firstBack + second + secondBack) / 4
