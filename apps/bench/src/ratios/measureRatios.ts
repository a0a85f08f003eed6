/** The ratios of an instruction set, each from one alternating run. */
import { native } from '@spikeward/backend-native'
import { instructionSetFor, openBackend } from '../backends.js'
import { compareEstimators } from '../benchmarks/speed/table.js'
import { alternate, ratio, timesOf } from '../step/alternate.js'
import { timeStep } from '../step/timeStep.js'
import { standard } from '../step/stepSettings.js'
import type { StepSettings } from '../step/stepSettings.js'
import { makeWorkload } from '../step/workload.js'
import { denseFlops } from './denseFlops.js'
import type { GoalName, GoalSet } from './goals.js'

/** How long ratios are measured, and on which instruction set. */
export type RatioSettings = {
  readonly instructionSet: GoalSet
  readonly repeat: number
  readonly compile: boolean
  readonly time: number
  readonly batch: number
}

/** A ratio of two median times in ms. `form` names the form of the other side. */
export type RatioResult = {
  readonly name: GoalName
  readonly value: number
  readonly oursMs: number
  readonly theirsMs: number
  readonly form: string
  /** Of PyTorch and its BLAS, where it is PyTorch. */
  readonly version?: string
  /** Milliseconds that the dense products of our step take at the peak of the machine; null if they set no bound. */
  readonly denseMs: number | null
}

/** A ratio, or the reason why it could not be measured. */
export type RatioOrAbsent = RatioResult | { readonly name: GoalName; readonly absent: string }

const oneLayer = [2, 128, 1]
const threeLayers = [2, 128, 128, 128, 1]

/** A backend and its threads, as a contender. */
type Contender = { readonly backend: string; readonly threads: number }

/** Ratios of one instruction set, and the peak of its arithmetic in operations per second. */
export async function measureRatios(
  { instructionSet, repeat, compile, ...scale }: RatioSettings,
  progress: (what: string) => void,
): Promise<{
  readonly peak: number
  readonly ratios: readonly RatioOrAbsent[]
  readonly samples: Readonly<Record<string, readonly number[]>>
}> {
  const ratios: RatioOrAbsent[] = []
  const samples: Record<string, readonly number[]> = {}
  const base: StepSettings = { ...standard, ...scale }
  const peak = await peakOf(instructionSet)

  /** Both forms of PyTorch against one of our backends. */
  const torch = async (
    settings: StepSettings,
    backend: string,
    byHand: GoalName,
    own: GoalName | null,
    compiles: boolean,
  ): Promise<void> => {
    const label = `${settings.estimator} K = ${settings.directions} ${backend}`
    progress(label)
    const options = { backend, threads: 1, peers: ['torch'] as const, repeat, compile: compiles, instructionSet }
    const { result, samples: rounds } = await timeStep(settings, options)
    for (const [who, times] of Object.entries(rounds)) samples[`${label}: ${who}`] = times
    const denseMs = backend === 'native' ? (1000 * (await denseFlopsOf(settings, instructionSet))) / peak : null
    for (const [name, hand] of [[byHand, true], ...(own === null ? [] : [[own, false] as const])] as const) {
      const absent = result.peers.find((p) => 'absent' in p)
      const form = result.peers.find((p) => !('absent' in p) && p.byHand === hand)
      if (form === undefined || 'absent' in form) {
        const reason = absent !== undefined && 'absent' in absent ? absent.absent : 'no such form ran'
        ratios.push({ name, absent: reason })
      } else {
        const found = {
          oursMs: result.medianMs,
          theirsMs: form.medianMs,
          form: form.form,
          version: form.version,
        }
        ratios.push({ name, value: 1 / form.ratio, ...found, denseMs })
      }
    }
  }

  /** The time of `other` divided by that of `ours`, the same step. */
  const backends = async (name: GoalName, settings: StepSettings, ours: Contender, other: Contender): Promise<void> => {
    progress(name)
    const opened = await Promise.all(
      [ours, other].map((c) => openBackend(c.backend, c.threads, instructionSetFor(c.backend, instructionSet))),
    )
    const workloads = await Promise.all(opened.map((backend) => makeWorkload(settings, backend, false)))
    const [a, b] = await alternate(
      workloads.map((w, i) => ({ name: String(i), round: (n: number) => timesOf(w.step, n) })),
      repeat,
    )
    workloads.forEach((w) => w.dispose())
    for (const backend of opened) await backend[Symbol.asyncDispose]()
    samples[`${name}: ours`] = a!.rounds
    samples[`${name}: other`] = b!.rounds
    const form = `${other.backend}, ${other.threads} thread`
    ratios.push({ name, value: 1 / ratio(a!, b!), oursMs: a!.medianMs, theirsMs: b!.medianMs, form, denseMs: null })
  }

  /** rfg, and optionally spsa, against bp. */
  const reverse = async (name: GoalName, settings: StepSettings, spsa: GoalName | null): Promise<void> => {
    progress(name)
    const { row, rounds } = await compareEstimators(settings, { backend: 'native', threads: 1, repeat, instructionSet })
    for (const [who, times] of Object.entries(rounds)) samples[`${name}: ${who}`] = times
    const { rfg, bp, timeRatio } = row
    const common = { theirsMs: bp.medianMs, form: 'bp', denseMs: null }
    ratios.push({ name, value: timeRatio, oursMs: rfg.medianMs, ...common })
    if (spsa !== null && row.spsa !== undefined) {
      ratios.push({ name: spsa, value: row.spsa.timeRatio, oursMs: row.spsa.medianMs, ...common })
    }
  }

  const triangular = { ...base, surrogate: 'triangular' }
  const one: Contender = { backend: 'native', threads: 1 }
  await torch(base, 'native', 'oneByHand', 'oneOwn', compile)
  await torch({ ...base, directions: 8 }, 'native', 'eightByHand', 'eightOwn', compile)
  await torch({ ...base, estimator: 'bp' }, 'native', 'bpByHand', 'bpOwn', compile)
  await backends('cpuOneLayer', { ...base, widths: oneLayer }, one, { backend: 'cpu', threads: 1 })
  await backends('cpuTwoLayers', base, one, { backend: 'cpu', threads: 1 })
  await reverse('bpTwoAtan', base, 'spsa')
  await reverse('bpThreeAtan', { ...base, widths: threeLayers }, null)
  await reverse('bpTwoTriangular', triangular, null)
  await reverse('bpThreeTriangular', { ...triangular, widths: threeLayers }, null)
  await torch(base, 'cpu', 'wasmByHand', null, false)
  await backends('threads', base, { backend: 'native', threads: 2 }, one)
  return { peak, ratios, samples }
}

async function peakOf(instructionSet: GoalSet): Promise<number> {
  await using backend = await native({ threads: 1, instructionSet })
  return backend.measurePeaks({ seconds: 0.2 }).flopsPerSecond
}

async function denseFlopsOf(settings: StepSettings, instructionSet: GoalSet): Promise<number> {
  await using backend = await openBackend('native', 1, instructionSet)
  const workload = await makeWorkload(settings, backend, false)
  const flops = denseFlops(workload.plan)
  workload.dispose()
  return flops
}
