import {
  key as keyOf,
  scope,
  SpikewardError,
  tensor,
  trace,
  treeFlatten,
  treePaths,
  treeUnflatten,
} from '@spikeward/core'
import type { Backend, Key, Tensor, Tree, Variables } from '@spikeward/core'
import type { HostTensor } from './safetensors.js'

/** The lowest validation error of a run so far, and the step at which it was measured. */
export type Best = { readonly step: number; readonly relativeL2: number }

/** The state of a run on the host: enough to resume it, or to use its variables. */
export type Snapshot = {
  /** Steps taken. */
  readonly step: number
  /** Seconds of training so far. */
  readonly seconds: number
  /** Forward passes spent so far. */
  readonly forwardEquivalents: number
  /** Every tensor of the run by its path: `trained.…`, `fixed.…`, `optimizer.…`, `estimator.…`, `key`, `step`, … */
  readonly tensors: ReadonlyMap<string, HostTensor>
  /** The best validation so far, in a run with `patience`; absent before the first one. */
  readonly best?: Best
  /** The record that rebuilds the network (`model` of `fit`). Absent: the run was given none. */
  readonly model?: JsonRecord
}

/** Copies the tensors of a tree to the host, keyed by path. */
export async function toHost(tree: Tree): Promise<Map<string, HostTensor>> {
  const { leaves } = treeFlatten(tree)
  const data = await Promise.all(leaves.map((t) => t.data()))
  return new Map(
    treePaths(tree).map((path, i) => [path, { dtype: leaves[i]!.dtype, shape: leaves[i]!.shape, data: data[i]! }]),
  )
}

/**
 * Variables alone as a snapshot, to be stored with `encodeCheckpoint` and read back by `restoreVariables`. No run can
 * be resumed from it: it has neither key nor state of the optimiser.
 *
 * @param of the step and the cost of the run that gave them, and what rebuilds their network
 */
export async function snapshotOf(
  { trained, fixed }: Variables<Tree, Tree>,
  { step, seconds, forwardEquivalents, model }: Omit<Snapshot, 'tensors' | 'best'>,
): Promise<Snapshot> {
  const tensors = await toHost({ fixed, trained })
  return { step, seconds, forwardEquivalents, tensors, ...(model === undefined ? {} : { model }) }
}

const onBackend = ({ data, dtype, shape }: HostTensor, backend: Backend | undefined): Tensor =>
  tensor(data, { dtype, shape, ...(backend === undefined ? {} : { backend }) })

/** A copy of `tree` on `backend` that shares no memory with `tree`, so that it may be donated. */
export async function place<T extends Tree>(tree: T, backend: Backend | undefined): Promise<T> {
  const host = await toHost(tree)
  return treeUnflatten(
    treeFlatten(tree).structure,
    [...host.values()].map((h) => onBackend(h, backend)),
  ) as T
}

const describe = (t: { readonly dtype: string; readonly shape: readonly number[] } | undefined): string =>
  t === undefined ? 'nothing' : `${t.dtype}[${t.shape.join(',')}]`

/**
 * The tensors of a snapshot in the structure of `template`, on `backend`.
 *
 * @param ignore whether a path of the snapshot may be absent from `template`
 * @throws CHECKPOINT_MISMATCH, stating the expected and the actual tensors, if one is missing, unexpected, or of
 * another shape or type
 */
export function fromHost<T extends Tree>(
  template: T,
  tensors: ReadonlyMap<string, HostTensor>,
  backend: Backend | undefined,
  ignore: (path: string) => boolean = () => false,
): T {
  const { leaves, structure } = treeFlatten(template)
  const paths = treePaths(template)
  const wanted = new Map(paths.map((path, i) => [path, leaves[i]!]))
  const faults = [...new Set([...paths, ...tensors.keys()])]
    .filter((path) => wanted.has(path) || !ignore(path))
    .map((path) => ({ path, expected: describe(wanted.get(path)), found: describe(tensors.get(path)) }))
    .filter(({ expected, found }) => expected !== found)
  if (faults.length > 0) {
    const listed = faults
      .slice(0, 4)
      .map(({ path, expected, found }) => `'${path}': expected ${expected}, found ${found}`)
    const more = faults.length > 4 ? `; and ${faults.length - 4} more` : ''
    throw new SpikewardError(
      'CHECKPOINT_MISMATCH',
      `the checkpoint belongs to another run: ${listed.join('; ')}${more}; ` +
        'use the network, estimator and optimiser that it was made with, or start a new run',
    )
  }
  return treeUnflatten(
    structure,
    paths.map((path) => onBackend(tensors.get(path)!, backend)),
  ) as T
}

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A JSON record: a run's settings, its summary, or what rebuilds its network. */
export type JsonRecord = { readonly [name: string]: Json }

/**
 * Rebuilds the variables of `network` from a snapshot, on `backend`. The initialisation of the network is traced, not
 * computed: a network of other sizes than those of the snapshot is refused before memory is taken for it.
 *
 * @param network its `init` gives the expected structure; a task works as well
 * @param options.template variables of the same network: gives the structure without an initialisation
 * @throws CHECKPOINT_MISMATCH, stating the expected and the actual structure, if the snapshot belongs to another
 * network
 * @example const variables = await restoreVariables(network, decodeCheckpoint(bytes))
 */
export async function restoreVariables<P extends Tree, F extends Tree>(
  network: { init(key: Key): Variables<P, F> },
  snapshot: Snapshot,
  options: { readonly backend?: Backend; readonly template?: Variables<P, F> } = {},
): Promise<Variables<P, F>> {
  const isVariable = (path: string): boolean => path.startsWith('trained.') || path.startsWith('fixed.')
  // The scope frees tensors that `init` creates from plain numbers.
  return scope(() => {
    let { template } = options
    if (template === undefined) trace((key: Key) => (template = network.init(key)), keyOf(0))
    return fromHost(template!, snapshot.tensors, options.backend, (path) => !isVariable(path))
  })
}
