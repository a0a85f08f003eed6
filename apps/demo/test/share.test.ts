import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpu } from '@spikeward/backend-cpu'
import { type Backend, kebabCase, referenceBackend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import { describe, expect, it, vi } from 'vitest'
import { type Io, type TrainConfig, type TrainOptions, buildParts, configOf } from '@spikeward/experiment'
import { run } from '../../cli/test/fakeIo.js'
import { fromLink, toLink } from '../src/settings/link.js'
import { OWN, firstPoints, withSamples } from '../src/settings/own.js'
import { type Settings, firstSettings, contenderFor, settingsFor } from '../src/settings/settings.js'
import { toCommand, toJson, toProgram } from '../src/settings/share.js'
import { runOf } from '../src/settings/runOf.js'
import { tunedOperator } from '../src/settings/tuned.js'
import { buildShared } from '../src/worker/trainer.js'
import { catalogue } from '../src/worker/catalogue.js'
import { wholeCatalogue } from '../src/worker/later/later.js'
import { makeRunner } from '../src/worker/runner.js'
import { declaredOperators, smallOperator } from './support/smallOperator.js'

const small: Settings = {
  ...firstSettings,
  hidden: [6],
  time: 4,
  batch: 32,
  steps: 10,
  key: 3,
  contenders: [contenderFor('rfg')],
}

/** The losses of a whole run of the page. */
async function lossesOf(settings: Settings, backend = referenceBackend()): Promise<number[]> {
  const runner = makeRunner(await buildShared(settings), settings, 0, backend, null)
  const losses: number[] = []
  while (!runner.done()) losses.push(...(await runner.advance()).losses)
  return losses
}

const builtIn = catalogue.problems.filter(({ name }) => name !== OWN)

/** One case for each estimator; together they name every neuron, surrogate and problem of the page. */
const cases = catalogue.estimators.map(({ name }, i): Settings => {
  // Moved by two, so that local losses, which train affine layers alone, do not meet a neuron with a learned leak.
  const { name: neuron } = catalogue.neurons[(i + 2) % catalogue.neurons.length]!
  return {
    ...small,
    // Longer than the twenty steps after which the command line would solve some estimators' readouts.
    steps: 24,
    problem: builtIn[i % builtIn.length]!.name,
    // Points that only the command looks at: those of the training stay as they are.
    problemOptions: { validation: '8', test: '5' },
    neuron,
    neuronOptions: {},
    surrogate: catalogue.surrogates[i % catalogue.surrogates.length]!.name,
    contenders: [contenderFor(name)],
  }
})

/** Small runs of equations: one that is drawn as a curve, and one with options of network, stencil and points. */
const equations = [
  { problem: 'poissonPinn', problemOptions: { frequency: '2', test: '8' }, hidden: [5], time: 4, batch: 8 },
  { problem: 'inversePoisson', problemOptions: { key: '4', noise: '0.1', test: '8' }, hidden: [5], time: 4, batch: 8 },
  { problem: 'allenCahn', problemOptions: { nodes: '16', test: '8,8' }, hidden: [4, 3], batch: 12 },
].map(({ problemOptions, ...part }): Settings => {
  const settings = settingsFor(part.problem, wholeCatalogue.tuned)
  return { ...settings, ...part, problemOptions: { ...problemOptions, validation: '8' }, steps: 7, key: 3 }
})

/** Small runs of operators, one of each kind of network, that solve their readouts once or several times. */
const operators = [
  { problem: 'poisson1d', steps: 52, estimator: 'eligibility' },
  { problem: 'darcy2d', steps: 52, estimator: 'rfg' },
  { problem: 'nonlinearDiffusion2d', steps: 12, estimator: 'eligibility' },
].map(({ problem, steps, estimator }): Settings => {
  const tuned = tunedOperator(problem, wholeCatalogue.tuned)!
  const settings = smallOperator(problem, { steps, key: 3, contenders: [contenderFor(estimator, null, tuned)] })
  // Options of a problem may be lists, and its key is not that of the run.
  const more = problem === 'poisson1d' ? { interval: '-1,0.5', key: '4' } : {}
  return { ...settings, problemOptions: { ...settings.problemOptions, ...more } }
})

const lossesOnCpu = new Map<Settings, Promise<readonly number[]>>()

/** The losses of the same on one thread of the cpu, which are computed once for all tests that compare with them. */
function onceOnCpu(settings: Settings): Promise<readonly number[]> {
  const compute = async (): Promise<readonly number[]> => {
    await using backend = await cpu({ threads: 1 })
    return await lossesOf(settings, backend)
  }
  const losses = lossesOnCpu.get(settings) ?? compute()
  lossesOnCpu.set(settings, losses)
  return losses
}

/**
 * The losses of a command, of each step, and the only note that it prints. To store a state takes longer than to train
 * for a few steps.
 */
async function lossesOfCommand(args: readonly string[], note?: string): Promise<number[]> {
  const out = join(mkdtempSync(join(tmpdir(), 'spikeward-demo-')), 'run')
  const { code, err } = await run(...args, '--no-figures', '--checkpoint-every', '1000', '--out', out)
  expect(code, err).toBe(0)
  expect(err.split('\n').filter((line) => line.startsWith('note:'))).toEqual(
    note === undefined ? [] : [expect.stringContaining(note)],
  )
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { type: string; step: number; loss: number })
  return events.filter((e) => e.type === 'metrics').map((e) => e.loss)
}

/** The arguments of a command that a shell would pass on. */
const argumentsOf = (command: string): string[] =>
  command
    .slice(command.indexOf('-- ') + 3)
    .replace('--backend auto', '--backend reference')
    .replaceAll('"', '')
    .split(' ')

/** The same on one thread, which takes less time for many points than the reference. */
const onCpu = (command: string): string[] => [
  ...argumentsOf(command.replace('--backend auto', '--backend cpu')),
  ...['--threads', '1'],
]

/** The terminal of a command that writes nothing. */
const silent: Io = {
  out: () => undefined,
  err: () => undefined,
  errIsTerminal: false,
  onInterrupt: () => () => undefined,
}

/**
 * The losses of each step, as the command trains with its tuned settings but for these sizes. It takes a fraction of
 * the time of a whole command, which also evaluates, diagnoses and stores a run.
 */
async function asTuned(
  problem: Pick<Settings, 'problem' | 'problemOptions'>,
  sizes: Partial<TrainOptions> & { readonly steps: number },
  backend: Backend = referenceBackend(),
): Promise<{ readonly theirs: readonly number[]; readonly config: TrainConfig }> {
  const options = { key: 0, backend: 'reference', quiet: true, json: false, ...sizes } as TrainOptions
  const config = await configOf(
    runOf({ ...small, ...problem }, small.contenders[0]!, wholeCatalogue).problem,
    options,
    silent,
  )
  const { experiment, estimator, optimizer } = await buildParts(config, { io: silent, quiet: true })
  const { task, callbacks } = experiment
  const { key, steps } = config
  const theirs: number[] = []
  for await (const event of fit({ task, callbacks, estimator, optimizer, backend, key, steps, every: 1 }))
    if (event.type === 'metrics') theirs.push(event.loss)
  return { theirs, config }
}

describe('an exported run', () => {
  it('is tried with everything that the page offers', () => {
    expect(new Set(cases.map((c) => c.neuron)).size).toBe(catalogue.neurons.length)
    expect(new Set(cases.map((c) => c.surrogate)).size).toBe(catalogue.surrogates.length)
    expect(new Set(cases.map((c) => c.problem)).size).toBe(builtIn.length)
  })

  it.each(cases)(
    'as a command is the same run, $contenders.0.estimator with $neuron, $surrogate on $problem',
    async (settings) => {
      const theirs = await lossesOfCommand(argumentsOf(toCommand(settings, settings.contenders[0]!, catalogue)))
      expect(theirs).toHaveLength(24)
      expect(await lossesOf(settings)).toEqual(theirs)
    },
  )

  it.each(equations)('of an equation, as a link and as a command, is the same run: $problem', async (settings) => {
    expect(fromLink(`#${toLink(settings)}`, wholeCatalogue.tuned)).toEqual(settings)
    const theirs = await lossesOfCommand(argumentsOf(toCommand(settings, settings.contenders[0]!, wholeCatalogue)))
    expect(theirs).toHaveLength(7)
    expect(await lossesOf(settings)).toEqual(theirs)
  })

  it.each(['poissonPinn', 'heat1d'])('of an equation begins with the sizes of the command: %s', async (problem) => {
    await using backend = await cpu({ threads: 1 })
    const settings = { ...settingsFor(problem, wholeCatalogue.tuned), steps: 2 }
    const theirs = await lossesOfCommand([
      ...['train', kebabCase(problem)],
      ...'--steps 2 --backend cpu --threads 1'.split(' '),
    ])
    expect(await lossesOf(settings, backend)).toEqual(theirs)
  })

  const declared = wholeCatalogue.problems.filter(({ facts }) => facts['kind'] === 'pinn')
  it.each(declared)('of an equation of small sizes begins as the command does: $name', async ({ name, options }) => {
    const takes = options
      .filter((o) => ['train', 'test', 'validation', 'cells', 'nodes'].includes(o.name))
      .map((o) => [o.name, o.type === 'list' ? '16,16' : '16'] as const)
    const problemOptions = Object.fromEntries(takes)
    const sizes = { problemOptions, hidden: [4], time: 4, batch: 6, steps: 2 }
    const { theirs } = await asTuned(
      { problem: name, problemOptions },
      { hidden: [4], time: 4, collocation: 6, steps: 2 },
    )
    expect(theirs).toHaveLength(2)
    expect(await lossesOf({ ...settingsFor(name, wholeCatalogue.tuned), ...sizes })).toEqual(theirs)
  })

  it.each(operators)('of an operator, as a link and as a command, is the same run: $problem', async (settings) => {
    expect(fromLink(`#${toLink(settings)}`, wholeCatalogue.tuned)).toEqual(settings)
    const note = settings.problem === 'darcy2d' ? 'the number of features is reduced' : undefined
    const theirs = await lossesOfCommand(onCpu(toCommand(settings, settings.contenders[0]!, wholeCatalogue)), note)
    expect(theirs).toHaveLength(settings.steps)
    expect(await onceOnCpu(settings)).toEqual(theirs)
  })

  it.each(declaredOperators)('of an operator of small sizes begins as the command does: $name', async ({ name }) => {
    const settings = smallOperator(name)
    const { hidden, time, batch, steps } = settings
    await using backend = await cpu({ threads: 1 })
    const { network } = tunedOperator(name, wholeCatalogue.tuned)!
    const { theirs, config } = await asTuned(settings, { network, branch: hidden, time, batch, steps }, backend)
    expect(theirs).toHaveLength(2)
    expect(await lossesOf(settings, backend)).toEqual(theirs)
    const [resolved] = (await buildShared(settings)).assembled!
    expect([resolved!.config.readoutSolve, resolved!.config.readoutPenalty]).toEqual([
      config.readoutSolve,
      config.readoutPenalty,
    ])
  })

  it.each([1, 2] as const)('of own points of %i inputs, as a command, is the same run', async (inputs) => {
    const folder = mkdtempSync(join(tmpdir(), 'spikeward-demo-'))
    const rows = Array.from({ length: 13 }, (_, i) =>
      [-1 + i / 6, ((5 * i) % 13) / 13, (i % 4) / 4 - 0.5].slice(2 - inputs),
    )
    const settings = withSamples(small, inputs, rows)
    const [first = '', second = ''] = toCommand(settings, settings.contenders[0]!, catalogue).split('\n')
    execFileSync('sh', ['-c', first], { cwd: folder })
    const file = join(folder, 'points.csv')
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1 + 13)
    const theirs = await lossesOfCommand(onCpu(second.replace('points.csv', file)), 'holds no row back')
    rmSync(folder, { recursive: true })
    const ours = await onceOnCpu(settings)
    expect(theirs).toHaveLength(settings.steps)
    theirs.forEach((loss, i) => expect(Math.abs(loss / ours[i]! - 1)).toBeLessThan(5e-6))
  })

  const runs = {
    'of a problem': small,
    'of own points': withSamples(small, 1, firstPoints(1)),
    ...Object.fromEntries([...equations, ...operators].map((settings) => [`of ${settings.problem}`, settings])),
  }
  it.each(Object.entries(runs))('%s, as a program, is the same run', async (_, settings) => {
    const folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), '.program-'))
    const log = vi.spyOn(console, 'log').mockReturnValue()
    try {
      const file = join(folder, 'run.mjs')
      writeFileSync(file, toProgram({ ...settings, backend: 'cpu' }, settings.contenders[0]!, wholeCatalogue))
      await import(file)
      const ours = await onceOnCpu(settings)
      const losses = log.mock.calls.slice(0, settings.steps).map(([, loss]) => loss as number)
      expect(log.mock.calls).toHaveLength(settings.steps + 1)
      losses.forEach((loss, i) => expect(loss / ours[i]!).toBeCloseTo(1, 4))
    } finally {
      log.mockRestore()
      rmSync(folder, { recursive: true })
    }
  })

  it('as a program states how it is run, by a page of the documentation', () => {
    const text = toProgram(small, small.contenders[0]!, catalogue)
    const page = readFileSync(new URL('../../../docs/start/node.md', import.meta.url), 'utf8')
    const title = /^# (.*)$/m.exec(page)![1]!
    expect(text.split('\nimport')[0]).toBe(
      `// Save it as run.mjs in a project with the package spikeward: see "${title}" in the documentation.\n// Then: node run.mjs`,
    )
  })

  it('as a program names what the settings name', () => {
    const text = toProgram(
      { ...small, neuron: 'adaptive', neuronOptions: { beta: '0.9', reset: 'subtract' } },
      { ...small.contenders[0]!, options: { directions: '8', distribution: 'sphere' } },
      catalogue,
    )
    expect(text).toContain("neuron: 'adaptive(beta=0.9,reset=subtract)'")
    expect(text).toMatch(/estimator: 'rfg\(.*directions=8,distribution=sphere\)'/)
    expect(text).toContain('hidden: [6],')
  })

  it('as JSON contains settings and results', () => {
    const latest = [
      {
        contender: 0,
        step: 7,
        loss: 1,
        error: 0.5,
        seconds: 2,
        forwardEquivalents: 63,
        prediction: null,
        coefficients: {},
      },
    ]
    const record = JSON.parse(toJson(small, { latest, losses: [[3, 2]], resolved: null }, 'a link')) as Record<
      string,
      unknown
    >
    expect(record).toMatchObject({
      link: 'a link',
      settings: { problem: 'mexicanHat', time: 4, key: 3 },
      contenders: [{ estimator: 'rfg', options: { directions: '8' }, step: 7, relativeL2: 0.5, firstLosses: [3, 2] }],
    })
    expect(JSON.stringify(record)).not.toContain('configs')
  })

  it('as JSON has the settings of an operator that have no control', async () => {
    const [settings] = operators
    const { assembled } = await buildShared(settings!)
    const text = toJson(
      settings!,
      { latest: [], losses: [], resolved: assembled!.map(({ config }) => config) },
      'a link',
    )
    expect(JSON.parse(text)).toMatchObject({ configs: [{ network: 'deeponet', trunk: [50], readoutSolve: 50 }] })
  })
})
