import { describe, expect, test } from 'vitest'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { run } from '../fakeIo.js'

const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n')

describe('help of commands with many options', () => {
  test.each(['train', 'compare', 'search'])('%s: two screens by default, a line an option', async (command) => {
    const { code, out, err } = await run(command, '--help')
    expect([code, err]).toEqual([0, ''])
    const lines = linesOf(out)
    expect(lines.length).toBeLessThanOrEqual(120)
    // No text is cut.
    for (const line of lines) expect([line.length <= 100, line]).toEqual([true, expect.not.stringContaining('…')])
    const options = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith('Options of the problem')),
    )
    const stated = options.filter((line) => /^ {2}-/.test(line) && !/--help/.test(line))
    expect(stated.filter((line) => !/ \[[^\]]+\]$/.test(line))).toEqual([])
    // Every option of the whole is named in the short one.
    const { out: whole } = await run(command, '--help', 'all')
    const flags = [...whole.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag!)
    expect(flags.length).toBeGreaterThan(100)
    for (const flag of flags) expect(out).toMatch(new RegExp(`${flag.replace(/^--no-/, '--(no-)?')}\\b`))
  })

  test('states defaults', async () => {
    const { out } = await run('train', '--help')
    expect(out).toMatch(/^ {2}--key <n> .*\[0\]$/m)
    expect(out).toMatch(/^ {2}--readout-penalty <x> .*\[1e-4\]$/m)
    expect(out).toMatch(/^ {2}--backend <name> .*\[auto\]$/m)
    expect(out).toMatch(/^ {2}--hidden <n,n> .*\[set by the problem, else 50\]$/m)
    expect(out).toMatch(/^ {2}--quiet .*\[off\]$/m)
    const network = (await run('train', '--help', 'network')).out
    const sizes = ['hidden', 'branch', 'trunk', 'features', 'rank', 'time']
    const blocks = network.split(/\n(?= {2}--)/).map((text) => text.replaceAll(/\s+/g, ' '))
    const stated = sizes.filter((size) =>
      blocks.some((text) => text.includes(`--${size} <`) && /default: set by the problem, else \d/.test(text)),
    )
    expect(stated).toEqual(sizes)
  })

  test('names only the declared options that a run of the named problem accepts', async () => {
    const groupOf = (text: string, heading: string) =>
      new RegExp(`^Options of the ${heading}: ([^]*?)\\n(?! )`, 'm').exec(text)?.[1]?.split(/,\s+/)
    const { out } = await run(
      'train',
      'lid-driven-cavity',
      '--estimator',
      'antithetic(spsa)',
      '--backend',
      'cpu',
      '--help',
    )
    expect(groupOf(out, 'problem')).toEqual(['--cells', '--validation', '--test', '--reynolds', '--lid'])
    expect(groupOf(out, 'estimator')).toEqual(['--directions', '--distribution', '--size', '--at'])
    expect(groupOf(out, 'backend')).toEqual(['--relaxed-simd', '--worker-url'])
    // The problem `nagumo` has a threshold as well.
    expect(groupOf(out, 'neuron')).toContain('--threshold')
    const nagumo = (await run('train', 'nagumo', '--help')).out
    for (const kind of ['problem', 'neuron']) expect(groupOf(nagumo, kind)).toContain('--threshold')
    expect(nagumo).toContain(
      '--threshold is an option of the problem and of the neuron: write it in parentheses, as in name(threshold=value).',
    )
    expect(out).not.toContain('in parentheses')
    const chosenLater = (await run('train', 'lid-driven-cavity', '--help')).out
    expect(groupOf(chosenLater, 'backend')).toBeUndefined()
    expect(groupOf((await run('train', '--help')).out, 'problem')).toContain('--diffusivity')
  })

  test('states the settings of the problem that the command line names', async () => {
    const { out } = await run('train', 'poisson-1d', '--estimator', 'bp', '--help')
    const { networks, time } = problemDefaults['poisson-1d']!
    expect(out).toContain(`--branch <n,n>`)
    expect(out).toMatch(new RegExp(`^ {2}--branch <n,n> .*\\[${networks['deeponet']!.branch!.join(',')}\\]$`, 'm'))
    expect(out).toMatch(new RegExp(`^ {2}--time <n> .*\\[${networks['deeponet']!.time ?? time}\\]$`, 'm'))
    expect(out).toMatch(/^ {2}--estimator <name> .*\[bp\]$/m)
    expect(out).toMatch(/^ {2}--hidden <n,n> .*\[those of the blocks\]$/m)
    expect(out).toMatch(/^ {2}--rank <n> .*\[not used\]$/m)
    expect(out).toContain('The settings of poisson-1d are in brackets')
    const { out: network } = await run('train', 'poisson-1d', '--help', 'network')
    expect(network.replaceAll(/\s+/g, ' ')).toContain(`else 32; for poisson-1d: ${networks['deeponet']!.time ?? time}`)
  })

  // The settings of a problem of a file, of which none is tuned: plugins/pluginKinds.test.ts.
  test.each([
    ['poisson-1d', [], 'rates, steps and sizes are tuned for this problem'],
    ['nagumo', [], 'rates, steps and sizes are tuned for this problem'],
    ['nagumo', ['--estimator', 'spsa'], 'sizes are tuned for this problem, rates and steps are generic for spsa'],
    ['nagumo', ['--network', 'deeponet'], 'rates, steps and sizes are generic for deeponet and rfg'],
    [
      'navier-stokes',
      ['--estimator', 'guided'],
      'sizes are tuned for this problem, rates and steps are generic for guided',
    ],
    ['darcy-2d', ['--network', 'mionet'], 'sizes are generic for mionet, rates and steps are tuned for this problem'],
    ['own', [], 'short trials on your data choose those that are not given'],
    ['table', [], 'short trials on your data choose those that are not given'],
  ])('says what is tuned for %s with %j', async (problem, words, origin) => {
    const { code, out, err } = await run('train', problem, ...words, '--help')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`The settings of ${problem} are in brackets;\n${origin}.`)
    expect(out).toMatch(/^ {2}--steps <n> .*\[\d+\]$/m)
  })

  test('says that settings are tuned or generic where no problem is named', async () => {
    const { out } = await run('train', '--help')
    expect(out.replaceAll(/\s+/g, ' ')).toContain('tuned for each problem and estimator, or generic')
    expect(out).toMatch(/^ {2}--learning-rate <x> .*\[tuned for the problem, or generic\]$/m)
  })

  test('says what each switch that is on by default leaves out', async () => {
    const { out } = await run('train', '--help', 'all')
    const switches = [...out.matchAll(/^ {2}--no-([\w-]+) +(no .*(?:\n {6,}\S.*)*)/gm)].map(([, name, help]) => [
      name,
      help!.replaceAll(/\s+/g, ' '),
    ])
    expect(Object.fromEntries(switches)).toEqual({
      trial:
        'no short trials on your own data or a spiking equation of a file; they choose the settings that are not given; default: off',
      'memory-check': 'no error if the run may exceed the available memory, only a note; default: off',
      figures: 'no figures; for many runs in a row; default: off',
    })
    expect((await run('resume', '--help')).out).toContain('no error if the run may exceed the available memory')
  })

  test('on a topic shows a group, or a declared factory, in full', async () => {
    const estimator = (await run('train', '--help', 'estimator')).out
    expect(estimator).toMatch(/^ {2}--exact-readout/m)
    expect(estimator).toMatch(/--directions <n>[^]*1 by default/)
    expect(estimator).not.toContain('--threshold')
    expect((await run('train', '--help', 'rfg')).out).toMatch(/^rfg, one of estimators:[^]*directions .*default 1/)
    expect((await run('train', '--help', 'poissonPinn')).out).toContain('defaults of poisson-pinn')
    const wrong = await run('train', '--help', 'netwrok')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/did you mean "network"/)])
  })
})
