import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { type Backend, type OnlineRule, SpikewardError } from '@spikeward/core'
import { keepHeapSmall } from '@spikeward/experiment/node'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingStream } from '@spikeward/operators'
import { adam, sgd } from '@spikeward/optim'
import { mackeyGlass } from '@spikeward/problems'
import { type Learner, type Sample, learner } from '@spikeward/train'
import { markdownTable } from 'markdown-table'
import { root } from './stored.js'
import { type Study, columns } from './tools.js'

const NUMBERS = 3
const optimizers = { sgd: () => sgd(1e-2), adam: () => adam(1e-3) } as const

/** The speed of 3 → 128 → 128 → 3 with recurrent layers, on one thread. */
export interface LearnRow {
  /** With the instruction set of compiled code. */
  readonly backend: string
  readonly rule: OnlineRule
  readonly optimizer: keyof typeof optimizers
  /** Samples that are given at once. */
  readonly list: number
  /**
   * By the processor time of all lists, which other work of the machine disturbs little, and by the least wall-clock
   * time of a list.
   */
  readonly samplesPerSecond: number
  readonly most: number
  /** 99th percentile of the wall-clock time of a list, in milliseconds. */
  readonly p99: number
}

/**
 * The command on standard input at 1,000 rows a second: from the writing of a row to its line of output, in
 * milliseconds.
 */
export interface LearnPipe {
  readonly backend: string
  readonly samples: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** Forecasts of the Mackey–Glass series, six points ahead. */
export interface LearnError {
  readonly rule: OnlineRule
  readonly optimizer: keyof typeof optimizers
  readonly samples: number
  /** Root mean square of the last tenth of the errors ÷ that of the last known value. */
  readonly error: number
}

/** Resident memory of the process, in bytes. */
export interface LearnMemory {
  readonly hidden: readonly number[]
  /** Samples at the end. */
  readonly samples: number
  /** The greatest so far: before the learner was opened, after 10⁵ samples or a third of them, at the end. */
  readonly start: number
  readonly early: number
  readonly end: number
  /** end ÷ early. */
  readonly growth: number
}

/** Three waves, and what they are one sample later. */
const at = (t: number): number[] => [Math.sin(0.1 * t), Math.sin(0.23 * t), Math.cos(0.31 * t)]
const list = (from: number, count: number): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ x: at(from + i), y: at(from + i + 1) }))

const open = (
  backend: Backend,
  hidden: readonly number[],
  rule: OnlineRule,
  optimizer: keyof typeof optimizers,
  { numbers = NUMBERS, delays = 1, horizon = 0 } = {},
): Promise<Learner> => {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const network = spikingStream({ inputs: numbers * delays, outputs: numbers, hidden, neuron, spike: spike(atan()) })
  const sizes = { inputs: numbers, outputs: numbers, delays, horizon }
  return learner({ network, ...sizes, optimizer: optimizers[optimizer](), rule, backend })
}

async function error(
  backend: Backend,
  hidden: readonly number[],
  rule: OnlineRule,
  optimizer: keyof typeof optimizers,
  samples: number,
): Promise<LearnError> {
  const HORIZON = 6
  const series = mackeyGlass(samples)
  const one = await open(backend, hidden, rule, optimizer, { numbers: 1, delays: 8, horizon: HORIZON })
  let [squares, persistence] = [0, 0]
  for (let from = 0; from < samples; from += 64) {
    const points = Array.from(series.subarray(from, from + 64), (v) => ({ x: [v], y: [v] }))
    for (const { index, error: e } of await one.take(points))
      if (index >= 0.9 * samples) {
        squares += e ** 2
        persistence += (series[index]! - series[index - HORIZON]!) ** 2
      }
  }
  return { rule, optimizer, samples, error: Math.sqrt(squares / persistence) }
}

/** Samples before the time is taken: code is compiled, and lists of all lengths have been met. */
const WARM = 3000

async function speed(one: Learner, size: number, lists: number) {
  const times: number[] = []
  for (let i = 0; i < WARM; i += size) await one.take(list(one.count, size))
  const before = process.cpuUsage()
  for (let i = 0; i < lists; i++) {
    const begun = performance.now()
    await one.take(list(one.count, size))
    times.push(performance.now() - begun)
  }
  const { user, system } = process.cpuUsage(before)
  return {
    samplesPerSecond: (1e6 * size * lists) / (user + system),
    most: (1000 * size) / quantile(times, 0),
    p99: quantile(times, 0.99),
  }
}

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))]!

/** A program that answers each row at once: what the pipe and the machine alone take. */
const ECHO = `require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => line.startsWith('a') || console.log('{"prediction"' + line))`

async function pipe(backend: string, samples: number): Promise<LearnPipe> {
  const flags = '--inputs a,b,c --target d,e,f --delays 1 --hidden 128,128 --threads 1 --json --source - --backend'
  const command = ['run', '-s', 'spikeward', '--', 'learn', ...flags.split(' '), backend]
  const [program, parts] = backend === 'an echo' ? [process.execPath, ['-e', ECHO]] : ['npm', command]
  const child = spawn(program, parts, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const sent: number[] = []
  const times: number[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"prediction"')) times.push(performance.now() - sent[times.length]!)
  })
  const send = (): void => {
    const row = [...at(sent.length), ...at(sent.length + 1)].join()
    sent.push(performance.now())
    child.stdin.write(`${row}\n`)
  }
  const answered = async (): Promise<void> => {
    while (times.length < sent.length) {
      if (child.exitCode !== null) throw new SpikewardError('STUDY_COMMAND', `learn ended with ${child.exitCode}`)
      await sleep(5)
    }
  }
  child.stdin.write('a,b,c,d,e,f\n')
  while (sent.length < WARM) send()
  await answered()
  const begun = performance.now()
  while (sent.length < WARM + samples)
    if (performance.now() - begun < sent.length - WARM) await sleep(1)
    else send()
  await answered()
  child.stdin.end()
  const own = times.slice(WARM)
  return { backend, samples, p50: quantile(own, 0.5), p99: quantile(own, 0.99), most: quantile(own, 1) }
}

const greatest = (): number => 1024 * process.resourceUsage().maxRSS

async function memory(backend: Backend, hidden: readonly number[], samples: number): Promise<LearnMemory> {
  const EARLY = Math.min(100_000, samples / 3)
  const start = greatest()
  const one = await open(backend, hidden, 'ottt', 'sgd')
  while (one.count < EARLY) await one.take(list(one.count, 64))
  const early = greatest()
  while (one.count < samples) await one.take(list(one.count, 64))
  const end = greatest()
  return { hidden, samples: one.count, start, early, end, growth: end / early }
}

/** Speed and memory of learning from a stream. */
export const learn: Study<{
  readonly rows: readonly LearnRow[]
  readonly pipes: readonly LearnPipe[]
  readonly errors: readonly LearnError[]
  readonly memory: LearnMemory
}> = {
  name: 'learn',
  summary: 'samples a second and memory of learning from a stream',
  async run({ quick, backend, log }) {
    // As the command does. Memory first: later work would hide its growth behind a greater maximum.
    keepHeapSmall()
    const hidden = quick ? [16] : [128, 128]
    const use = await memory(backend, hidden, quick ? 30_000 : 10_000_000)
    log(`memory: ${((use.end - use.start) / 2 ** 20).toFixed(1)} MiB, growth ${use.growth.toFixed(4)}`)
    const pipes: LearnPipe[] = []
    for (const name of ['native', 'cpu', 'an echo']) pipes.push(await pipe(name, quick ? 500 : 30_000))
    const errors: LearnError[] = []
    const rules = quick ? (['ottt'] as const) : (['ottt', 'dRtrl'] as const)
    for (const rule of rules)
      for (const optimizer of ['sgd', 'adam'] as const)
        errors.push(await error(backend, hidden, rule, optimizer, quick ? 2000 : 20_000))
    const rows: LearnRow[] = []
    for (const [name, make] of [
      ['native', native],
      ['cpu', cpu],
    ] as const) {
      await using one = await make({ threads: 1 })
      for (const rule of rules)
        for (const optimizer of ['sgd', 'adam'] as const) {
          const learning = await open(one, hidden, rule, optimizer)
          for (const size of [1, 64]) {
            const speeds = await speed(learning, size, Math.round((quick ? 1000 : 10_000) / Math.sqrt(size)))
            const where = `${name} (${one.capabilities.features[0] ?? ''})`
            rows.push({ backend: where, rule, optimizer, list: size, ...speeds })
            log(
              `${name} ${rule} ${optimizer}, lists of ${size}: ${speeds.samplesPerSecond.toFixed(0)} samples a second`,
            )
          }
        }
    }
    return { rows, pipes, errors, memory: use }
  },
  table: ({ rows, pipes, errors, memory: m }) =>
    `${markdownTable(
      columns(rows, {
        backend: (r) => r.backend,
        rule: (r) => r.rule,
        optimiser: (r) => r.optimizer,
        'samples at once': (r) => String(r.list),
        'samples a second of the processor': (r) => r.samplesPerSecond.toFixed(0),
        'at best': (r) => r.most.toFixed(0),
        'p99 of a call, ms': (r) => r.p99.toFixed(2),
      }),
    )}\n\n${markdownTable(
      columns(pipes, {
        'command through a pipe, 1,000 samples a second': (r) => r.backend,
        samples: (r) => String(r.samples),
        'median, ms': (r) => r.p50.toFixed(2),
        'p99, ms': (r) => r.p99.toFixed(2),
        'most, ms': (r) => r.most.toFixed(1),
      }),
    )}\n\n${markdownTable([
      ['rule', 'optimiser', 'samples', 'error ÷ that of the last value'],
      ...errors.map((r) => [r.rule, r.optimizer, String(r.samples), r.error.toFixed(4)]),
    ])}\n\nMemory of ${m.hidden.join(', ')} neurons over ${m.samples} samples: ${((m.end - m.start) / 2 ** 20).toFixed(1)} MiB above the start; ${m.growth.toFixed(4)} times that after 10⁵ samples.`,
  finding: ({ memory: { hidden, samples, start, end, growth } }) =>
    `Learning a recurrent network of ${hidden.join(', ')} neurons from ${samples / 1e6} million samples takes ${((end - start) / 2 ** 20).toFixed(0)} MiB above the start, ${growth.toFixed(3)} times that after 10⁵ samples.`,
}
