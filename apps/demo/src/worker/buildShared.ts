import type { Settings } from '../settings/settings.js'
import { type BuildHow, type Shared, buildPoints } from './build.js'
import { isFunction } from './catalogue.js'

/**
 * Builds the problem and its network. Functions of points need a small part of the package of experiments; the rest is
 * loaded when an equation or an operator is named. The functions of an operator are drawn and solved.
 *
 * @throws CLI_UNKNOWN_NAME; FUNCTIONS_MISSING; and the errors of the factories
 */
export const buildShared = async (settings: Settings, how: BuildHow = {}): Promise<Shared> =>
  isFunction(settings.problem)
    ? buildPoints(settings)
    : (await import('./later/later.js')).buildExperiment(settings, how)
