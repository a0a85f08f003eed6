/**
 * A training step over ranks of Open MPI: shares of directions, of the batch, gradients, slow links and a cost model.
 */
import { spawnSync } from 'node:child_process'
import { jit, key as keyOf, randint, take, treeLeaves, uniform } from '@spikeward/core'
import type { Backend, Communicator, Estimator, Key, Tensor } from '@spikeward/core'
import { type Cut, type Link, delayed, overRanks, single } from '@spikeward/distributed'
import { bp, rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingMlpTrained, type SpikingMlpVariables, spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { compiledStepper, meanSquaredError, sampleMedian } from '@spikeward/train'
import { type Study, type StudyRun, columns, digits, lastLine, mib, titled } from './tools.js'

/** A step, and how it is cut; null: one program, on one rank. */
export interface Work {
  readonly widths: readonly number[]
  readonly time: number
  readonly batch: number
  /** Random directions; 0: back-propagation. */
  readonly directions: number
  readonly cut: Cut | null
  /** A modelled connection that delays each call; null: the real one alone. */
  readonly link: Link | null
  readonly steps: number
}

/** The measurement of rank 0. */
export interface Timing {
  readonly medianMs: number
  /** Payload that a rank sends in a step. */
  readonly sentBytes: number
  readonly calls: number
  readonly parameters: number
  readonly peakBytes: number
  /** The loss after the last step, the same on all ranks. */
  readonly loss: number
}

/** Takes steps on one rank and times them; all ranks of the group call it together. */
export async function timeRank(communicator: Communicator, backend: Backend, work: Work): Promise<Timing> {
  const { widths, time, batch, directions, cut, link, steps } = work
  const [inputs = 0, outputs = 0] = [widths[0], widths.at(-1)]
  const network = spikingMlp({
    ...{ inputs, outputs, hidden: widths.slice(1, -1), time },
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan()),
  })
  type Data = { readonly fixed: SpikingMlpVariables['fixed']; readonly x: Tensor; readonly y: Tensor }
  const points = batch / (cut?.batch ?? 1)
  const loss = (p: SpikingMlpTrained, { fixed, x, y }: Data, key: Key): Tensor => {
    const at = randint(key, [points], batch)
    return meanSquaredError(network.apply({ trained: p, fixed }, take(x, at)), take(y, at))
  }
  const connected = link === null ? communicator : delayed(communicator, link)
  const make = cut === null ? compiledStepper : overRanks(connected, cut).stepper
  const estimator: Estimator = directions === 0 ? bp() : rfg({ directions })
  const stepper = make(loss, estimator, adam(1e-3))
  const root = keyOf(0, { backend })
  const prepare = jit((k: Key) => {
    const [net, place, target] = k.split(3) as [Key, Key, Key]
    const { trained, fixed } = network.init(net)
    const x = uniform(place, [batch, inputs], { min: -1, max: 1 })
    return {
      state: stepper.init(trained),
      data: { fixed, x, y: uniform(target, [batch, outputs], { min: -1, max: 1 }) },
    }
  })
  const { state: first, data } = prepare(root)
  let state = first
  const parameters = treeLeaves(state.trained).reduce((n, t) => n + t.size, 0)
  const times: number[] = []
  let before = communicator.traffic()
  // The first steps compile.
  for (let i = -3; i < steps; i++) {
    if (i === 0) {
      await communicator.barrier()
      before = communicator.traffic()
    }
    const begun = performance.now()
    state = await stepper.stepAsync(state, data, root)
    await state.loss.item()
    if (i >= 0) times.push(performance.now() - begun)
  }
  const after = communicator.traffic()
  const { peakBytes } = backend.stats()
  const timing = {
    ...{ medianMs: sampleMedian(times), parameters, peakBytes, loss: await state.loss.item() },
    ...{ sentBytes: (after.sent - before.sent) / steps, calls: (after.calls - before.calls) / steps },
  }
  stepper.dispose()
  prepare.dispose()
  treeLeaves({ state, data, root }).forEach((t) => t.dispose())
  return timing
}

/** The work of a rank that `mpirun` started, in the environment; rank 0 prints its timing. */
export const WORK_OF_RANK = 'SPIKEWARD_STUDY_WORK'

/** One rank of a job. */
export async function runRank(text: string, backend: Backend): Promise<void> {
  const { mpi } = await import('@spikeward/distributed/mpi')
  const communicator = mpi()
  const timing = await timeRank(communicator, backend, JSON.parse(text) as Work)
  if (communicator.rank === 0) process.stdout.write(`${JSON.stringify(timing)}\n`)
  await communicator.close()
}

/** Runs work on ranks of this machine. */
function overMpi(size: number, work: Work): Timing {
  const program = [process.execPath, process.argv[1]!, 'distributed']
  const args = ['-n', String(size), '--oversubscribe', '--allow-run-as-root', ...program]
  // One machine: shared memory alone.
  const env = { OMPI_MCA_btl: 'self,sm', ...process.env, [WORK_OF_RANK]: JSON.stringify(work) }
  return lastLine('mpirun', spawnSync('mpirun', args, { encoding: 'utf8', env }))
}

const ofRow = ({ medianMs, sentBytes, calls, parameters }: Timing) => ({ medianMs, sentBytes, calls, parameters })

/** One way to take a step. */
type Mode = 'one program' | 'directions' | 'batch' | 'gradients'

/** One row. */
export interface RankRow extends Omit<Timing, 'peakBytes' | 'loss'> {
  readonly mode: Mode
  readonly ranks: number
  /** Added latency in ms; null: ranks of this machine alone. */
  readonly latency: number | null
}

/** Memory of a step with all directions in one program, or one at a time. */
export interface DirectionsRow {
  readonly way: 'one program' | 'one at a time'
  readonly directions: number
  readonly parameters: number
  readonly peakBytes: number
  readonly medianMs: number
}

/** Milliseconds of a step on many ranks, by a model fitted to one and two ranks. */
export interface Predicted {
  readonly link: string
  readonly ranks: number
  readonly directionsMs: number
  readonly gradientsMs: number
}

/** The result. */
export interface DistributedResult {
  readonly rows: readonly RankRow[]
  readonly memory: readonly DirectionsRow[]
  readonly model: readonly Predicted[]
}

const links: Readonly<Record<string, Link>> = {
  'data centre (5 µs, 100 Gbit/s)': { latency: 5e-6, bandwidth: 12.5e9 },
  'internet (30 ms, 100 Mbit/s)': { latency: 0.03, bandwidth: 12.5e6 },
}

/**
 * t(N) = ⌈cells/N⌉ · cell + rest + messages with cell = 2 (t(1) − t(2))/cells: one cell a rank, so that K or the batch
 * grows with the ranks. Messages take calls · ⌈log₂ N⌉ · latency + bytes / bandwidth.
 */
export function predict(
  cells: number,
  one: number,
  two: number,
  ranks: number,
  calls: number,
  bytes: number,
  link: Link,
): number {
  const cell = Math.max(0, (2 * (one - two)) / cells)
  const rest = Math.max(0, one - cells * cell)
  return cell + rest + 1000 * (calls * Math.ceil(Math.log2(ranks)) * link.latency + bytes / link.bandwidth)
}

const [SHARES, BATCH_SHARES] = [2, 8]

function modelOf(rows: readonly RankRow[], parameters: number): readonly Predicted[] {
  const at = (mode: Mode, n: number): number =>
    rows.find((r) => r.mode === mode && r.ranks === n && r.latency === null)?.medianMs ?? NaN
  return Object.entries(links).flatMap(([name, link]) =>
    [64, 1024].map((ranks) => {
      const bytes = (2 * 4 * parameters * (ranks - 1)) / ranks
      const [one, two] = [at('directions', 1), at('directions', 2)]
      const directionsMs = predict(SHARES, one, two, ranks, 1, 4 * (ranks - 1) * 7, link)
      const gradientsMs = predict(BATCH_SHARES, at('gradients', 1), at('gradients', 2), ranks, 2, bytes, link)
      return { link: name, ranks, directionsMs, gradientsMs }
    }),
  )
}

async function memoryRows({ quick, openBackend }: StudyRun): Promise<DirectionsRow[]> {
  const rows: DirectionsRow[] = []
  const wide = quick ? 100 : 3160
  for (const way of ['one program', 'one at a time'] as const)
    for (const directions of [1, 8]) {
      // A backend of its own has an account of memory of its own.
      await using own = await openBackend()
      const cut = way === 'one program' ? null : { directions, batch: 1 }
      const work: Work = { widths: [2, wide, wide, 1], time: 4, batch: 32, directions, cut, link: null, steps: 2 }
      const { parameters, peakBytes, medianMs } = await timeRank(single(), own, work)
      rows.push({ way, directions, parameters, peakBytes, medianMs })
    }
  return rows
}

/** A step over ranks, and its memory with directions one at a time. */
export const distributed: Study<DistributedResult> = {
  name: 'distributed',
  summary:
    'a step over ranks: directions, batch and gradients shared out, latency, memory, a cost model; needs Open MPI',
  async run(study) {
    const { quick, log } = study
    const base: Work = quick
      ? { widths: [2, 16, 16, 1], time: 4, batch: 64, directions: 4, cut: null, link: null, steps: 5 }
      : { widths: [2, 128, 128, 1], time: 16, batch: 1024, directions: 8, cut: null, link: null, steps: 60 }
    const works: Readonly<Record<Mode, Work>> = {
      'one program': base,
      directions: { ...base, cut: { directions: SHARES, batch: 1 } },
      batch: { ...base, cut: { directions: 1, batch: BATCH_SHARES } },
      gradients: { ...base, directions: 0, cut: { directions: 1, batch: BATCH_SHARES } },
    }
    const rows: RankRow[] = []
    for (const [mode, work] of Object.entries(works) as [Mode, Work][])
      for (const ranks of mode === 'one program' ? [1] : [1, 2]) {
        rows.push({ mode, ranks, latency: null, ...ofRow(overMpi(ranks, work)) })
        log(`${mode}, ${ranks} ranks: ${digits(rows.at(-1)!.medianMs)} ms`)
      }
    for (const latency of quick ? [20] : [1, 20, 100])
      for (const mode of ['directions', 'gradients'] as const) {
        const link = { latency: latency / 1000, bandwidth: 1.25e6 }
        const work = { ...works[mode], link, steps: Math.min(10, base.steps) }
        rows.push({ mode, ranks: 2, latency, ...ofRow(overMpi(2, work)) })
      }
    const memory = await memoryRows(study)
    return { rows, memory, model: modelOf(rows, 1e7) }
  },
  table({ rows, memory, model }) {
    const whole = rows.find((r) => r.mode === 'one program')?.medianMs ?? NaN
    return [
      titled(
        `A step over ranks of this machine, ${SHARES} shares of directions or ${BATCH_SHARES} of the batch`,
        columns(rows, {
          mode: (r) => r.mode,
          ranks: (r) => String(r.ranks),
          'added latency, ms': (r) => String(r.latency ?? '–'),
          'median ms': (r) => digits(r.medianMs),
          'speed-up of its cut': (r) =>
            r.latency === null
              ? digits(rows.find((f) => f.mode === r.mode && f.latency === null)!.medianMs / r.medianMs)
              : '',
          'over one program': (r) => (r.mode === 'gradients' || r.latency !== null ? '' : digits(whole / r.medianMs)),
          'bytes sent per step': (r) => String(r.sentBytes),
          calls: (r) => String(r.calls),
        }),
        'Gradients: back-propagation of the same network, whose step differs from that of rfg. Added latency: a communicator of 10 Mbit/s that waits, not a network.',
      ),
      titled(
        `Memory against directions, ${memory[0]?.parameters ?? 0} parameters`,
        columns(memory, {
          way: (r) => r.way,
          K: (r) => String(r.directions),
          'peak MiB': (r) => mib(r.peakBytes),
          'in units of the parameters': (r) => digits(r.peakBytes / (4 * r.parameters)),
          'ms per step': (r) => digits(r.medianMs),
        }),
        'One at a time: a share for each direction (`--shares directions:K`), on one rank. Parameters and the two moments of Adam are three units.',
      ),
      titled('MODEL, not measured: one cell a rank, 10 million parameters, fitted to the times above', [
        ['link', 'ranks', 'directions, ms', 'gradients, ms'],
        ...model.map((m) => [m.link, String(m.ranks), digits(m.directionsMs), digits(m.gradientsMs)]),
      ]),
    ].join('\n\n')
  },
  finding({ rows }) {
    const two = rows.find((r) => r.mode === 'directions' && r.ranks === 2 && r.latency === null)
    const whole = rows.find((r) => r.mode === 'one program')
    return `A step takes ${digits(two?.medianMs)} ms with 2 ranks that share its directions, and ${digits(whole?.medianMs)} ms in one program; a rank sends ${two?.sentBytes} bytes per step.`
  },
}
