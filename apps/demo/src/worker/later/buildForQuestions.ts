import { type Backend, type Variables, treeLeaves } from '@spikeward/core'
import { type Snapshot, type Task, restoreVariables } from '@spikeward/train'
import type { Functions } from '../../protocol.js'
import type { Settings } from '../../settings/settings.js'
import type { Shared } from '../build.js'
import { buildExperiment } from './buildExperiment.js'
import { lruCache } from './lruCache.js'

/** Built networks that are kept: the one of the run, and one with another T, whose cost is asked for. */
const KEPT = 2

/** The settings that a network and its task depend on, as text. */
export const signatureOf = ({ contenders: _, steps: _s, backend: _b, ...rest }: Settings): string =>
  JSON.stringify(rest)

/**
 * Builds what questions ask about. The questions about one network share it, and those about one operator its
 * functions. No functions are drawn: the training worker draws them, and the page gives them before the first question
 * that needs them.
 */
export function buildForQuestions() {
  const cache = lruCache<Shared>(KEPT)
  let current: Functions | null = null
  return {
    build: (settings: Settings): Promise<Shared> =>
      cache.of(signatureOf(settings), () =>
        // Contenders share all that is asked about.
        buildExperiment(
          { ...settings, contenders: settings.contenders.slice(0, 1) },
          { functions: current, draws: false },
        ),
      ),
    /** Takes the functions of the operator that the page learns; null if it learns none. */
    take(functions: Functions | null): void {
      current = functions
      cache.clear()
    },
  }
}

/**
 * Uses the variables of snapshots of one network, and frees them afterwards. The first ones stay: they give the
 * structure of all others without another initialisation.
 */
export function restorer(
  task: Task,
  backend: Backend,
): <R>(of: Snapshot, use: (v: Variables) => Promise<R>) => Promise<R> {
  let template: Variables | undefined
  return async (of, use) => {
    const variables = await restoreVariables(task, of, { backend, ...(template && { template }) })
    template ??= variables
    try {
      return await use(variables)
    } finally {
      if (template !== variables) treeLeaves(variables).forEach((t) => t.dispose())
    }
  }
}
