import { treeLeaves } from '@spikeward/core'
import type { Backend, Variables } from '@spikeward/core'
import { restoreVariables } from '@spikeward/train'
import type { Snapshot, Task } from '@spikeward/train'
import type { Functions } from '../../protocol.js'
import type { Settings } from '../../settings/settings.js'
import type { Build, Shared } from '../build.js'
import { buildExperiment } from './buildExperiment.js'

/** Built networks that are kept: the one of the run, and one with another T, whose cost is asked for. */
const KEPT = 2

/** The settings that a network and its task depend on, as text. */
export const signatureOf = ({ contenders: _, steps: _s, backend: _b, ...rest }: Settings): string =>
  JSON.stringify(rest)

/** Builds for questions, and the functions of the operator that is asked about. */
export type QuestionBuilds = {
  readonly build: Build
  /** Takes the functions of the operator that the page learns; null if it learns none. */
  take(functions: Functions | null): void
}

/**
 * Builds what questions ask about. The questions about one network share it, and those about one operator its functions. No
 * functions are drawn: the training worker draws them, and the page gives them before the first question that needs them.
 */
export function buildForQuestions(): QuestionBuilds {
  const known = new Map<string, Shared>()
  let held: Functions | null = null
  return {
    async build(settings) {
      const signature = signatureOf(settings)
      // Contenders share all that is asked about.
      const one = { ...settings, contenders: settings.contenders.slice(0, 1) }
      const shared = known.get(signature) ?? (await buildExperiment(one, { functions: held, draws: false }))
      // The last one that was asked about is dropped last.
      known.delete(signature)
      known.set(signature, shared)
      for (const old of known.keys()) if (known.size > KEPT) known.delete(old)
      return shared
    },
    take(functions) {
      held = functions
      known.clear()
    },
  }
}

/**
 * Uses the variables of snapshots of one network, and frees them afterwards. The first ones stay: they give the structure of all others
 * without another initialisation.
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
