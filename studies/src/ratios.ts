/** The goals of an instruction set: ratios of times of one training step, each from alternating rounds. */
import { spawnSync } from 'node:child_process'
import { type TrainOptions, stepCosts } from '@spikeward/experiment'
import { root } from './stored.js'
import { type Study, type StudyRun, assemble, columns, digits, ioOf, lastLine, titled } from './tools.js'

const sets = ['avx2', 'avx512'] as const
type InstructionSet = (typeof sets)[number]

/** A ratio and its goal on each instruction set: at least it for a speed, at most it for a time; null: none. */
export interface Goal {
  readonly figure: string
  readonly sense: 'least' | 'most'
  readonly goals: Readonly<Record<InstructionSet, number | null>>
}

/** One row. Without a value, `absent` says why. */
export interface RatioRow extends Goal {
  readonly instructionSet: InstructionSet
  readonly value: number | null
  readonly oursMs: number | null
  readonly theirsMs: number | null
  /** The fastest form of the other side. */
  readonly theirs: string
  readonly absent?: string
}

const least = (figure: string, avx2: number | null, avx512: number | null): Goal => ({
  ...{ figure, sense: 'least' },
  goals: { avx2, avx512 },
})
const most = (figure: string, avx2: number, avx512: number): Goal => ({
  ...{ figure, sense: 'most' },
  goals: { avx2, avx512 },
})

/** Steps of `bench step` beside PyTorch, with the goals of its form by hand and of its own differentiation. */
const besideTorch: readonly (readonly [args: string, byHand: Goal, own: Goal | null])[] = [
  [
    '--backend native',
    least('rfg K = 1: speed against duals by hand in PyTorch', 2, 2.6),
    least('rfg K = 1: speed against forward mode of PyTorch', 6, 8),
  ],
  [
    '--backend native --directions 8',
    least('rfg K = 8: speed against duals by hand in PyTorch', 1.7, 2),
    least('rfg K = 8: speed against forward mode of PyTorch', 4.5, 5),
  ],
  [
    '--backend native --estimator bp',
    least('bp: speed against a loop by hand in PyTorch', 1.6, 1.8),
    least('bp: speed against autograd of PyTorch', 3, 3.3),
  ],
  ...[256, 512, 1024, 2048].flatMap((width) => {
    const options = `--backend native --widths 2,${width},${width},1 --no-compile`
    return [
      [
        `${options} --estimator bp`,
        least(`bp, two layers of ${width}: speed against a loop by hand in PyTorch`, 2, 2),
        least(`bp, two layers of ${width}: speed against autograd of PyTorch`, 2.5, 2.5),
      ],
      [
        options,
        least(`rfg K = 1, two layers of ${width}: speed against duals by hand in PyTorch`, 2, 2),
        least(`rfg K = 1, two layers of ${width}: speed against forward mode of PyTorch`, 4, 4),
      ],
    ] as const
  }),
  ['--backend cpu --no-compile', least('cpu, rfg K = 1: speed against duals by hand in PyTorch', 1.3, null), null],
]

const hat = (more: Partial<TrainOptions>): Partial<TrainOptions> => ({
  ...{ hidden: [128, 128], time: 16, batch: 1024, estimator: 'rfg(directions=1)', readoutSolve: 0 },
  ...more,
})
const three = [128, 128, 128]
const triangular = { surrogate: 'triangular' }

/** Pairs of our own steps: the goal is about the time of the first, or about its speed against the second. */
const ownPairs: readonly (readonly [goal: Goal, ours: Partial<TrainOptions>, other: Partial<TrainOptions>])[] = [
  [least('native against cpu, one hidden layer', 2.5, 2.5), { hidden: [128] }, { hidden: [128], backend: 'cpu' }],
  [least('native against cpu, two hidden layers', 1.8, 4), {}, { backend: 'cpu' }],
  [most('rfg / bp, time of two hidden layers, atan', 0.55, 0.52), {}, { estimator: 'bp' }],
  [most('spsa / bp, time of two hidden layers', 0.34, 0.3), { estimator: 'spsa' }, { estimator: 'bp' }],
  [
    most('rfg / bp, time of three hidden layers, atan', 0.55, 0.52),
    { hidden: three },
    { hidden: three, estimator: 'bp' },
  ],
  [most('rfg / bp, time of two hidden layers, triangular', 0.5, 0.45), triangular, { ...triangular, estimator: 'bp' }],
  [
    most('rfg / bp, time of three hidden layers, triangular', 0.5, 0.45),
    { ...triangular, hidden: three },
    { ...triangular, hidden: three, estimator: 'bp' },
  ],
  [least('rfg K = 1: two threads against one', 1.85, 1.85), { threads: 2 }, {}],
]

type Peer = {
  readonly name: string
  readonly form: string
  readonly byHand: boolean
  readonly medianMs: number
  readonly ratio: number
}
type StepRun = {
  readonly medianMs: number
  readonly peers: readonly (Peer | { readonly name: string; readonly absent: string })[]
}

/**
 * Quick steps have 128 rows: of 64, one spike that rounding moves over its threshold at 2,048 neurons changes the
 * derivative by more than the check of the peers allows.
 */
function stepBesideTorch(args: string, instructionSet: InstructionSet, quick: boolean): StepRun {
  const line = `run -s bench -- step ${args} --peers torch --threads 1 --instruction-set ${instructionSet} --json${quick ? ' --quick --batch 128 --time 4' : ''}`
  return lastLine(`npm ${line}`, spawnSync('npm', line.split(' '), { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }))
}

/** The ratios on one instruction set. The native backend and PyTorch are held to it; WebAssembly has no such choice. */
async function measure(instructionSet: InstructionSet, study: StudyRun): Promise<readonly RatioRow[]> {
  const rows: RatioRow[] = []
  const push = (row: Omit<RatioRow, 'instructionSet'>): void => {
    rows.push({ ...row, instructionSet })
    study.log(`${instructionSet}, ${row.figure}: ${digits(row.value)}`)
  }
  for (const [args, byHand, own] of besideTorch) {
    const { medianMs, peers } = stepBesideTorch(args, instructionSet, study.quick)
    for (const [goal, hand] of [[byHand, true], ...(own === null ? [] : [[own, false] as const])] as const) {
      const peer = peers.find((p): p is Peer => !('absent' in p) && p.byHand === hand)
      const [absent = 'no such form ran'] = peers.flatMap((p) => ('absent' in p ? [p.absent] : []))
      if (peer === undefined)
        push({ ...goal, value: null, oursMs: medianMs, theirsMs: null, theirs: 'PyTorch', absent })
      else push({ ...goal, value: 1 / peer.ratio, oursMs: medianMs, theirsMs: peer.medianMs, theirs: peer.form })
    }
  }
  process.env['SPIKEWARD_INSTRUCTION_SET'] = instructionSet
  for (const [goal, ...sides] of ownPairs) {
    const small = study.quick ? { time: 4, batch: 64 } : {}
    const configs = []
    for (const side of sides) configs.push((await assemble(study, 'mexican-hat', hat({ ...side, ...small }))).config)
    const [ours, other] = await stepCosts(configs, study.quick ? 0.1 : 2, ioOf(study))
    const [oursMs, theirsMs] = [ours!.ms, other!.ms]
    const theirs = configs[1]!.backend === 'cpu' ? 'cpu' : configs[1]!.estimator
    push({ ...goal, value: goal.sense === 'least' ? theirsMs / oursMs : oursMs / theirsMs, oursMs, theirsMs, theirs })
  }
  delete process.env['SPIKEWARD_INSTRUCTION_SET']
  return rows
}

/** Whether a ratio reaches its goal; null where it has none, or was not measured. */
export function reaches({ sense, goals, instructionSet, value }: RatioRow): boolean | null {
  const goal = goals[instructionSet]
  if (goal === null || value === null) return null
  return sense === 'least' ? value >= goal : value <= goal
}

/** Goals of the speed of a step. */
export const ratios: Study<{ readonly rows: readonly RatioRow[] }> = {
  name: 'ratios',
  summary: 'the speed of a step against PyTorch, cpu, bp and one thread on AVX2 and AVX-512, beside its goals',
  async run(study) {
    const rows: RatioRow[] = []
    for (const set of study.quick ? sets.slice(0, 1) : sets) rows.push(...(await measure(set, study)))
    return { rows }
  },
  table: ({ rows }) =>
    titled(
      'Ratios of times of a step, 2-128-128-1 where no other layers are named, T = 16, batch 1024, one thread',
      columns(rows, {
        'instruction set': (row) => row.instructionSet,
        figure: (row) => row.figure,
        goal: ({ goals, instructionSet: set, sense }) =>
          goals[set] === null ? '–' : `${sense === 'least' ? '≥' : '≤'} ${goals[set]}`,
        measured: (row) => row.absent ?? digits(row.value),
        reached: (row) => ({ true: 'yes', false: 'no', null: '–' })[`${reaches(row)}`],
        'ours, ms': (row) => digits(row.oursMs),
        'theirs, ms': (row) => digits(row.theirsMs),
        theirs: (row) => row.theirs,
      }),
      'A speed is the time of the other side divided by ours. PyTorch and its BLAS are held to the same instruction set; cpu is WebAssembly, which has no such choice.',
    ),
}
