/**
 * Chooses settings for the user's own data and equations, for which nothing is tuned: the treatment of amplitudes, the
 * penalty of the readout, the estimator, the network of an operator and its spiking parts, the neurons of a table, and
 * the code of an equation that spikes. Short trials select the choice with the least validation error; they do not use test functions.
 */
import { type Backend, SpikewardError } from '@spikeward/core'
import { amplitudeTreatments } from '@spikeward/operators'
import { problemDefaults } from '../tuned.js'
import { OWN, TABLE, isFile } from '../catalogue/kinds/problems.js'
import { isEquationFile } from '../plugins/reference.js'
import { findNetwork } from '../catalogue/kinds/networks.js'
import { leafOf } from '../catalogue/make.js'
import { allOptions } from '../catalogue/optionValues.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { usualPenalty } from '../config/settings/runSettings.js'
import type { BuildHow } from '../assembly/experiment.js'
import { type Assembled, type Parts, buildParts, fitParts } from '../run/buildParts.js'
import { hasDenseForm, kernelValidation } from '../baselines/runBaselines.js'
import { untrainedOf } from '../run/concludeRun.js'
import type { TriedSetting } from '../run/advice.js'
import { errorText } from '../io/texts.js'
import { type Tried, all, inTurn, leastOf, searchBest } from '../search/searchBest.js'

const AMPLITUDES = Object.entries(amplitudeTreatments).flatMap(([name, { tried }]) => (tried ? [name] : []))

/**
 * Forward-only estimators that are tried on an operator, and on a function of points: more if it has several hidden
 * layers.
 */
function candidatesOf({ problem, hidden }: TrainConfig): readonly string[] {
  const { candidates = [], deepCandidates = [] } = problemDefaults[problem] ?? {}
  return (hidden?.length ?? 0) > 1 ? [...candidates, ...deepCandidates] : candidates
}

/** How the network of an equation codes values by spikes. */
const codeOf = ({ networkOptions }: TrainConfig): string => String(networkOptions['code'])

const PART = 0.25

/**
 * The steps that it takes at least, or all of a shorter run: after fewer, all estimators are close to the untrained
 * network.
 */
const MIN_STEPS = 100

/** The result of one candidate, and the number of its steps. */
type Measured = { readonly error: number; readonly penalty: number | null; readonly steps: number }
type Candidate = Tried<string> & Measured & { readonly config: TrainConfig }

/** The settings chosen, with the errors that were compared. */
export type Trial = {
  readonly config: TrainConfig
  /** The options that give these settings. */
  readonly options: TrainOptions
  /** Every candidate, in the order of the trials. */
  readonly trials: readonly TriedSetting[]
  /** One line for each choice, then the options that repeat them; empty if nothing was compared. */
  readonly report: readonly string[]
}

const isEquation = (problem: string): boolean => isEquationFile(leafOf('problem', problem).name)

/**
 * Whether a trial chooses settings of a run: it learns from the user's own data, and neither a residual nor rollouts;
 * or it solves an equation from a file with spikes.
 */
export const hasTrial = ({
  problem,
  loss,
  task,
  spiking,
}: Pick<TrainConfig, 'problem' | 'loss' | 'task' | 'spiking'>): boolean =>
  isEquation(problem) ? spiking !== 'none' : isFile(problem) && loss !== 'physics' && task === null

/**
 * Chooses the settings of a run that the command line does not give.
 *
 * @param problem its name
 * @param options of the command line; a setting that they name is not varied
 * @param draft the settings without a trial
 * @param drafted their parts
 * @param show prints a line: before the trial the number of candidates and their steps, and after each its error and
 *   time
 */
export async function chooseByTrial(
  problem: string,
  options: TrainOptions,
  draft: TrainConfig,
  drafted: Parts,
  how: BuildHow,
  backend: Backend,
  show: (line: string) => void,
): Promise<Trial> {
  const report: string[] = []
  const trials: TriedSetting[] = []
  let chosen: TrainOptions = options
  let before: Assembled = { config: draft, parts: drafted }
  const complete = async (more: Partial<TrainOptions>): Promise<TrainConfig> =>
    configOf(problem, { ...chosen, ...more }, { err: () => undefined }, null, how.own?.problem)

  const solves = problem === OWN && draft.readoutSolve !== null
  const treatments = !solves ? [] : options.amplitude === undefined ? AMPLITUDES : [options.amplitude]
  const estimators = options.estimator === undefined ? candidatesOf(draft) : []
  const lengths = await Promise.all(estimators.map(async (name) => trialSteps(await complete({ estimator: name }))))
  const { candidateNetworks = {}, candidateParts = [], candidateNeurons = [] } = problemDefaults[problem] ?? {}
  const networks =
    estimators.length === 0 || options.network !== undefined
      ? []
      : await suitable('network', Object.keys(candidateNetworks))
  const spiking =
    estimators.length === 0 || options.spiking !== undefined || draft.trunk === null
      ? []
      : await suitable('spiking', candidateParts)
  const neurons =
    estimators.length === 0 || options.neuron !== undefined || draft.spiking === 'none'
      ? []
      : await suitable('neuron', candidateNeurons)
  const codes = isEquation(problem) ? await codesToTry() : []
  /** The spiking parts of an equation whose network has no code to choose. */
  const fixed = isEquation(problem) && codes.length === 0 ? [draft.spiking!] : []
  const trainings = [
    { count: lengths.length, of: `estimators, ${stepsText(lengths)} steps each` },
    { count: networks.length, of: 'networks' },
    { count: spiking.length, of: 'spiking parts' },
    { count: neurons.length, of: 'neurons' },
    { count: neurons.length * Math.max(0, estimators.length - 1), of: 'further estimators of these' },
    { count: codes.length, of: `codes, ${trialSteps(draft)} steps each` },
    { count: isEquation(problem) ? 2 - Math.sign(codes.length) : 0, of: 'forms, spiking and dense' },
  ]
  /** With --seconds, all trials together train as long as the run; null: each takes its steps. */
  const total = trainings.reduce((sum, { count }) => sum + count, 0)
  const seconds = draft.seconds === null || total === 0 ? null : draft.seconds / total
  const most = seconds === null ? '' : `, at most ${seconds.toPrecision(2)} s each`
  const progress = trialProgress([{ count: treatments.length, of: 'amplitudes, untrained' }, ...trainings], most, show)

  /** Tries the values of one setting in turn; those that `refused` makes null of their error do not suit the run. */
  const choose = async (
    setting: TriedSetting['setting'],
    names: readonly string[],
    measure: (config: TrainConfig, parts: Parts) => Promise<Measured | null>,
    refused: (error: unknown) => null = rethrown,
  ) =>
    searchBest<string, Candidate>(
      all(names),
      inTurn(async (candidate) => {
        const config = await complete(optionsOf(setting, candidate))
        const short = { ...config, steps: plannedSteps(config) }
        const parts = await buildParts(short, how, before).catch(refused)
        if (parts !== null) before = { config: short, parts }
        const measurement = parts === null ? null : await measure(config, parts)
        const validation = measurement?.error ?? null
        progress(`${setting} ${candidate}`, validation)
        trials.push({ setting, candidate, validation, steps: measurement?.steps ?? 0 })
        return { candidate, config, error: Infinity, penalty: null, steps: 0, ...measurement }
      }),
    )
  const train = (config: TrainConfig, parts: Parts) => afterSteps(config, parts, backend, seconds)
  /** Tries further values of a setting, and takes the best of them where it is better than `best`. */
  const improve = async (best: Candidate, setting: 'network' | 'spiking' | 'neuron', names: readonly string[]) => {
    if (names.length === 0) return best
    const { tried } = await choose(setting, names, train, nullIfRefused)
    const own = { ...best, candidate: String(best.config[setting]) }
    report.push(`${`${setting}, after steps:`.padEnd(26)}${errorsOf([own, ...tried])}`)
    const least = leastOf([own, ...tried])!
    chosen = { ...chosen, ...optionsOf(setting, least.candidate) }
    return least
  }
  /** Tries further estimators with a neuron, and takes both where they are better than `best`. */
  const withNeuron = async (best: Candidate, neuron: string, names: readonly string[]): Promise<Candidate> => {
    if (names.length === 0) return best
    const without = chosen
    chosen = { ...chosen, neuron }
    const { tried } = await choose('estimator', names, train, nullIfUnsuitable)
    report.push(`estimator, that neuron:   ${errorsOf(tried)}`)
    const least = leastOf([best, ...tried])!
    chosen = least === best ? without : { ...chosen, estimator: least.candidate }
    return least
  }
  const readouts = await choose('amplitude', treatments, async (config, parts) => {
    const untrained = await untrainedOf(parts, config.key, backend)
    const solved = (await parts.experiment.readouts?.solved(untrained)) ?? null
    return solved === null ? null : { error: solved.validation, penalty: solved.penalty, steps: 0 }
  })
  if (readouts.best !== null) {
    const { candidate: amplitude, penalty } = readouts.best
    // A smaller penalty than the usual one would make the training unstable; the last solve chooses it by itself.
    const readoutPenalty =
      options.readoutPenalty === undefined && penalty !== null && penalty > usualPenalty ? penalty : null
    const noted = readoutPenalty === null ? '' : `; readout penalty ${readoutPenalty}`
    report.push(`amplitude, untrained:     ${errorsOf(readouts.tried)}${noted}`)
    chosen = { ...chosen, amplitude, ...(readoutPenalty === null ? {} : { readoutPenalty }) }
  }
  if (estimators.length > 0) {
    const { tried, best } = await choose('estimator', estimators, train, nullIfUnsuitable)
    report.push(`estimator, after steps:   ${errorsOf(tried, ({ config, steps }) => ` (${steps} of ${config.steps})`)}`)
    if (Math.max(...tried.map(({ steps }) => steps)) < MIN_STEPS)
      report.push(`fewer than ${MIN_STEPS} steps say little about a longer run; name its estimator with --estimator`)
    chosen = { ...chosen, estimator: best?.candidate ?? draft.estimator }
    if (best !== null) {
      const least = await improve(best, 'network', networks)
      // Of a network without a trunk, only the branch spikes.
      if (least.config.trunk !== null) await improve(least, 'spiking', spiking)
      let byNeuron = await improve(least, 'neuron', neurons)
      const others = estimators.filter((name) => name !== best.candidate)
      // The best estimator of one neuron need not be that of another.
      for (const neuron of neurons) byNeuron = await withNeuron(byNeuron, neuron, others)
    }
    if (problem === TABLE && (await hasDenseForm(draft))) report.push(await besides())
  }
  if (isEquation(problem)) {
    const steps = seconds === null ? ` (${trialSteps(draft)} of ${draft.steps} steps)` : most
    const byCode = await choose('code', codes, train, nullIfRefused)
    if (byCode.best !== null) {
      report.push(`code, after steps:        ${errorsOf(byCode.tried)}${steps}`)
      if (codes.length > 1) chosen = { ...chosen, ...optionsOf('code', byCode.best.candidate) }
    }
    const forms = await choose('spiking', [...fixed, 'none'], train, nullIfRefused)
    if (forms.best !== null) report.push(`for comparison:           --spiking ${errorsOf(forms.tried)}${steps}`)
  }
  const config = await complete({})
  if (report.length === 0) return { config, options, report, trials }
  const penalty = config.readoutPenalty === null ? '' : ` --readout-penalty ${config.readoutPenalty}`
  const amplitude = config.amplitude === null ? '' : ` --amplitude ${config.amplitude}`
  const network = networks.length === 0 ? '' : ` --network ${config.network}`
  const parts = spiking.length === 0 ? '' : ` --spiking ${config.spiking}`
  const neuron = neurons.length === 0 ? '' : ` --neuron '${config.neuron}'`
  const code = codes.length > 1 ? ` --code ${codeOf(config)}` : ''
  report.push(`chosen: --estimator ${config.estimator}${network}${parts}${neuron}${code}${amplitude}${penalty}`)
  return { config, options: chosen, report, trials }

  /** The codes of an equation's network that spikes: all that it takes, or the one that is given. */
  async function codesToTry(): Promise<readonly string[]> {
    // The equation of a file would receive an option that its network does not declare.
    const { choices } = allOptions((await findNetwork(draft.network)).named.factory)['code']?.type ?? {}
    if (choices === undefined) return []
    return options.declared?.['code'] === undefined ? await suitable('code', choices) : [codeOf(draft)]
  }

  /** The value of a setting as options: a code is one that the network declares, a network may have its estimator. */
  function optionsOf(setting: TriedSetting['setting'], candidate: string): Partial<TrainOptions> {
    if (setting === 'code') return { declared: { ...options.declared, code: candidate } }
    return setting === 'network' ? { network: candidate, ...candidateNetworks[candidate] } : { [setting]: candidate }
  }

  /** Values that take all options of the command line: one that has no use for an option is not compared. */
  async function suitable(setting: TriedSetting['setting'], candidates: readonly string[]): Promise<readonly string[]> {
    const names: string[] = []
    const usual = await notesOf(options)
    for (const candidate of candidates)
      if ((await notesOf({ ...options, ...optionsOf(setting, candidate) }).catch(infiniteIfRefused)) <= usual)
        names.push(candidate)
    return names
  }

  /** How many options of the command line these settings have no use for. */
  async function notesOf(settings: TrainOptions): Promise<number> {
    let notes = 0
    await configOf(problem, settings, { err: () => notes++ }, null, how.own?.problem)
    return notes
  }

  /**
   * The validation errors of a dense network after its first steps and of kernel ridge regression, which no choice
   * uses.
   */
  async function besides(): Promise<string> {
    const config = await complete({ spiking: 'none', estimator: 'bp' })
    const parts = await buildParts({ ...config, steps: plannedSteps(config) }, how)
    const { error, steps } = await train(config, parts)
    const kernel = await kernelValidation(parts.experiment, backend)
    return `for comparison:          dense network by bp ${errorText(error)} (${steps} of ${config.steps}), kernel ridge ${errorText(kernel)}`
  }
}

function rethrown(error: unknown): never {
  throw error
}

/** A network that these data or sizes do not allow is not a candidate, such as a basis of more modes than functions. */
function nullIfRefused(error: unknown): null {
  if (error instanceof SpikewardError) return null
  throw error
}

const infiniteIfRefused = (error: unknown): number => nullIfRefused(error) ?? Infinity

function nullIfUnsuitable(error: unknown): null {
  if (error instanceof SpikewardError && ['LAYERS_UNSUITABLE', 'LOSS_WITHOUT_PARTS'].includes(error.code)) return null
  throw error
}

/**
 * The steps of a trial: whole intervals between solves of the readout, if the run has any. A run of up to
 * {@link MIN_STEPS} steps is tried to its last solve. A step of a network on a grid takes long, so it has the fewest.
 */
function trialSteps({ problem, readoutSolve, steps, features }: TrainConfig): number {
  const solve = readoutSolve ?? 1
  const part = problem === OWN && features === null ? 0 : PART
  const wanted = Math.max(1, Math.round(Math.max(MIN_STEPS, part * steps) / solve)) * solve
  const last = steps < solve ? steps : Math.floor(steps / solve) * solve
  return Math.min(last, wanted)
}

/**
 * The steps of a candidate's schedule. On a table each candidate is a whole shorter run: at a quarter of a long
 * schedule, Adam's rate is still high, and its error above that of an estimator that needs few steps.
 */
const plannedSteps = (config: TrainConfig): number => (config.problem === TABLE ? trialSteps(config) : config.steps)

const stepsText = (lengths: readonly number[]): string => {
  const [fewest, most] = [Math.min(...lengths), Math.max(...lengths)]
  return fewest === most ? `${most}` : `${fewest} to ${most}`
}

function trialProgress(
  kinds: readonly { readonly count: number; readonly of: string }[],
  most: string,
  show: (line: string) => void,
): (candidate: string, error: number | null) => void {
  const tried = kinds.filter(({ count }) => count > 0)
  const total = tried.reduce((n, { count }) => n + count, 0)
  if (total > 0)
    show(
      `choosing settings: ${total} candidates (${tried.map(({ count, of }) => `${count} of ${of}`).join('; ')})${most}`,
    )
  let [ended, begun] = [0, performance.now()]
  return (candidate, error) => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    show(
      `  ${++ended}/${total}  ${candidate}  ${error === null ? 'does not suit this run' : errorText(error)}  ${seconds} s`,
    )
    begun = performance.now()
  }
}

/**
 * The validation error after the first steps of a run, and a solve of the readout after the last of them; with
 * `seconds`, after as many steps as they allow.
 */
async function afterSteps(
  config: TrainConfig,
  parts: Parts,
  backend: Backend,
  seconds: number | null,
): Promise<Measured> {
  const steps = trialSteps(config)
  const { readouts, measure } = parts.experiment
  const limit = seconds === null ? {} : { seconds }
  let [error, taken] = [Infinity, 0]
  for await (const event of fitParts(parts, { backend, key: config.key, steps, validateEvery: steps, ...limit })) {
    if (event.type === 'validation') error = event.relativeL2
    if (event.type !== 'end') continue
    taken = event.step
    if (taken === steps) continue
    const solved = (await readouts?.solved(event.variables)) ?? null
    error = solved?.validation ?? (await measure(event.variables, 'validation')).relativeL2
  }
  return { error, penalty: null, steps: taken }
}

const errorsOf = (tried: readonly Candidate[], after: (one: Candidate) => string = () => ''): string =>
  tried
    .filter(({ error }) => error !== Infinity)
    .map((one) => `${one.candidate} ${errorText(one.error)}${after(one)}`)
    .join(', ')
