import type { Settings } from '../settings/settings.js'

/** Everything that the functions of an operator depend on, as text. */
export const functionsOf = ({ problem, problemOptions }: Pick<Settings, 'problem' | 'problemOptions'>): string =>
  JSON.stringify([problem, Object.entries(problemOptions).sort(([a], [b]) => (a < b ? -1 : 1))])
