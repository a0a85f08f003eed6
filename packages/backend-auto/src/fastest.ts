import { SpikewardError, construct, firstError, onlyDeclared } from '@spikeward/core'
import type { Backend, Declared, StepTrial } from '@spikeward/core'
import { type ChoiceMemory, type RememberedChoice, remember, rememberedChoices } from './choiceMemory.js'
import { type Measured, explainChoice, FIRST_STEP, measureStep } from './measureStep.js'
import { machineName } from './machineName.js'

/** A declared factory of a backend: `cpu`, `native`, `webgpu`, or one of another package. */
export type BackendFactory = Declared<(options?: never) => Backend | Promise<Backend>>

/** Options of {@link fastest}. */
export interface FastestOptions {
  /**
   * Begins a small step of the run on a backend; `trialOf` of `@spikeward/train` makes one from the options of `fit`.
   */
  readonly trial: (backend: Backend) => Promise<StepTrial>
  /** Options by name, for the candidates that declare them, such as `{ threads: 2 }`. Default: none. */
  readonly given?: Readonly<Record<string, unknown>>
  /**
   * Seconds that the steps of all trials may take together; opening backends and compilation do not count. Default 0.5.
   */
  readonly seconds?: number
  /** Where choices are stored; default: nowhere, so that every call measures. */
  readonly memory?: ChoiceMemory
  /** The kind of step, in words: choices are remembered for each. Default: one for all. */
  readonly workload?: string
  /** The version of the candidates: choices are remembered for each. Default: one for all. */
  readonly version?: string
  /** A clock, in milliseconds. Default: `performance.now`. */
  readonly now?: () => number
}

/** The chosen backend. */
export interface Choice {
  readonly name: string
  /** Open; the caller disposes of it. */
  readonly backend: Backend
  /** The reason for the choice, in one line. */
  readonly reason: string
  /** Whether an earlier measurement decided. */
  readonly remembered: boolean
  /** The findings about each candidate, in their order. */
  readonly measured: readonly Measured[]
}

type Opened = { readonly name: string; readonly backend: Backend } | { readonly name: string; readonly why: unknown }

const SOFTWARE = 'a software renderer, which runs on the same processor as the others'

/** No further candidate is tried once compilation has taken this many times the time for steps. */
const MAX_PREPARATION = 10

const nameOf = ({ declaration: { name, aliases } }: BackendFactory): string => aliases[0] ?? name

const messageOf = (error: unknown): string =>
  error instanceof SpikewardError ? error.message.replace(` [${error.code}]`, '') : String(error)

async function open(factory: BackendFactory, options: Readonly<Record<string, unknown>>): Promise<Backend> {
  // Every factory of this kind returns a backend.
  return (await construct(factory, onlyDeclared(factory, options))) as Backend
}

const close = async (backend: Backend): Promise<void> => backend[Symbol.asyncDispose]()

/**
 * Opens the backend that takes the fewest seconds for a step of the run at hand.
 *
 * The first time it measures a step on each candidate, for at most `seconds` in all: each gets an equal share of the
 * remaining time, and the shortest of a few rounds counts. A candidate that is unavailable on this machine, that cannot
 * run the step, or whose adapter is a software renderer is skipped, with the reason; a single remaining candidate is
 * chosen without a measurement. With a `memory` the choice is stored, if every candidate could be opened or is a
 * software renderer and no step failed, and valid until the machine, the engine, the workload, the candidates or their
 * version change; if the backend can no longer be opened, the others are measured again. A choice between the
 * first step of one backend and later steps of another is valid only after a second measurement with the same result.
 *
 * @param candidates in the order in which they are measured
 * @throws (rejects) NO_BACKEND if no candidate can run the step, with the reason for each; the error of the trial, if
 * it has the same code on every open candidate; INVALID_OPTION
 * @example
 * const options = { network, problem, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 500 }
 * const { backend, reason } = await fastest([native, cpu], { trial: trialOf(options) })
 * for await (const event of fit({ ...options, backend })) console.log(event)
 */
export async function fastest(candidates: readonly BackendFactory[], options: FastestOptions): Promise<Choice> {
  const { given = {}, seconds = 0.5, memory, workload = 'any step', version = '' } = options
  if (!(seconds > 0)) {
    throw new SpikewardError('INVALID_OPTION', `fastest: seconds is ${seconds}; it must be above 0`)
  }
  const names = candidates.map(nameOf)
  const today = new Date().toISOString().slice(0, 10)
  const key = { machine: machineName(), workload, candidates: JSON.stringify([names, given, version]) }
  const before = memory === undefined ? [] : await rememberedChoices(memory)
  const stored = before.find(
    (c) => c.machine === key.machine && c.workload === key.workload && c.candidates === key.candidates,
  )
  const earlier = stored !== undefined && isValid(stored, today) ? stored : undefined
  const factory = candidates.find((candidate) => nameOf(candidate) === earlier?.name)
  if (earlier !== undefined && factory !== undefined) {
    const backend = await open(factory, given).catch(() => null)
    if (backend !== null) {
      const { name, measured, date } = earlier
      const reason = `${explainChoice(name, measured)}; measured on ${date}`
      return { name, backend, reason, remembered: true, measured }
    }
  }
  const opened = await openAll(candidates, given, softwareIn(before, key.machine))
  const { measured, chosen, failed } = await measureAll(opened, seconds * 1000, options)
  const name = chosen.name
  const reason = `${explainChoice(name, measured)}; measured just now`
  // A candidate that could not be opened, or whose step failed, is measured again in the next run.
  const whole = !failed && opened.every((one) => 'backend' in one || one.why === SOFTWARE)
  // If the choice cannot be stored, the next run only measures again.
  const again = !isSettled(measured) && stored?.name === name
  const choice = { ...key, name, measured, date: today, ...(again ? { confirmed: true as const } : {}) }
  if (memory !== undefined && whole) await remember(memory, choice).catch(() => undefined)
  return { ...chosen, reason, remembered: false, measured }
}

/** Whether a stored choice may be used without a measurement. */
const isValid = ({ measured, date, confirmed }: RememberedChoice, today: string): boolean =>
  (confirmed !== undefined || isSettled(measured)) && (date === today || measured.every(isFinal))

/** Whether a finding is valid beyond today: a step for which no time was left may run later. */
const isFinal = ({ milliseconds, note }: Measured): boolean => milliseconds !== null || note === SOFTWARE

/**
 * Whether steps of the same kind were compared: a first step is long on a busy machine, and loses to later steps of
 * another backend.
 */
function isSettled(measured: readonly Measured[]): boolean {
  const timed = measured.filter(({ milliseconds }) => milliseconds !== null)
  const first = timed.filter(({ note }) => note === FIRST_STEP)
  return first.length === 0 || first.length === timed.length
}

/**
 * Candidates that are known to be software renderers on this machine: opening one takes longer than all measurements.
 */
const softwareIn = (choices: readonly RememberedChoice[], machine: string): ReadonlySet<string> =>
  new Set(
    choices
      .filter((choice) => choice.machine === machine)
      .flatMap(({ measured }) => measured.filter(({ note }) => note === SOFTWARE).map(({ name }) => name)),
  )

const openAll = (
  candidates: readonly BackendFactory[],
  options: Readonly<Record<string, unknown>>,
  software: ReadonlySet<string>,
): Promise<readonly Opened[]> =>
  Promise.all(
    candidates.map(async (candidate): Promise<Opened> => {
      const name = nameOf(candidate)
      if (software.has(name)) return { name, why: SOFTWARE }
      try {
        const backend = await open(candidate, options)
        if (!backend.capabilities.features.includes('software-renderer')) return { name, backend }
        await close(backend)
        return { name, why: SOFTWARE }
      } catch (why) {
        return { name, why }
      }
    }),
  )

/** Measures what is open, one after the other, and closes all but the fastest. */
async function measureAll(
  opened: readonly Opened[],
  milliseconds: number,
  { trial, now = () => performance.now() }: FastestOptions,
): Promise<{
  readonly measured: readonly Measured[]
  readonly chosen: Pick<Choice, 'name' | 'backend'>
  /** Whether the step of a candidate failed. */
  readonly failed: boolean
}> {
  const latest = now() + MAX_PREPARATION * milliseconds
  let left = milliseconds
  const measured: Measured[] = []
  const errors: SpikewardError[] = []
  let best: { readonly name: string; readonly backend: Backend; readonly milliseconds: number } | null = null
  let waiting = opened.filter((one) => 'backend' in one).length
  const alone = waiting === 1
  for (const one of opened) {
    const { name } = one
    if ('why' in one) {
      measured.push({ name, milliseconds: null, note: messageOf(one.why) })
      continue
    }
    const { backend } = one
    if (alone) {
      measured.push({ name, milliseconds: null, note: 'the only one available' })
      best = { name, backend, milliseconds: 0 }
      continue
    }
    const share = now() > latest ? 0 : left / waiting--
    const { spent, ...timed } = await measuredOn(backend, trial, share, best !== null, now, errors)
    left -= spent
    measured.push({ name, ...timed })
    if (timed.milliseconds === null || (best !== null && best.milliseconds <= timed.milliseconds)) await close(backend)
    else {
      if (best !== null) await close(best.backend)
      best = { name, backend, milliseconds: timed.milliseconds }
    }
  }
  if (best !== null) return { measured, chosen: { name: best.name, backend: best.backend }, failed: errors.length > 0 }
  // If all candidates fail with the same code, the step itself is faulty, and its error gives the remedy.
  const [fault] = errors
  if (fault !== undefined && errors.every(({ code }) => code === fault.code)) throw fault
  const reasons = measured.map(({ name, note }) => `${name}: ${note ?? ''}`).join('; ')
  throw new SpikewardError(
    'NO_BACKEND',
    `fastest: no backend can run this step on this machine; ${reasons}; install one, or choose one that is available`,
  )
}

/**
 * A step on one backend, or the reason why there is none. Once a backend is found, the others are measured only while
 * there is time.
 */
async function measuredOn(
  backend: Backend,
  trial: FastestOptions['trial'],
  share: number,
  result: boolean,
  now: () => number,
  errors: SpikewardError[],
): Promise<Omit<Measured, 'name'> & { readonly spent: number }> {
  if (result && share <= 0) return { milliseconds: null, note: 'not measured: no time was left', spent: 0 }
  try {
    return await measureStep(backend, trial, share, now)
  } catch (thrown) {
    const error = firstError(thrown)
    if (!(error instanceof SpikewardError)) throw error
    errors.push(error)
    return { milliseconds: null, note: messageOf(error), spent: 0 }
  }
}
