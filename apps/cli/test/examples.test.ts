/**
 * The packages in examples/, as their authors would publish them: packed, unpacked into an empty folder beside the packed
 * command, and used there by name. Nothing of the workspace is seen but dependencies from outside.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const home = mkdtempSync(join(tmpdir(), 'spikeward-example-'))

type Manifest = { readonly name: string; readonly dependencies?: Readonly<Record<string, string>> }
const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** What the command imports when it starts; a backend is loaded when it is asked for. */
const needed = Object.keys(manifestIn(join(root, 'apps/cli')).dependencies ?? {})
  .filter((name) => name.startsWith('@spikeward/') && !name.includes('/backend-'))
  .map((name) => name.replace('@spikeward/', 'packages/'))
const examples = readdirSync(join(root, 'examples')).map((n) => `examples/${n}`)
const folders = [...needed, ...examples, 'apps/cli']

function shell(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` }
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`)
  return done.stdout
}

/** Puts a tarball where npm would put it, and links its dependencies from outside to the workspace's copies. */
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
  '--backend reference --hidden 6 --time 4 --steps 20 --batch 10 --readout-solve 0 --quiet --json --no-figures'.split(
    ' ',
  )

/** Trains in a few steps; what the command printed, and the settings that it kept. */
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
  shell('turbo', ['run', 'build', ...filters, '--output-logs=errors-only'], root)
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

describe('a package of somebody else, installed beside the command', () => {
  test('brings an estimator', () => {
    const name = 'spikeward-forward-differences#forwardDifferences'
    const { result, config } = train('--estimator', name, '--directions', '3')
    expect(config['estimator']).toBe(name)
    // 20 steps of 1 + 3 forward passes: its own count, so that it was its own code that ran.
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
    ['--neuron', 'spikeward-refractory#raisedCosine', /of kind surrogate, and one of kind neuron is asked for/],
    ['--surrogate', 'spikeward-refractory#refractory', /of kind neuron, and one of kind surrogate is asked for/],
    ['--estimator', 'spikeward-refractory#refractory', /of kind neuron, and one of kind estimator is asked for/],
    ['--estimator', 'spikeward-forward-differences#forwardDifferences(directions=0.5)', /INVALID_OPTION/],
  ])('%s %s is refused before anything is written', (option, name, message) => {
    const { status, stderr } = spikeward('train', 'parabola', option, name, ...tiny)
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
  })
})
