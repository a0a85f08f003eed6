import type { Backend, Communicator, Estimator, OperatorData } from '@spikeward/core'
import { bp, controlVariate, eligibility, exactReadout, feedback, rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import {
  deepOnet,
  sharedOperatorReadout,
  sharedReadout,
  solveOperatorReadout,
  solveReadout,
  spikingMlp,
} from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola, poisson1d } from '@spikeward/problems'
import { type Snapshot, fit, operatorTask } from '@spikeward/train'
import { type Cut, overRanks } from '../src/index.js'

/** A backend that computes as another one, and counts as one that computes on another thread. */
export const withAsync = (backend: Backend): Backend => ({
  ...backend,
  compile(plan) {
    const executable = backend.compile(plan)
    return {
      ...executable,
      async runAsync(ins, outs) {
        executable.run(ins, outs)
      },
    }
  },
})

/** A training over ranks, as options that can be sent to a process. */
export type Case = {
  readonly estimator: keyof typeof estimators
  readonly cut: Partial<Cut>
  /** Numbers of a part of a gradient, at least. */
  readonly part?: number
  readonly steps: number
  /** Points of a share of the batch. */
  readonly batch: number
  /** Whether every step is followed by a solve of the readout, in parts. */
  readonly solve?: true
}

export const estimators: Readonly<
  Record<'rfg' | 'layerwise' | 'readout' | 'eligibility' | 'feedback' | 'bp' | 'controlVariate', () => Estimator>
> = {
  rfg: () => rfg({ directions: 12 }),
  layerwise: () => rfg({ directions: 4, scope: 'layerwise' }),
  readout: () => exactReadout(rfg({ directions: 2 })),
  eligibility: () => eligibility(),
  feedback: () => feedback(),
  bp: () => bp(),
  controlVariate: () => controlVariate(rfg()),
}

/** Wide enough that sums of its products have an order to lose. */
const network = spikingMlp({
  inputs: 1,
  outputs: 1,
  hidden: [12, 9],
  time: 4,
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan({ alpha: 2 })),
})
const problem = parabola({ train: 64, validation: 8, test: 9 })

const solving = {
  every: 1,
  run: solveReadout(network),
  shared: sharedReadout(network, { lambda: 1e-4, outputs: 1 }),
}

/** Trains over the ranks of a communicator; returns the final snapshot. */
export async function train(
  communicator: Communicator,
  backend: Backend,
  { estimator, cut, part, steps, batch, solve }: Case,
  options: { readonly resume?: Snapshot; readonly stopAfter?: number } = {},
): Promise<Snapshot> {
  const ranks = overRanks(communicator, { ...cut, ...(part === undefined ? {} : { part }) })
  const events = fit({
    network,
    problem,
    batch,
    estimator: estimators[estimator](),
    optimizer: adam(0.01),
    key: 5,
    steps,
    every: 1,
    backend,
    stepper: ranks.stepper,
    signal: ranks.signal,
    ...(solve === undefined ? {} : { callbacks: [solving], share: ranks.share }),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
  })
  for await (const event of events) {
    if (event.type === 'metrics' && event.step === options.stopAfter) ranks.stop()
    if (event.type === 'end') return event.snapshot
  }
  throw new Error('a run without an end')
}

/**
 * Trains an operator in four shares of the batch, with a solve of its readouts in parts; `streamed`: a step's functions are read when
 * it takes place.
 */
export async function trainOperator(
  communicator: Communicator,
  backend: Backend,
  streamed: boolean,
): Promise<Snapshot> {
  const whole = poisson1d({ sensors: 7, train: 12, validation: 2, test: 2, cells: 40 })
  const { sensors, values } = await whole.data('train')
  const rowsOf = (from: Float64Array, numbers: readonly number[]): Float64Array =>
    Float64Array.from(numbers.flatMap((i) => [...from.slice((i * from.length) / 12, ((i + 1) * from.length) / 12)]))
  const rows = async (numbers: readonly number[]): Promise<OperatorData> => ({
    count: numbers.length,
    sensors: rowsOf(sensors, numbers),
    values: rowsOf(values, numbers),
  })
  const side = { kind: 'smooth', hidden: [5] } as const
  const network = deepOnet({ sensors: 7, axes: 1, features: 3, branch: side, trunk: side })
  const task = await operatorTask({
    network,
    problem: streamed ? { ...whole, rows } : whole,
    functions: 2,
  })
  const { stepper, share, signal } = overRanks(communicator, { batch: 4 })
  const callbacks = [{ every: 2, run: solveOperatorReadout(network), shared: sharedOperatorReadout(network) }]
  const settings = {
    task,
    callbacks,
    share,
    estimator: rfg({ directions: 2 }),
    optimizer: adam(0.01),
    key: 5,
    steps: 3,
    backend,
  }
  for await (const event of fit({ ...settings, stepper, signal })) if (event.type === 'end') return event.snapshot
  throw new Error('a run without an end')
}

/** Everything learned at the end, as text that differs if any bit does. */
export const bitsOf = ({ step, tensors }: Snapshot): string =>
  [`step ${step}`]
    .concat(
      [...tensors].map(
        ([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
      ),
    )
    .join('\n')
