/** An estimator for chips from a third party's file, by its name on the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as chip from '@spikeward/chip'
import { declaredIn } from '@spikeward/core'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-own-device-'))
const before = process.cwd()
const library = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/${name}/dist/index.js`, import.meta.url))

beforeAll(() => {
  writeFileSync(
    join(folder, 'mine.ts'),
    `
import { cast, clip, defineFactory, defineOptions, integer, mul } from '${library('core')}'
import { deviceSpsa } from '${library('chip')}'

export const plain = ({ k = 1 }: { k?: number }) => ({ ...deviceSpsa({ k }), name: 'mine' })
export const told = defineFactory(
  { kind: 'deviceEstimator', name: 'told', summary: 'as spsa', options: defineOptions(() => ({ k: integer({ min: 0, default: 1, help: 'size' }) })) },
  (read) => (given = {}) => plain(read(given)),
)
export const hostRule = defineFactory({ kind: 'estimator', name: 'hostRule', summary: 'of the host', options: {} }, () => () => plain({}))
export const host = () => ({ name: 'host', needs: 'jvp', unbiased: true, init: () => ({}), estimate: () => ({}) })
export const signSpsa = ({ k = 1 }: { k?: number } = {}) => {
  const inner = deviceSpsa({ k })
  return { ...inner, name: 'signSpsa', estimate: (network, params, measured) => inner.estimate(network, params, { ...measured, differences: clip(measured.differences, -1, 1) }), largestEstimate: (_network, _layer, samples) => samples }
}
export const tooLarge = () => ({ ...plain({}), largestEstimate: () => 3 })
export const throwing = () => ({ ...plain({}), estimate: () => { throw new Error('no idea') } })
export const floats = () => ({ ...plain({}), estimate: (...all) => plain({}).estimate(...all).map(({ weight, bias }) => ({ weight: mul(cast(weight, 'f32'), 0.5), bias })) })
`,
  )
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

const sizes = '--hidden 4 --time 4 --steps 2 --batch 8 --backend cpu --quiet --json'.split(' ')
const train = (out: string, ...more: readonly string[]) =>
  run('chip', 'train', 'parabola', ...sizes, '--out', out, ...more)
const learned = (out: string): string => readFileSync(join(folder, out, 'learned.json'), 'utf8')

test('trains as the same estimator of the library, with its options in parentheses', async () => {
  const builtIn = await train('built-in', '--estimator', 'spsa', '--perturbation', '2')
  expect(builtIn.code).toBe(0)
  for (const [out, text] of [
    ['plain', './mine.ts#plain(k=2)'],
    ['told', './mine.ts#told(k=2)'],
  ] as const) {
    const own = await train(out, '--estimator', text)
    expect([own.code, own.err]).toEqual([0, ''])
    expect(learned(out)).toBe(learned('built-in'))
    expect(JSON.parse(own.out)).toMatchObject({ estimator: 'mine', perturbation: null })
    expect(readFileSync(join(folder, out, 'report.md'), 'utf8')).toContain(`--estimator ${text}`)
  }
})

test('an estimator of the library takes its option in parentheses too', async () => {
  const { code, out } = await train('parentheses', '--estimator', 'spsa(k=2)')
  expect(code).toBe(0)
  expect(learned('parentheses')).toBe(learned('built-in'))
  expect(JSON.parse(out)).toMatchObject({ perturbation: null })
})

test('the help and the list name every estimator of the library', async () => {
  const help = (await run('chip', 'train', '--help')).out
  const list = (await run('list', 'deviceEstimators')).out
  for (const { aliases } of Object.values(declaredIn({ ...chip }, 'deviceEstimator')).map((f) => f.declaration)) {
    expect(help).toContain(aliases[0])
    expect(list).toContain(aliases[0])
  }
})

test('an estimator of its own, the one of the documentation, trains', async () => {
  const { code, err } = await train('sign', '--estimator', './mine.ts#signSpsa(k=2)')
  expect([code, err]).toEqual([0, ''])
  expect(learned('sign')).not.toBe(learned('built-in'))
})

test.each<readonly [string, readonly string[], RegExp]>([
  ['an estimator of the host', ['./mine.ts#host'], /lacks perturb, largestEstimate.*CLI_PLUGIN/s],
  ['one that exceeds its bound', ['./mine.ts#tooLarge'], /largestEstimate is 3.*CHIP_ESTIMATOR/s],
  ['one with floats', ['./mine.ts#floats'], /of type f32, but a chip has only i32.*CHIP_ESTIMATOR/s],
  ['one that throws', ['./mine.ts#throwing'], /estimate throws "no idea".*CLI_PLUGIN/s],
  ['an option that it has not', ['./mine.ts#told(size=2)'], /size.*UNKNOWN_OPTION/s],
  ['an export that is absent', ['./mine.ts#plane'], /did you mean "plain".*CLI_PACKAGE/s],
  ['a name that is unknown', ['spa'], /did you mean "spsa".*CLI_UNKNOWN_NAME/s],
  ['a size beside parentheses', ['./mine.ts#plain', '--perturbation', '2'], /--perturbation has no effect/],
  ['a size beside parentheses of a known name', ['spsa(k=2)', '--perturbation', '2'], /--perturbation has no effect/],
  ['a size out of range', ['spsa', '--perturbation', '21'], /from 0 to 20.*INVALID_OPTION/s],
  ['another kind', ['./mine.ts#hostRule'], /kind estimator, but kind deviceEstimator is needed.*CLI_PLUGIN/s],
])('refuses %s, and writes nothing', async (_, flags, message) => {
  const { code, err } = await train('refused', '--estimator', ...flags)
  expect(err).toMatch(message)
  expect(code).toBeGreaterThan(0)
  expect(() => learned('refused')).toThrow('ENOENT')
})
