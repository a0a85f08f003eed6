/** One training at a fixed number of steps, in this process. */
import { jit, key as keyOf, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Estimator, Key, Tree } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { cosineDecay } from '@spikeward/optim'
import { lossAt, trainStep } from '@spikeward/train'
import { contender, decayOf, takesSteps } from './contenders.js'
import type { Contender } from './contenders.js'
import { cosine } from './cosine.js'
import { stepLoss } from './networks/opened.js'
import type { Given, NetworkSettings, Opened } from './networks/opened.js'
import { tunedOptimizer } from './tunedOptimizer.js'

/** The settings of a training. */
export type TrainingSettings = NetworkSettings & {
  readonly estimator: Contender
  readonly learningRate: number
  /** The key of the network, the mini-batches and the estimator's noise. */
  readonly networkKey: number
  /** The number of steps; if `seconds` is present, that of a short run which measures the speed. */
  readonly steps: number
  /**
   * Seconds of processor time of a training, in place of a number of steps; wall-clock time would depend on other
   * programs.
   */
  readonly seconds?: number
  /** Random directions per step. Absent: those of the contender. */
  readonly directions?: number
}

/** The purpose of a training: `search` uses only the validation points. */
export type Purpose = 'search' | 'test'

/** The result of a training; errors are relative L2, null if it diverged or the error was not requested. */
export type TrainingOutcome = {
  readonly validation: number | null
  readonly relativeL2: number | null
  /** The same network untrained, its readout solved by ridge regression. */
  readonly baselineRidge: number | null
  /** Cosine to back-propagation of the weight of each hidden layer, before the first step and after the last one. */
  readonly cosines: { readonly before: readonly number[]; readonly after: readonly number[] } | null
  readonly forwardEquivalents: number
  /** By the clock. */
  readonly seconds: number
  /** Of the processor, over all threads. Absent in older trials. */
  readonly processorSeconds?: number
  /** Steps after which it ended. Absent in older trials. */
  readonly steps?: number
}

/** Steps between two checks of the loss. */
const LOOK = 100

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)

/** Makes a network and its task. */
type Open<P extends Tree, F extends Tree, D extends Tree> = (
  settings: NetworkSettings,
) => Opened<P, F, D> | Promise<Opened<P, F, D>>

/** Trains a network; disposes of everything on the backend. */
export async function trainTuned<P extends Tree, F extends Tree, D extends Tree>(
  settings: TrainingSettings,
  open: Open<P, F, D>,
  backend: Backend,
  purpose: Purpose,
): Promise<TrainingOutcome> {
  if (settings.seconds !== undefined) {
    const { seconds, ...rest } = settings
    // The schedule needs a number of steps. It comes from the speed of a shorter run.
    const speed = await speedOf(rest, open, backend)
    return trainTuned({ ...rest, steps: Math.max(1, Math.round(seconds * speed)) }, open, backend, purpose)
  }
  const { steps, learningRate, networkKey } = settings
  const { task, weights, error, ridge } = await open(settings)
  const loss = stepLoss(task)
  const estimator: Estimator = contender(settings.estimator, settings.directions)
  const rate = cosineDecay({ initial: learningRate, steps })
  const optimizer = tunedOptimizer(rate, decayOf(settings.estimator), takesSteps(settings.estimator))
  const { init, step } = trainStep(loss, estimator, optimizer)
  const root = keyOf(networkKey, { backend })
  const make = jit((k: Key) => task.init(k.fold(0)))
  const variables = make(root)
  const given: Given<F, D> = { fixed: variables.fixed, data: await toBackend(task.data(), backend) }
  const begin = jit(init)
  let state = begin(variables.trained)
  const cosines = async (): Promise<number[]> => {
    const angles = jit((trained: P, own: Tree, g: Given<F, D>, k: Key) => {
      const [batch, noise] = k.split(2) as [Key, Key]
      const l = lossAt(loss, g, batch)
      const mine = weights(estimator.estimate(l, trained, own, { key: noise }).grad)
      const truth = weights(bp().estimate(l, trained, {}, { key: noise }).grad)
      return mine.map((weight, i) => cosine(weight, truth[i]!))
    })
    const found = angles(state.trained, state.estimator, given, root)
    const values = await Promise.all(found.map((t) => t.item()))
    found.forEach((t) => t.dispose())
    angles.dispose()
    return values
  }
  const before = purpose === 'test' ? await cosines() : null
  const run = jit(step, { donate: [0] })
  const training = root.fold(1)
  // The first step compiles: it is not part of the time.
  state = run(state, given, training)
  await state.loss.item()
  const begun = performance.now()
  const used = process.cpuUsage()
  for (let i = 1; i < steps; i++) {
    state = run(state, given, training)
    // A diverged run need not continue.
    if ((i + 1) % LOOK === 0 && !Number.isFinite(await state.loss.item())) break
  }
  const forwardEquivalents = (await state.forwardEquivalents.item()) * steps
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(used)
  const trained = { trained: state.trained, fixed: variables.fixed }
  const errorOn = async (split: 'validation' | 'test'): Promise<number | null> => finite(await error(trained, split))
  const outcome: TrainingOutcome = {
    validation: await errorOn('validation'),
    relativeL2: purpose === 'test' ? await errorOn('test') : null,
    baselineRidge: purpose === 'test' ? await ridge(variables) : null,
    cosines: before === null ? null : { before, after: await cosines() },
    forwardEquivalents,
    seconds,
    processorSeconds: (user + system) / 1e6,
    steps,
  }
  for (const f of [make, begin, run]) f.dispose()
  for (const t of treeLeaves([variables, state, given.data, root, training] as Tree)) t.dispose()
  return outcome
}

/** Steps a second of processor time, without the first step, which compiles. */
async function speedOf<P extends Tree, F extends Tree, D extends Tree>(
  settings: TrainingSettings,
  open: Open<P, F, D>,
  backend: Backend,
): Promise<number> {
  const { processorSeconds } = await trainTuned(settings, open, backend, 'search')
  return (settings.steps - 1) / processorSeconds!
}
