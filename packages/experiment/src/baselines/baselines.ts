import type { KernelRidge } from './kernelRidge.js'
import type { LinearRidge } from './linearRidge.js'
import type { RolloutMeasures } from '@spikeward/train'

/** Which baselines a run computes besides the untrained network. */
export const baselineChoices = ['none', 'classical', 'all'] as const

/** One of `baselineChoices`. */
export type BaselineChoice = (typeof baselineChoices)[number]

export type ControlTraining = {
  readonly estimator: string
  readonly learningRate: number
  readonly steps: number
  /** On the test split; null if the training failed, for the reason in `failure`. */
  readonly relativeL2: number | null
  readonly failure: string | null
  /** Of classes: the share of test windows whose most probable class is their own. */
  readonly accuracy?: number
  /** Of rollouts: error by step, correlation time and stability. */
  readonly rollout?: RolloutMeasures
  /** The folder of a run of the user's that it is. Absent: it was trained for this baseline. */
  readonly run?: string
}

/** Test errors that a run is shown beside, measured as its own: relative L2, null where there is none. */
export type Baselines = {
  /**
   * The run's own network untrained, its readout solved by ridge regression; of sequences one on all of its states, of a
   * rollout as it is. Null: no data to solve from.
   */
  readonly untrained: number | null
  /** Ridge regression on the inputs. */
  readonly linear: number | null
  /** Gaussian kernel ridge regression. */
  readonly kernel: number | null
  /** A dense network of the same sizes, trained by `bp` for as many steps, or found in a run folder beside this one. */
  readonly dense: number | null
  /** `randomSign` of the run's estimator, if it draws random directions: steps of the same sizes with random signs. */
  readonly randomSign: number | null
  /** Of sequences: the last known targets; null for horizon 0. Of rollouts: the first frame. */
  readonly persistence?: number | null
  /** Of sequences: an echo state network with a ridge regression. */
  readonly echoState?: number | null
}

/** Shares of test windows whose class was found; null where there is none. */
export type Accuracies = Readonly<
  Record<'untrained' | 'linear' | 'kernel' | 'echoState' | 'dense' | 'randomSign' | 'majority', number | null>
>

export type EchoState = {
  readonly relativeL2: number
  readonly accuracy?: number
  readonly units: number
  readonly input: number
  readonly radius: number
  readonly penalty: number
}

/** How long baselines follow the trajectories. */
export type RolloutBaselines = {
  readonly persistence: RolloutMeasures
  readonly linear: RolloutMeasures
  readonly kernel: RolloutMeasures
}

/** How the baselines were found. Null: it was not computed, or it does not exist for this kind of run. */
export type BaselineFacts = {
  readonly linear: LinearRidge | null
  readonly kernel: KernelRidge | null
  readonly dense: ControlTraining | null
  readonly randomSign: ControlTraining | null
  /** Of sequences: ridge regression on the states of the untrained network. */
  readonly untrained?: Pick<LinearRidge, 'relativeL2' | 'accuracy'>
  /** Of classes: the share of test windows of the class that most training windows have. */
  readonly majority?: number
  /** Of sequences and rollouts. */
  readonly persistence?: number | null
  readonly echoState?: EchoState
  /** Of rollouts: error by step, correlation time and stability of baselines. */
  readonly rollout?: RolloutBaselines
}

/** No baselines besides the untrained network. */
export const NO_FACTS: BaselineFacts = { linear: null, kernel: null, dense: null, randomSign: null }

const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null

/** The errors of baselines. */
export const baselinesOf = (untrained: number | null, facts: BaselineFacts): Baselines => ({
  untrained: finite(untrained ?? facts.untrained?.relativeL2),
  linear: finite(facts.linear?.relativeL2),
  kernel: finite(facts.kernel?.relativeL2),
  dense: finite(facts.dense?.relativeL2),
  randomSign: finite(facts.randomSign?.relativeL2),
  ...(facts.persistence === undefined ? {} : { persistence: facts.persistence }),
  ...(facts.echoState === undefined ? {} : { echoState: finite(facts.echoState.relativeL2) }),
})

const accuraciesOf = ({ majority, ...facts }: BaselineFacts & { readonly majority: number }): Accuracies => {
  const of = (one: { readonly accuracy?: number } | null | undefined): number | null => one?.accuracy ?? null
  const [untrained, linear, kernel] = [of(facts.untrained), of(facts.linear), of(facts.kernel)]
  const [echoState, dense, randomSign] = [of(facts.echoState), of(facts.dense), of(facts.randomSign)]
  return { untrained, linear, kernel, echoState, dense, randomSign, majority }
}

/** The errors of baselines and how they were found, as fields of a result; of classes also the accuracies. */
export const withBaselines = (
  untrained: number | null,
  facts: BaselineFacts,
): { readonly baselines: Baselines; readonly accuracies?: Accuracies; readonly baselineFacts: BaselineFacts } => ({
  baselines: baselinesOf(untrained, facts),
  ...(facts.majority === undefined ? {} : { accuracies: accuraciesOf({ ...facts, majority: facts.majority }) }),
  baselineFacts: facts,
})

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** The accuracy of a result beside others, for display. */
export function accuracyRows({
  accuracy,
  accuracies,
}: {
  readonly accuracy?: number
  readonly accuracies?: Accuracies
}): readonly (readonly [string, string])[] {
  if (accuracy === undefined) return []
  const names = {
    ...{ untrained: 'untrained, readout solved', linear: 'linear ridge', kernel: 'kernel ridge' },
    ...{ echoState: 'echo state network', dense: 'gated units by bp', randomSign: 'random signs' },
    majority: 'most frequent class',
  }
  const others = Object.entries(accuracies ?? {}).flatMap(([name, share]) =>
    share === null ? [] : [`${names[name as keyof Accuracies]} ${percent(share)}`],
  )
  return [
    ['accuracy, by window', percent(accuracy)],
    ...(others.length === 0 ? [] : [['accuracy of others', others.join(', ')] as const]),
  ]
}
