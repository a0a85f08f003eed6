/**
 * Chooses settings for the user's own data, for which nothing is tuned: the treatment of amplitudes, the penalty of the
 * readout, the estimator, and the network of an operator. Short trials select the choice with the least validation
 * error; they do not use test functions.
 */
import { type Backend, SpikewardError } from '@spikeward/core'
import { amplitudeTreatments } from '@spikeward/operators'
import { problemDefaults } from '../tuned.js'
import { OWN, TABLE, isFile } from '../catalogue/kinds/problems.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { usualPenalty } from '../config/settings/runSettings.js'
import type { BuildHow } from '../assembly/experiment.js'
import { type Assembled, type Parts, buildParts, fitParts } from '../run/buildParts.js'
import { hasDenseForm, kernelValidation } from '../baselines/runBaselines.js'
import { untrainedOf } from '../run/concludeRun.js'
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

const PART = 0.25

/**
 * The steps that it takes at least, or all of a shorter run: after fewer, all estimators are close to the untrained
 * network.
 */
const MIN_STEPS = 100

type Candidate = Tried<string> & { readonly config: TrainConfig; readonly penalty: number | null }

/** A value of a setting that a trial compared. */
export type TriedSetting = {
  readonly setting: 'amplitude' | 'estimator' | 'network'
  readonly candidate: string
  /** The validation error; null: the value does not suit the run. */
  readonly validation: number | null
}

/** The settings chosen, with the errors that were compared. */
export type Trial = {
  readonly config: TrainConfig
  /** Every candidate, in the order of the trials. */
  readonly trials: readonly TriedSetting[]
  /** One line for each choice, then the options that repeat them; empty if nothing was compared. */
  readonly report: readonly string[]
}

/**
 * Whether a trial chooses settings of a run: it learns from the user's own data, and neither a residual nor rollouts.
 */
export const hasTrial = ({ problem, loss, task }: Pick<TrainConfig, 'problem' | 'loss' | 'task'>): boolean =>
  isFile(problem) && loss !== 'physics' && task === null

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
  const networks = estimators.length === 0 ? [] : await networksToTry()
  const progress = trialProgress(treatments.length, lengths, networks.length, show)

  /** Tries the values of one setting in turn; those that `refused` makes null of their error do not suit the run. */
  const choose = async (
    setting: TriedSetting['setting'],
    names: readonly string[],
    measure: (config: TrainConfig, parts: Parts) => Promise<Pick<Candidate, 'error' | 'penalty'> | null>,
    refused: (error: unknown) => null = rethrown,
  ) =>
    searchBest<string, Candidate>(
      all(names),
      inTurn(async (candidate) => {
        const config = await complete({ [setting]: candidate })
        const parts = await buildParts(config, how, before).catch(refused)
        if (parts !== null) before = { config, parts }
        const found = parts === null ? null : await measure(config, parts)
        const validation = found?.error ?? null
        progress(`${setting} ${candidate}`, validation)
        trials.push({ setting, candidate, validation })
        return { candidate, config, error: Infinity, penalty: null, ...found }
      }),
    )
  const trained = async (config: TrainConfig, parts: Parts) => ({
    error: await errorAfter(config, parts, backend),
    penalty: null,
  })
  const readouts = await choose('amplitude', treatments, async (config, parts) => {
    const untrained = await untrainedOf(parts, config.key, backend)
    const solved = (await parts.experiment.readouts?.solved(untrained)) ?? null
    return solved === null ? null : { error: solved.validation, penalty: solved.penalty }
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
    const { tried, best } = await choose('estimator', estimators, trained, nullIfUnsuitable)
    report.push(
      `estimator, after steps:   ${errorsOf(tried, ({ config }) => ` (${trialSteps(config)} of ${config.steps})`)}`,
    )
    if (Math.max(...lengths) < MIN_STEPS)
      report.push(`fewer than ${MIN_STEPS} steps say little about a longer run; name its estimator with --estimator`)
    chosen = { ...chosen, estimator: best?.candidate ?? draft.estimator }
    if (best !== null && networks.length > 0) {
      const others = await choose('network', networks, trained, nullIfRefused)
      const own = { ...best, candidate: draft.network }
      report.push(`network, after steps:     ${errorsOf([own, ...others.tried])}`)
      chosen = { ...chosen, network: leastOf([own, ...others.tried])!.candidate }
    }
    if (problem === TABLE && (await hasDenseForm(draft))) report.push(await besides())
  }
  const config = await complete({})
  if (report.length === 0) return { config, report, trials }
  const penalty = config.readoutPenalty === null ? '' : ` --readout-penalty ${config.readoutPenalty}`
  const amplitude = config.amplitude === null ? '' : ` --amplitude ${config.amplitude}`
  const network = networks.length === 0 ? '' : ` --network ${config.network}`
  report.push(`chosen: --estimator ${config.estimator}${network}${amplitude}${penalty}`)
  return { config, report, trials }

  /** Networks that take all options of the command line: one that has no use for an option is not compared. */
  async function networksToTry(): Promise<readonly string[]> {
    const { candidateNetworks = [] } = problemDefaults[problem] ?? {}
    const suitable: string[] = []
    for (const network of options.network === undefined ? candidateNetworks : []) {
      let notes = 0
      await configOf(problem, { ...options, network }, { err: () => notes++ }, null, how.own?.problem)
      if (notes === 0) suitable.push(network)
    }
    return suitable
  }

  /**
   * The validation errors of a dense network after its first steps and of kernel ridge regression, which no choice
   * uses.
   */
  async function besides(): Promise<string> {
    const config = await complete({ spiking: 'none', estimator: 'bp' })
    const parts = await buildParts(config, how)
    const dense = await errorAfter(config, parts, backend)
    const kernel = await kernelValidation(parts.experiment, backend)
    return `for comparison:          dense network by bp ${errorText(dense)} (${trialSteps(config)} of ${config.steps}), kernel ridge ${errorText(kernel)}`
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

function nullIfUnsuitable(error: unknown): null {
  if (error instanceof SpikewardError && ['LAYERS_UNSUITABLE', 'LOSS_WITHOUT_PARTS'].includes(error.code)) return null
  throw error
}

/**
 * The steps of a trial: whole intervals between solves of the readout, if the run has any. A run of up to
 * {@link MIN_STEPS} steps is tried to its last solve.
 */
function trialSteps({ readoutSolve, steps }: TrainConfig): number {
  const solve = readoutSolve ?? 1
  const wanted = Math.max(1, Math.round(Math.max(MIN_STEPS, PART * steps) / solve)) * solve
  const last = steps < solve ? steps : Math.floor(steps / solve) * solve
  return Math.min(last, wanted)
}

function trialProgress(
  treatments: number,
  lengths: readonly number[],
  networks: number,
  show: (line: string) => void,
): (candidate: string, error: number | null) => void {
  const total = treatments + lengths.length + networks
  const [fewest, most] = [Math.min(...lengths), Math.max(...lengths)]
  const parts = [
    ...(treatments > 0 ? [`${treatments} of amplitudes, untrained`] : []),
    ...(lengths.length > 0
      ? [`${lengths.length} of estimators, ${fewest === most ? most : `${fewest} to ${most}`} steps each`]
      : []),
    ...(networks > 0 ? [`${networks} of networks`] : []),
  ]
  if (total > 0) show(`choosing settings: ${total} candidates (${parts.join('; ')})`)
  let [ended, begun] = [0, performance.now()]
  return (candidate, error) => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    show(
      `  ${++ended}/${total}  ${candidate}  ${error === null ? 'does not suit this run' : errorText(error)}  ${seconds} s`,
    )
    begun = performance.now()
  }
}

/** The validation error after the first steps of a run, the last of which is followed by a solve of the readout. */
async function errorAfter(config: TrainConfig, parts: Parts, backend: Backend): Promise<number> {
  const steps = trialSteps(config)
  let error = Infinity
  for await (const event of fitParts(parts, { backend, key: config.key, steps, validateEvery: steps }))
    if (event.type === 'validation') error = event.relativeL2
  return error
}

const errorsOf = (tried: readonly Candidate[], after: (one: Candidate) => string = () => ''): string =>
  tried
    .filter(({ error }) => error !== Infinity)
    .map((one) => `${one.candidate} ${errorText(one.error)}${after(one)}`)
    .join(', ')
