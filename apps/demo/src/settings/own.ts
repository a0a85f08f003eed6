import { type Settings, settingsFor } from './settings.js'

/** The name of the problem that is made of the user's own points. */
export const OWN = 'ownPoints'

/** The largest number of own points: the address of the page contains all of them. */
export const MAX_POINTS = 200

/** The number of points of a built-in curve that are kept when the user adds one. */
const KEPT = 12

/** A point to learn from: its inputs, then the value there. */
export type Sample = readonly number[]

/** A wave of one input, and a hill and a valley of two: the initial own points. */
const first: Readonly<Record<1 | 2, readonly Sample[]>> = {
  1: Array.from({ length: 9 }, (_, i) => [-1 + i / 4, Math.round(100 * 0.8 * Math.sin(4 * (-1 + i / 4))) / 100]),
  2: [
    [-0.5, -0.5, 0.8],
    [0.5, 0.5, -0.8],
    [-0.5, 0.5, 0],
    [0.5, -0.5, 0],
    [0, 0, 0],
    [-0.9, -0.9, 0],
    [0.9, 0.9, 0],
    [-0.9, 0.9, 0],
    [0.9, -0.9, 0],
  ],
}

/** The initial own points of a curve (one input) or a surface (two). */
export const firstPoints = (inputs: 1 | 2): readonly Sample[] => first[inputs]

/** A list of numbers as points of some inputs. */
export const samplesOf = (list: readonly number[], inputs: number): Sample[] =>
  Array.from({ length: Math.ceil(list.length / (inputs + 1)) }, (_, i) =>
    list.slice((inputs + 1) * i, (inputs + 1) * (i + 1)),
  )

/** The list of a setting, such as `[-0.5,1]`. */
const numbersOf = (text: string): number[] =>
  text
    .replace(/^\[|\]$/g, '')
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [Number(part)]))

/** The inputs of own points: one, or two. */
export const ownInputs = ({ problemOptions }: Pick<Settings, 'problemOptions'>): 1 | 2 =>
  problemOptions['inputs'] === '2' ? 2 : 1

/** The own points of settings. */
export function ownSamples(settings: Pick<Settings, 'problemOptions'>): readonly Sample[] {
  const inputs = ownInputs(settings)
  const { points } = settings.problemOptions
  return points === undefined ? firstPoints(inputs) : samplesOf(numbersOf(points), inputs)
}

/** Faults of own points, in sentences; empty if a run can learn from them. */
export function faultyPoints(settings: Settings): string[] {
  if (settings.problem !== OWN) return []
  const samples = ownSamples(settings)
  if (samples.length === 0) return ['There is no point to learn from; add one on the picture.']
  if (samples.length > MAX_POINTS) return [`There are ${samples.length} points; a page takes up to ${MAX_POINTS}.`]
  const each = ownInputs(settings) + 1
  const isPoint = (sample: Sample): boolean => sample.length === each && sample.every((v) => Math.abs(v) <= 1)
  return samples.every(isPoint) ? [] : [`Each point has ${each} numbers from −1 to 1: its place, then its value.`]
}

/** The batch of a step that takes all own points, up to what a page computes quickly. */
const wholeBatch = (samples: readonly Sample[]): number => Math.max(1, Math.min(64, samples.length))

/** Settings that learn from own points: from all in every step, unless the user wants fewer than there were. */
export function withSamples(settings: Settings, inputs: 1 | 2, samples: readonly Sample[]): Settings {
  const isOwn = settings.problem === OWN
  const { hidden, batch } = isOwn ? settings : settingsFor('parabola')
  const before = isOwn ? ownSamples(settings) : []
  const isChosen = batch < before.length && batch !== wholeBatch(before)
  const text = `[${samples
    .flat()
    .map((v) => Math.round(100 * v) / 100)
    .join(',')}]`
  return {
    ...settings,
    problem: OWN,
    problemOptions: { inputs: String(inputs), points: text },
    hidden,
    batch: isChosen ? Math.max(1, Math.min(batch, samples.length)) : wholeBatch(samples),
  }
}

/**
 * Settings with another number of training points along each axis; no step takes more points than there are.
 *
 * @param inputs of the problem
 */
export function withTrain(settings: Settings, inputs: 1 | 2, train: number): Settings {
  const usual = settingsFor(settings.problem).batch
  return {
    ...settings,
    problemOptions: { ...settings.problemOptions, train: String(train) },
    batch: Math.min(Math.max(settings.batch, usual), train ** inputs),
  }
}

/** Some of many points of one input, evenly chosen, for the user to add to. */
export const someOf = (samples: readonly Sample[]): Sample[] =>
  samples.length <= KEPT
    ? [...samples]
    : Array.from({ length: KEPT }, (_, i) => samples[Math.round((i * (samples.length - 1)) / (KEPT - 1))]!)
