import { type Table, bars, digits, gflop, mib } from '../../report/tableMarkdown.js'
import { peerNames } from '../../peers/registry.js'
import { defineBenchmark } from '../../run/benchmark.js'
import type { Run } from '../../run/run.js'
import { describeConditions, describeEstimator, describeStep } from '../../step/stepSettings.js'
import { type StepResult, type TimeStepOptions, timeStep } from '../../step/timeStep.js'
import { count, someOf } from '../../argumentParsers.js'
import { type StepOptions, instructionSetOption, withStepOptions } from './stepOptions.js'

type Settings = StepOptions & Pick<TimeStepOptions, 'peers' | 'repeat' | 'compile' | 'instructionSet'>

/** The cost of a step to the backend besides time. */
const dispatchesIn = ({ dispatches }: Run<Settings, StepResult>): string =>
  dispatches === undefined ? '' : ` ${dispatches} dispatches per step.`

/** Our step and those of the peers: who, form, median and least ms, and the ratio of the times. */
export const rowsOfStep = (ours: string, { medianMs, minMs, peers }: StepResult): readonly (readonly string[])[] => [
  [ours, '', digits(medianMs), digits(minMs), '1'],
  ...peers.map((p) =>
    'absent' in p
      ? [p.name, `absent: ${p.absent}`, '–', '–', '–']
      : [
          ...[`${p.name} ${p.version}`, `${p.form}${p.byHand ? ' (derivatives by hand)' : ''}`],
          ...[p.medianMs, p.minMs, p.ratio].map((value) => digits(value)),
        ],
  ),
]

function stepTable(whole: Run<Settings, StepResult>): Table {
  const { settings, ...run } = whole
  const rows = rowsOfStep(`spikeward, ${settings.backend}`, run)
  const threads = [run, ...run.peers].map((one) => ('absent' in one ? '–' : String(one.threads)))
  return {
    title: `A training step: ${describeStep(settings)}${settings.backend === 'webgpu' ? `, on ${run.device}` : ''}`,
    head: ['who', 'form', 'threads', 'median ms', 'least ms', 'ours / theirs'],
    rows: rows.map(([who = '', form = '', ...times], i) => [who, form, threads[i]!, ...times]),
    note: `${gflop(run.flops)} GFLOP (products as dense), ${mib(run.bytes)} MiB moved per step.${dispatchesIn(whole)}`,
  }
}

/**
 * One sentence: the time of a step, the speed relative to each form of each peer, and the peers; JAX is among none of
 * our peers.
 */
function stepHeadline({ settings, machine, medianMs, threads, peers }: Run<Settings, StepResult>): readonly [string] {
  const ratios = peers.flatMap((p) => {
    if ('absent' in p) return []
    const form = p.byHand ? `hand-written derivatives in ${p.name}` : p.form
    return [`${(1 / p.ratio).toFixed(1)} times as fast as ${form}`]
  })
  const names = [...new Set(peers.map(({ name }) => name))].join(', ')
  const place = `${threads === 1 ? 'one thread' : `${threads} threads`} of an ${machine.processor}`
  return [
    `A training step of a ${settings.widths.join('-')} network by ${describeEstimator(settings)}, ${describeConditions(settings)}, takes ${digits(medianMs)} ms on the ${settings.backend} backend and ${place}, ${ratios.join(' and ')} (peers in this run: ${names}; JAX was not measured).`,
  ]
}

export const step = defineBenchmark<Settings, StepResult>({
  name: 'step',
  folder: 'speed',
  about: 'time a training step and its peers, in alternating rounds',
  options: (command) =>
    withStepOptions(command)
      .option('--repeat <n>', 'rounds', count, 8)
      .option('--peers <names>', `separated by commas: ${peerNames.join(', ')}; or none`, someOf(...peerNames), [
        'torch',
        'jax-js',
      ])
      .option('--no-compile', 'leave out torch.compile, which takes half a minute to start')
      .option(...instructionSetOption),
  quick: { repeat: 2, compile: false },
  measure: ({ peers, repeat, compile, instructionSet, ...step }) => {
    const { backend, threads, ...settings } = step
    const set = instructionSet === undefined ? {} : { instructionSet }
    return timeStep(settings, { backend, threads, peers, repeat, compile, ...set })
  },
  tables: (run) => [stepTable(run)],
  headline: stepHeadline,
  figures: ({ settings, medianMs, peers }) => [
    bars(
      `A training step: ${describeStep(settings)}`,
      [
        { name: `spikeward, ${settings.backend}`, value: medianMs },
        ...peers.flatMap((p) => ('absent' in p ? [] : [{ name: `${p.name}: ${p.form}`, value: p.medianMs }])),
      ],
      'median ms per step',
    ),
  ],
})
