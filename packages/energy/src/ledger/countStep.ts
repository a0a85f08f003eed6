import { bytesOf, jit, trace, treeLeaves, treeMap, add } from '@spikeward/core'
import type { ClosedProgram, Estimator, Key, Loss, Optimizer, Tensor, Tree } from '@spikeward/core'
import { type Counts, addCounts } from '../count/counts.js'
import { type Origin, type Traced, countProgram } from '../count/countProgram.js'

/** A training step of a run, at given parameters. */
export interface CountedStep<P extends Tree, F extends Tree, D extends Tree> {
  /** The step's loss on its data, with its parts if it has any. `key` draws the mini-batch. */
  lossAt(fixed: F, data: D, key: Key): Loss<P>
  readonly estimator: Estimator
  readonly optimizer: Optimizer
  /** Trained and fixed variables: the counts depend on the spikes at these values. */
  readonly trained: P
  readonly fixed: F
  readonly data: D
  readonly key: Key
}

/** The work of one training step. */
export interface Ledger {
  /** One evaluation of the loss on the step's batch, for comparison. */
  readonly forward: Counts
  /** Random perturbations and the choice of the mini-batch: everything that depends on the key alone. */
  readonly draws: Counts
  /** The estimate of the gradient without draws, the forward pass included. */
  readonly estimate: Counts
  /** The optimiser and the sum of parameters and updates. */
  readonly update: Counts
  /** draws + estimate + update. */
  readonly total: Counts
  /** Share of firing decisions in the forward pass that were spikes; null for a network without spikes. */
  readonly firingRate: number | null
  /** 1 − firing rate, NeuroBench's activation sparsity; null for a network without spikes. */
  readonly activationSparsity: number | null
  /** Memory of a training run, in bytes. */
  readonly footprint: {
    readonly parameters: number
    readonly estimatorState: number
    readonly optimizerState: number
    /** Temporaries of the compiled step. */
    readonly workspace: number
  }
  /** Memory traffic of the compiled step in bytes, without a cache. */
  readonly bytesMoved: number
  /** Floating-point operations of the compiled step, products as dense. */
  readonly flops: number
}

const bytesIn = (tree: Tree): number => treeLeaves(tree).reduce((n, t) => n + t.size * bytesOf(t.dtype), 0)

/** The inputs of a closed Program whose arguments have these origins. */
const withOrigins = (
  { captured }: ClosedProgram,
  trees: readonly (readonly [tree: Tree, origin: Origin])[],
): readonly Traced[] => [
  ...captured.map((tensor): Traced => ({ tensor, origin: 'data' })),
  ...trees.flatMap(([tree, origin]) => treeLeaves(tree).map((tensor): Traced => ({ tensor, origin }))),
]

/**
 * Counts one training step of any estimator from the run itself: traces the step, runs it operation by operation at the
 * given parameters and data, and counts the work from the values. The parameters are not changed.
 *
 * Values that depend on random keys alone are counted as draws, which separates perturbations from their use.
 *
 * @example
 * const ledger = await countStep({ lossAt, estimator: rfg(), optimizer: adam(1e-3), trained, fixed, data, key: key(0) })
 * ledger.total.acs
 */
export async function countStep<P extends Tree, F extends Tree, D extends Tree>(
  step: CountedStep<P, F, D>,
): Promise<Ledger> {
  const { lossAt, estimator, optimizer, trained, fixed, data, key } = step
  const start = jit((p: P) => ({ estimator: estimator.init(p), optimizer: optimizer.init(p) }))
  const states = start(trained)
  start.dispose()

  const loss = (p: P, f: F, d: D, k: Key): Tensor => lossAt(f, d, k.split(2)[0]!)(p)
  const estimate = (p: P, s: Tree, f: F, d: D, k: Key) => {
    const [draw, direction] = k.split(2) as [Key, Key]
    const { value, grad, state } = estimator.estimate(lossAt(f, d, draw), p, s, { key: direction })
    return { value, grad, state }
  }
  const update = (grad: P, s: Tree, p: P) => {
    const { updates, state } = optimizer.update(grad, s, p)
    return { trained: treeMap((x, u) => add(x, u), p, updates), state }
  }
  const whole = (p: P, s: typeof states, f: F, d: D, k: Key) => {
    const e = estimate(p, s.estimator, f, d, k)
    const u = update(e.grad, s.optimizer, p)
    return { value: e.value, estimator: e.state, ...u }
  }

  const forwardProgram = trace(loss, trained, fixed, data, key)
  const forward = await countProgram(
    forwardProgram.program,
    withOrigins(forwardProgram, [
      [trained, 'weight'],
      [fixed, 'weight'],
      [data, 'data'],
      [key, 'key'],
    ]),
  )
  const estimateProgram = trace(estimate, trained, states.estimator, fixed, data, key)
  const estimated = await countProgram(
    estimateProgram.program,
    withOrigins(estimateProgram, [
      [trained, 'weight'],
      [states.estimator, 'weight'],
      [fixed, 'weight'],
      [data, 'data'],
      [key, 'key'],
    ]),
  )
  // The work of the update depends only on the shape of the gradient.
  const updateProgram = trace(update, trained, states.optimizer, trained)
  const updated = await countProgram(
    updateProgram.program,
    withOrigins(updateProgram, [
      [trained, 'data'],
      [states.optimizer, 'data'],
      [trained, 'data'],
    ]),
  )
  const compiled = jit(whole)
  const { executable } = compiled.inspect(trained, states, fixed, data, key)
  const weightWrites = treeLeaves(trained).reduce((n, t) => n + t.size, 0)
  const written: Counts = { ...updated.work, weightWrites }
  const { decisions, spikes } = forward.work
  const firingRate = decisions === 0 ? null : spikes / decisions
  const ledger: Ledger = {
    forward: forward.work,
    draws: estimated.draws,
    estimate: estimated.work,
    update: written,
    total: [estimated.draws, estimated.work, written].reduce(addCounts),
    firingRate,
    activationSparsity: firingRate === null ? null : 1 - firingRate,
    footprint: {
      parameters: bytesIn(trained),
      estimatorState: bytesIn(states.estimator),
      optimizerState: bytesIn(states.optimizer),
      workspace: executable.workspaceBytes,
    },
    bytesMoved: executable.bytes,
    flops: executable.flops,
  }
  compiled.dispose()
  treeLeaves(states).forEach((t) => t.dispose())
  return ledger
}
