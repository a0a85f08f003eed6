import { type Declaration, declaredIn } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { type Settings, settingsFor } from '../../src/settings/settings.js'
import { wholeCatalogue } from '../../src/worker/later/later.js'

/** The declared operators that need no option. */
export const declaredOperators: readonly Declaration[] = Object.values(declaredIn({ ...problems }, 'problem'))
  .map(({ declaration }) => declaration)
  .filter(
    ({ facts, options }) =>
      facts['kind'] === 'operator' && Object.values(options).every(({ presence }) => presence !== 'required'),
  )

/** Few functions on coarse grids, of the options that an operator has. */
const few: Readonly<Record<string, string>> = {
  train: '3',
  validation: '1',
  test: '2',
  nodes: '16',
  cells: '32',
  sensors: '9',
  times: '3',
  points: '7',
}

/** Settings of a run of an operator that takes milliseconds. */
export function smallOperator(problem: string, part: Partial<Settings> = {}): Settings {
  const { options } = wholeCatalogue.problems.find(({ name }) => name === problem)!
  const problemOptions = Object.fromEntries(
    options.flatMap(({ name, range }) =>
      few[name] === undefined ? [] : [[name, String(Math.max(Number(few[name]), range?.min ?? 0))] as const],
    ),
  )
  const { hidden, ...others } = settingsFor(problem, wholeCatalogue.tuned)
  return { ...others, problemOptions, hidden: hidden.map(() => 4), time: 3, batch: 2, steps: 2, ...part }
}
