import { type Assembled, type Io, type TrainConfig, buildParts, configOf } from '@spikeward/experiment'
import { runOf } from '../../settings/runOf.js'
import type { Settings } from '../../settings/settings.js'
import { ownProblem } from '../build.js'
import { wholeCatalogue } from './wholeCatalogue.js'

const nothing = (): undefined => undefined

/** Notes and progress of a run in a page: none are shown. */
export const silent: Io = { out: nothing, err: nothing, errIsTerminal: false, onInterrupt: () => nothing }

/** All settings of the run of one contender, with what has no control as it is tuned. */
export function configFor(settings: Settings, contender: number): Promise<TrainConfig> {
  const { problem, options } = runOf(settings, settings.contenders[contender]!, wholeCatalogue)
  const all = { ...options, json: false, quiet: true, force: false }
  return configOf(problem, all, silent, null, ownProblem(settings))
}

/**
 * The run of one contender.
 *
 * @throws CLI_UNKNOWN_NAME; the errors of the factories
 */
export async function assemble(settings: Settings, contender: number): Promise<Assembled> {
  const [config, problem] = [await configFor(settings, contender), ownProblem(settings)]
  const own = problem === undefined ? {} : { own: { problem } }
  return { config, parts: await buildParts(config, { io: silent, quiet: true, ...own }) }
}
