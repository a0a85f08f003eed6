import { showProgress } from '../progress.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import type { Run } from '../run/run.js'
import { standard } from '../step/stepSettings.js'
import { count, oneOf } from '../argumentParsers.js'
import { goalSets, goals, reaches } from './goals.js'
import type { Goal } from './goals.js'
import { measureRatios } from './measureRatios.js'
import type { RatioOrAbsent, RatioSettings } from './measureRatios.js'

type Result = { readonly peak: number; readonly ratios: readonly RatioOrAbsent[] }

/** The runs that `measureRatios` makes. */
const PARTS = 11

function rowOf(settings: RatioSettings, found: RatioOrAbsent): readonly string[] {
  const goal: Goal = goals[found.name]
  const by = goal.goals[settings.instructionSet]
  const wanted = by === null ? '–' : `${goal.sense === 'least' ? '≥' : '≤'} ${by}`
  if ('absent' in found) return [goal.figure, wanted, `absent: ${found.absent}`, '–', '–', '–', '–', '–']
  const { value, oursMs, theirsMs, form, denseMs } = found
  const reached = reaches(goal, settings.instructionSet, value)
  return [
    goal.figure,
    wanted,
    value.toFixed(2),
    reached === null ? '–' : reached ? 'yes' : 'no',
    digits(oursMs),
    digits(theirsMs),
    form,
    denseMs === null ? '–' : `${digits(denseMs)} ms, so at most ${(theirsMs / denseMs).toFixed(2)}`,
  ]
}

/** The version of PyTorch in a sentence; empty if PyTorch did not take part. */
function versionIn(found: readonly RatioOrAbsent[]): string {
  const version = found.map((r) => ('absent' in r ? undefined : r.version)).find((v) => v !== undefined)
  return version === undefined ? '' : ` PyTorch is ${version}.`
}

/** `ratios`: the goals of an instruction set and the figures that were measured, each in one alternating run. */
export const ratios = defineBenchmark<RatioSettings, Result>({
  name: 'ratios',
  folder: 'speed',
  about: 'the speed of a step against PyTorch, cpu, bp and one thread on an instruction set, with goals',
  options: (command) =>
    command
      .option('--instruction-set <name>', 'instruction set of native and of PyTorch', oneOf(...goalSets), 'avx512')
      .option('--repeat <n>', 'rounds', count, 6)
      .option('--time <steps>', 'time steps', count, standard.time)
      .option('--batch <n>', 'points per step', count, standard.batch)
      .option('--no-compile', 'leave out torch.compile, which takes half a minute to start'),
  quick: { repeat: 2, compile: false, time: 4, batch: 64 },
  async measure(settings, { io }) {
    const progress = showProgress(io, PARTS)
    try {
      const { peak, ratios: found, samples } = await measureRatios(settings, (what) => progress.step(what))
      return { result: { peak, ratios: found }, samples }
    } finally {
      progress.stop()
    }
  },
  tables: ({ settings, peak, ratios: found }: Run<RatioSettings, Result>) => [
    {
      title: `Goals on ${settings.instructionSet}: 2-128-128-1, T = ${settings.time}, batch ${settings.batch}, one thread`,
      head: ['figure', 'goal', 'measured', 'reached', 'ours, ms', 'theirs, ms', 'theirs', 'dense products at the peak'],
      rows: found.map((r) => rowOf(settings, r)),
      note: `The last column bounds the ratio: no look-up of spikes saves a product whose left operand is not binary, such as the one of tangents with weights, and it takes at least this time at the measured peak of ${digits(peak / 1e9)} GFLOP/s. The instruction set is that of native and of PyTorch; cpu is WebAssembly, which has no such choice.${versionIn(found)}`,
    },
  ],
  figures: () => [],
})
