import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemDefaults, untunedDefaults } from '../src/defaults.js'

const home = new URL('../src', import.meta.url).pathname
/** Files that only derive from the data, or state their type. */
const derived = [
  'defaults.ts',
  'defaults/problemDefaults.ts',
  'defaults/regressionDefaults.ts',
  'defaults/equationDefaults.ts',
  'defaults/operatorDefaults.ts',
]
const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /defaults\.ts$/i.test(path) && !derived.includes(path),
)

describe('tuned defaults', () => {
  it('are in a file for each problem', () =>
    expect(files.length).toBeGreaterThan(Object.keys(problemDefaults).length - 1))

  it.each(files)(
    'of %s are separate data: they import only a type and generic settings, and spread nothing',
    (path) => {
      const source = readFileSync(join(home, path), 'utf8')
      const generic = /^import \{ operatorByEstimator \} from '.*\/operatorByEstimator\.js'$/
      expect(source.match(/^import .*$/gm)?.filter((line) => !generic.test(line))).toEqual([
        expect.stringMatching(/^import type \{.*\} from '.*problemDefaults\.js'$/),
      ])
      expect(source).not.toContain('...')
    },
  )

  it.each([...Object.entries(problemDefaults), ...Object.entries(untunedDefaults)])(
    'of %s have settings for an estimator that is not named',
    (_, { byEstimator }) => expect(byEstimator['other']).toMatchObject({ steps: expect.any(Number) as number }),
  )

  it('of operators name generic settings, and do not copy them', () => {
    const generic = untunedDefaults.operator.byEstimator
    const isCopy = ([estimator, of]: readonly [string, unknown]): boolean =>
      of !== generic[estimator] && JSON.stringify(of) === JSON.stringify(generic[estimator])
    const copied = Object.entries(problemDefaults).flatMap(([name, { networks, byEstimator }]) =>
      [byEstimator, ...Object.values(networks).flatMap((of) => (of.byEstimator === undefined ? [] : [of.byEstimator]))]
        .filter((table) => Object.entries(table).some(isCopy))
        .map(() => name),
    )
    // The generic settings are those that were tuned for poisson-1d.
    expect(copied).toEqual(['poisson-1d'])
  })
})
