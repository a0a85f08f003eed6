import { SpikewardError, jit, key as keyOf, precisionOf, scope, treeLeaves, tensor, vmap } from '@spikeward/core'
import type { Key, Tree, Variables, ShareOut, Tensor } from '@spikeward/core'
import type { RunOptions, SharedCallback } from './fitOptions.js'
import { type Snapshot, fromHost, place, toHost } from '../checkpoint/snapshot.js'
import { stepLossOf } from '../tasks/stepLossOf.js'
import type { Task } from '../tasks/task.js'
import { eachMember, ensembleStep } from './ensemble.js'
import { compiledStepper, compiledSteps } from './stepper.js'
import { type TrainState, stepKeys, trainStep } from './trainStep.js'
import { floatTypeOf } from '../evaluation/evaluate.js'

type Given<F extends Tree, D extends Tree> = { readonly fixed: F; readonly data: D }

/** Runs a callback in parts that are distributed over several processes. */
export function shareCallback<P extends Tree, F extends Tree, D extends Tree>(
  callback: SharedCallback<P, F, D>,
  share: ShareOut,
) {
  type Before = Pick<TrainState<P>, 'trained'>
  const variables = ({ trained }: Before, { fixed }: Given<F, D>): Variables<P, F> => ({ trained, fixed })
  const prepare = jit((s: Before, g: Given<F, D>) => callback.prepare(variables(s, g), g.data))
  const measure = jit((s: Before, g: Given<F, D>, index: Tensor, prepared: readonly Tensor[]) =>
    callback.part(variables(s, g), g.data, index, prepared),
  )
  const solve = jit(
    (s: TrainState<P>, g: Given<F, D>, merged: Tensor, prepared: readonly Tensor[]): TrainState<P> => ({
      ...s,
      trained: callback.finish(variables(s, g), g.data, merged, prepared),
    }),
    { donate: [0] },
  )
  return {
    async run(state: TrainState<P>, inputs: Given<F, D>): Promise<TrainState<P>> {
      const { trained } = state
      const dtype = callback.dtype ?? floatTypeOf(trained)
      const prepared = await prepare.async({ trained }, inputs)
      try {
        const sums = await share(callback.parts, async (i) => {
          const index = tensor(i, { dtype: 'u32' })
          const out = await measure.async({ trained }, inputs, index, prepared)
          const numbers = new Float64Array(await out.data())
          out.dispose()
          index.dispose()
          return numbers
        })
        const merged = scope(() => tensor(callback.merge(sums), { dtype }))
        const next = await solve.async(state, inputs, merged, prepared)
        merged.dispose()
        return next
      } finally {
        prepared.forEach((t) => t.dispose())
      }
    },
    dispose(): void {
      prepare.dispose()
      measure.dispose()
      solve.dispose()
    },
  }
}

/** The data of steps, read in order; the data of the next step are read while the current one is computed. */
type ReadAhead<D extends Tree> = {
  /**
   * Data of the step that follows `count` steps, one for each share of the batch, on the host. The caller disposes of
   * them.
   */
  next(count: number): Promise<readonly D[]>
  /** Disposes of what was read ahead. */
  dispose(): void
}

/** Options of {@link readAhead}. */
type ReadAheadOptions<D extends Tree> = {
  readonly read: (key: Key) => Promise<D>
  /** The key of all steps, on the host. */
  readonly key: Key
  /** See `Stepper.shares`. */
  readonly shares: readonly number[] | undefined
  /** Steps after which nothing more is read. */
  readonly steps: number
}

const disposeTree = (tree: Tree): void => treeLeaves(tree).forEach((t) => t.dispose())

/** Reads the data of steps ahead. It holds the data of at most two steps: the one handed out, and the next. */
function readAhead<D extends Tree>({ read, key, shares, steps }: ReadAheadOptions<D>): ReadAhead<D> {
  const readAt = (count: number): Promise<D[]> => {
    const keys = scope((): readonly Key[] => {
      const { draw } = stepKeys({ step: tensor(count, { dtype: 'i32' }) }, key)
      return shares === undefined ? [draw] : shares.map((share) => draw.fold(share))
    })
    const data = Promise.all(keys.map(read))
    return data.finally(() => disposeTree(keys))
  }
  let ahead: { readonly count: number; readonly data: Promise<D[]> } | undefined
  return {
    next(count) {
      const data = ahead?.count === count ? ahead.data : readAt(count)
      ahead = count + 1 < steps ? { count: count + 1, data: readAt(count + 1) } : undefined
      // A failure is reported by the step that needs the data.
      ahead?.data.catch(() => undefined)
      return data
    },
    dispose() {
      ahead?.data.then(disposeTree, () => undefined)
      ahead = undefined
    },
  }
}

/** The cost of a run so far. */
export type Spent = { readonly seconds: number; readonly forwardEquivalents: number }

/** Numbers read back from the device after a step. */
export type Reading = { readonly loss: number; readonly forwardEquivalents: number }

/** A run in progress on its backend: compiled functions, and the memory that they overwrite. */
export type Session<P extends Tree, F extends Tree> = {
  /** Steps taken. */
  step(): number
  parameters(): number
  /** Waits until the backend has compiled the functions of the run, asynchronously if it can (`Executable.prepare`). */
  prepare(): Promise<void>
  /**
   * Takes one step, and runs the callbacks that are due after it. Does not wait for the device. Absent if a step waits
   * for other processes.
   */
  readonly advance?: () => void
  /** The same for a long step: asynchronously, if the backend can. */
  advanceAsync(): Promise<void>
  /** Waits for the device. Throws NON_FINITE_LOSS if any loss so far was NaN or infinite. */
  read(): Promise<Reading>
  /** The current state of the run. Throws NON_FINITE_LOSS if a loss or a parameter is NaN or infinite. */
  snapshot(spent: Spent): Promise<Snapshot>
  /** The current variables. The next step overwrites them. */
  variables(): Variables<P, F>
  /** Frees everything, or everything except variables that were handed over. */
  dispose(keep: 'variables' | 'nothing'): void
}

function nonFinite(what: string): SpikewardError {
  return new SpikewardError(
    'NON_FINITE_LOSS',
    `${what}; the learning rate is likely too high for this estimator, or the data contain such values; ` +
      'lower the rate or clip the gradient, and resume from the last checkpoint, which was kept',
  )
}

async function checkKey(root: Key, resume: Snapshot): Promise<void> {
  const [a, b] = await root.words.data()
  const stored = resume.tensors.get('key')?.data
  if (stored === undefined || stored[0] !== a || stored[1] !== b) {
    throw new SpikewardError(
      'CHECKPOINT_MISMATCH',
      `the checkpoint was made with another key: expected ${a},${b}, found ${stored?.join(',') ?? 'none'}; give the key that the run was started with`,
    )
  }
}

/** Initial variables, compiled. */
export async function freshVariables<P extends Tree, F extends Tree>(
  init: (key: Key) => Variables<P, F>,
  key: Key,
): Promise<Variables<P, F>> {
  const compiled = jit(init)
  try {
    // The scope frees tensors that `init` creates from plain numbers.
    return scope(() => compiled(key))
  } finally {
    compiled.dispose()
  }
}

/** Folded into the key of a step to give the key of its redraw. */
const REDRAW = 2

/** Opens a run: variables, state and data on the backend. The step is compiled on its first call. */
export async function openSession<P extends Tree, F extends Tree, D extends Tree>(
  task: Task<P, F, D>,
  options: RunOptions<P, F, D>,
): Promise<Session<P, F>> {
  const { backend, resume, estimator, optimizer, callbacks = [] } = options
  const hostKey = typeof options.key === 'number' ? keyOf(options.key) : options.key
  const root = await place(hostKey, backend)
  if (resume !== undefined) await checkKey(root, resume)
  const [initKey, stepKey] = scope(() => root.split(2)) as [Key, Key]
  const redrawKey = scope(() => root.fold(REDRAW))

  const { members } = task
  const loss = stepLossOf(task)
  const stepper =
    members === undefined
      ? (options.stepper ?? compiledStepper)(loss, estimator, optimizer)
      : compiledSteps(ensembleStep(members, trainStep(loss, estimator, optimizer)))
  const fresh = await freshVariables((k: Key) => task.init(k), initKey)
  const start = { fixed: fresh.fixed, key: root, ...scope(() => stepper.init(fresh.trained)) }
  const {
    fixed: begun,
    key,
    ...first
  } = resume === undefined ? await place(start, backend) : fromHost(start, resume.tensors, backend)
  let state: TrainState<P> = first
  let fixed = begun
  let count = resume?.step ?? 0
  disposeTree(start)
  const hostData = task.data()
  const data = await place(hostData, backend)
  disposeTree(hostData)

  const inputs = (): { fixed: F; data: D } => ({ fixed, data })
  const [, hostStepKey] = scope(() => hostKey.split(2)) as [Key, Key]
  const stream =
    task.read === undefined
      ? undefined
      : readAhead({
          read: (key) => task.read!(key),
          key: hostStepKey,
          shares: stepper.shares,
          steps: options.steps ?? Infinity,
        })
  const step = stream === undefined ? stepper.step : undefined
  const precision = precisionOf(state)
  const extra = callbacks.map((callback) => {
    const apply = (s: TrainState<P>, g: { fixed: F; data: D }): TrainState<P> => {
      const run = (variables: Variables<P, F>): P => callback.run(variables, g.data, precision)
      const variables = { trained: s.trained, fixed: g.fixed }
      return { ...s, trained: members === undefined ? run(variables) : vmap(run)(variables) }
    }
    const { shared } = callback
    const isSharable = shared?.dtype !== 'f64' || precision === 'f64'
    const inParts =
      options.share === undefined || shared === undefined || !isSharable ? null : shareCallback(shared, options.share)
    return { every: callback.every, apply: jit(apply, { donate: [0] }), inParts }
  })

  const { redraw } = task
  const renew =
    redraw === undefined
      ? null
      : jit(
          (f: F, s: Pick<TrainState<P>, 'trained' | 'step'>, d: D, k: Key): F => {
            const run = (variables: Variables<P, F>, own: Key): F => redraw.run(variables, d, own, s.step)
            const variables = { trained: s.trained, fixed: f }
            const now = k.fold(s.step)
            return members === undefined ? run(variables, now) : eachMember(members, variables, now, run)
          },
          { donate: [0] },
        )

  /** Whether fixed variables are redrawn now: before the first step, and then every `redraw.every` steps. */
  const isDue = (): boolean => renew !== null && count % redraw!.every === 0

  const session: Session<P, F> = {
    step: () => count,
    parameters: () => treeLeaves(state.trained).reduce((n, t) => n + t.size, 0),
    variables: () => ({ trained: state.trained, fixed }),
    async prepare() {
      // The shapes of streamed data are known only when the first step has read them.
      if (stream !== undefined) return
      const left = (options.steps ?? Infinity) - count
      const due = extra.filter(({ every }) => every <= left)
      // A backend without `prepare` compiles a callback when it is first due.
      const own = stepper.prepare(state, inputs(), stepKey)
      if (own === undefined) return
      await Promise.all([own, ...due.map(({ apply }) => apply.inspect(state, inputs()).executable.prepare?.())])
    },
    ...(step === undefined || extra.some(({ inParts }) => inParts !== null)
      ? {}
      : {
          advance() {
            if (isDue()) fixed = renew!(fixed, { trained: state.trained, step: state.step }, data, redrawKey)
            state = step(state, inputs(), stepKey)
            count += 1
            for (const { every, apply } of extra) if (count % every === 0) state = apply(state, inputs())
          },
        }),
    async advanceAsync() {
      if (isDue()) fixed = await renew!.async(fixed, { trained: state.trained, step: state.step }, data, redrawKey)
      if (stream === undefined) state = await stepper.stepAsync(state, inputs(), stepKey)
      else {
        const read = await stream.next(count)
        const batches = await Promise.all(read.map((one) => place(one, backend)))
        disposeTree(read)
        const each = batches.map((one) => ({ fixed, data: one }))
        state = await stepper.stepAsync(state, each[0] ?? inputs(), stepKey, each)
        disposeTree(batches)
      }
      count += 1
      for (const { every, apply, inParts } of extra) {
        if (count % every !== 0) continue
        state = inParts === null ? await apply.async(state, inputs()) : await inParts.run(state, inputs())
      }
    },
    async read() {
      const [failedAt, loss, forwardEquivalents] = await Promise.all([
        state.failedAt.item(),
        state.loss.item(),
        state.forwardEquivalents.item(),
      ])
      if (failedAt >= 0) throw nonFinite(`the loss became NaN or infinite at step ${failedAt}`)
      return { loss, forwardEquivalents }
    },
    async snapshot(spent) {
      const tensors = await toHost({ fixed, key, ...state })
      if (tensors.get('failedAt')!.data[0]! >= 0)
        throw nonFinite(`the loss became NaN or infinite at step ${tensors.get('failedAt')!.data[0]}`)
      for (const [path, { data: values }] of tensors) {
        if (path.startsWith('trained.') && !values.every((v) => Number.isFinite(v))) {
          throw nonFinite(`'${path.slice('trained.'.length)}' became NaN or infinite by step ${count}`)
        }
      }
      return { step: count, ...spent, tensors }
    },
    dispose(keep) {
      const { trained, ...rest } = state
      disposeTree([rest, data, root, initKey, stepKey, hostStepKey, redrawKey, key])
      if (keep === 'nothing') disposeTree([trained, fixed])
      stepper.dispose()
      renew?.dispose()
      stream?.dispose()
      extra.forEach(({ apply, inParts }) => {
        apply.dispose()
        inParts?.dispose()
      })
    },
  }
  return session
}
