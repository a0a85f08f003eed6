/**
 * The packages in examples/, as their authors would publish them: packed, unpacked into an empty folder next to the
 * packed command, and used there by name. Only external dependencies come from the workspace.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../../..')
const home = mkdtempSync(join(tmpdir(), 'spikeward-example-'))

type Manifest = { readonly name: string; readonly dependencies?: Readonly<Record<string, string>> }
const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The modules that the command imports at start. */
const needed = Object.keys(manifestIn(join(root, 'apps/cli')).dependencies ?? {})
  .filter((name) => name.startsWith('@spikeward/'))
  .map((name) => name.replace('@spikeward/', 'packages/'))
const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `examples/${name}`)
const folders = [...needed, ...examples, 'apps/cli']

function shell(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` }
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`)
  return done.stdout
}

/** Puts a tarball where npm would put it, and links its external dependencies to the workspace's copies. */
function install(tarball: string, from: string): void {
  const { name } = manifestIn(from)
  const to = join(home, 'node_modules', name)
  mkdirSync(to, { recursive: true })
  shell('tar', ['-xzf', tarball, '-C', to, '--strip-components=1'], home)
  for (const outside of Object.keys(manifestIn(to).dependencies ?? {})) {
    if (outside.startsWith('@spikeward/')) continue
    const link = join(home, 'node_modules', outside)
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(realpathSync(join(from, 'node_modules', outside)), link)
  }
}

const spikeward = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['node_modules/@spikeward/cli/dist/main.js', ...args], { cwd: home, encoding: 'utf8' })

const tiny =
  '--backend reference --hidden 6 --time 4 --steps 20 --batch 10 --readout-solve 0 --quiet --json --no-figures --baselines none'.split(
    ' ',
  )

/** Trains for a few steps; returns the output of the command and the stored settings. */
function train(...args: readonly string[]) {
  const { status, stdout, stderr } = spikeward('train', 'parabola', ...args, ...tiny)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const result = JSON.parse(stdout) as { readonly run: string; readonly relativeL2: number; forwardEquivalents: number }
  const config = JSON.parse(readFileSync(join(result.run, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>
  return { result, config }
}

beforeAll(() => {
  const filters = folders.map((folder) => `--filter=./${folder}`)
  // The bundles are newer than their sources (`ensureBundled.ts`), and compiled addons are not packed.
  shell('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', join(home, 'tarballs')], root)
  for (const folder of folders) {
    const { name } = manifestIn(join(root, folder))
    const file = readdirSync(join(home, 'tarballs')).find((f) =>
      new RegExp(`^${name.replace('@', '').replace('/', '-')}-\\d`).test(f),
    )
    install(join(home, 'tarballs', file ?? `no tarball of ${name}`), join(root, folder))
  }
})

afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('a third-party package, installed next to the command', () => {
  test('brings an estimator', () => {
    const name = 'spikeward-forward-differences#forwardDifferences'
    const { result, config } = train('--estimator', name, '--directions', '3')
    expect(config['estimator']).toBe(name)
    // 20 steps of 1 + 3 forward passes: the estimator's own count shows that its own code ran.
    expect(result.forwardEquivalents).toBe(80)
    expect(result.relativeL2).toBeGreaterThan(0)
    expect(result.relativeL2).toBeLessThan(2)
  })

  test('inside a combinator, with options in parentheses', () => {
    const estimator = 'annealed(spikeward-forward-differences#forwardDifferences(directions=2), 0.1, 0.05)'
    expect(train('--estimator', estimator).result.forwardEquivalents).toBe(60)
  })

  test('brings a neuron model and a surrogate', () => {
    const [neuron, surrogate] = ['spikeward-refractory#refractory(period=1)', 'spikeward-refractory#raisedCosine']
    const { result, config } = train('--estimator', 'eligibility', '--neuron', neuron, '--surrogate', surrogate)
    expect(config).toMatchObject({ neuron, surrogate, neuronOptions: {} })
    const usual = train('--estimator', 'eligibility').result
    expect(result.relativeL2).toBeGreaterThan(0)
    expect(result.relativeL2).not.toBe(usual.relativeL2)
  })

  test.each([
    ['--neuron', 'spikeward-refractory#refractori', /did you mean "refractory"/],
    ['--neuron', 'spikeward-refractory#raisedCosine', /declares the kind surrogate, but kind neuron is needed/],
    ['--surrogate', 'spikeward-refractory#refractory', /declares the kind neuron, but kind surrogate is needed/],
    ['--estimator', 'spikeward-refractory#refractory', /declares the kind neuron, but kind estimator is needed/],
    ['--estimator', 'spikeward-forward-differences#forwardDifferences(directions=0.5)', /INVALID_OPTION/],
  ])('%s %s is refused before anything is written', (option, name, message) => {
    const { status, stderr } = spikeward('train', 'parabola', option, name, ...tiny)
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
  })
})

describe('a TypeScript file in a folder that belongs to no project', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'spikeward-file-'))
  const options =
    '--hidden 6 --time 4 --steps 2 --batch 8 --backend reference --readout-solve 0 --no-figures --quiet --json'.split(
      ' ',
    )
  const trainOwn = (...args: readonly string[]) => spikeward('train', ...args, ...options, '--force')

  beforeAll(() => {
    writeFileSync(
      join(elsewhere, 'own.ts'),
      `import { add, defineFactory, defineOptions, mul, number, opaque, treeMap, zeros } from '@spikeward/core'
      import type { Optimizer, OptionsOf, RegressionProblem } from '@spikeward/core'
      import { steepness } from './helper.js'

      enum Count { Points = 16 }
      const options = defineOptions(() => ({ bend: number({ min: 0, default: 1, help: 'how bent it is' }) }))
      export const arc = defineFactory({ kind: 'problem', name: 'arc', summary: 'an arc', options }, (read) =>
        (given: OptionsOf<typeof options> = {}): RegressionProblem => {
          const { bend } = read(given)
          const points = () => {
            const x = Float64Array.from({ length: Count.Points }, (_, i) => i / 8 - 1)
            return { x, y: x.map((v) => bend * steepness * v * v), count: x.length, grid: [x.length] }
          }
          return { kind: 'regression', name: 'arc', inputs: 1, outputs: 1, domain: [[-1, 1]], points, target: ([x = 0]) => [bend * x * x] }
        })
      const rate = opaque('a rate', (x: unknown): x is unknown => true, { required: true, help: 'the rate' })
      export const still = defineFactory({ kind: 'optimizer', name: 'still', summary: 'goes nowhere', arguments: { rate } }, (read) =>
        (given: unknown): Optimizer<{ readonly step: ReturnType<typeof zeros> }> => {
          read({}, { rate: given })
          return {
            name: 'still',
            init: () => ({ step: zeros([], 'i32') }),
            update: (grad, { step }) => ({ updates: treeMap((g) => mul(g, 0), grad), state: { step: add(step, 1) } }),
          }
        })\n`,
    )
    writeFileSync(join(elsewhere, 'helper.ts'), 'export const steepness: number = 2\n')
    writeFileSync(join(elsewhere, 'broken.ts'), 'export const broken = (x: number => x\n')
    // Another copy of the library, as a project of its own has one: its tensors would be strangers to the command.
    const copy = join(elsewhere, 'node_modules/@spikeward/core')
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(join(home, 'node_modules/@spikeward/core'), copy, { recursive: true })
  })
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

  test.each([
    ['with a copy of the library beside it', false],
    ['with no library beside it', true],
  ])('%s brings a problem with its flags, and an optimiser', (_, alone) => {
    if (alone) rmSync(join(elsewhere, 'node_modules'), { recursive: true, force: true })
    const { status, stdout, stderr } = trainOwn(
      ...['--problem', `${elsewhere}/own.ts#arc`, '--bend', '2'],
      ...['--optimizer', `${elsewhere}/own.ts#still`, '--out', join(elsewhere, 'run')],
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ problem: `${elsewhere}/own.ts#arc` })
    const config = JSON.parse(readFileSync(join(elsewhere, 'run/config.json'), 'utf8')) as unknown
    expect(config).toMatchObject({ problemOptions: { bend: 2 } })
  })

  test('that does not compile is named with its file and line', () => {
    const { status, stderr } = trainOwn('--problem', `${elsewhere}/broken.ts#broken`)
    expect(stderr).toMatch(/broken\.ts:1: Expected/)
    expect(status).toBe(2)
  })
})
