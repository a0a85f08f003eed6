import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { NO_FACTS, duration, showResult, withBaselines } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'spikeward-cli-')), 'run')

/** Invalid arguments, and the expected message. */
const refused: readonly (readonly [string, RegExp])[] = [
  ['', /Usage/],
  ['trian parabola', /unknown command 'trian'[^]*train/],
  ['train', /missing required argument 'problem'/],
  ['train parabola extra', /too many arguments[^;]*$/],
  [
    'train parabola --reset-delay false',
    /too many arguments.*\n--reset-delay takes no value: write --no-reset-delay in place of --reset-delay false\n/,
  ],
  ['train parabola --reset-delay=false', /unknown option.*\n--reset-delay takes no value: write --no-reset-delay in/],
  ['train parabola --json true', /\n--json takes no value: write --json in place of --json true\n/],
  ['train parabola --quiet false', /\n--quiet takes no value: leave it out\n/],
  ['train parabola --no-figures true', /\n--no-figures takes no value: write --no-figures in place of/],
  [
    'train parabola --relaxed-simd --steps 50',
    /--relaxed-simd <value> has no value: the flag --steps follows it; write its value, or leave it out/,
  ],
  ['train parabola --out --json', /--out <\w+> has no value: the flag --json follows it/],
  ['chip train run --steps --json', /--steps <n> has no value: the flag --json follows it/],
  ['train mexicanhat', /no problem is called "mexicanhat"; did you mean "mexican-hat"/],
  ['train parabola --estimtor rfg', /unknown option '--estimtor'[^]*--estimator/],
  ['train parabola --style paper', /unknown option '--style'\n\(--style is an option of evaluate\)/],
  ['train parabola --lr 0.1', /unknown option '--lr'\n\(Did you mean --learning-rate\?\)/],
  ['train parabola --seed 3', /Did you mean --key\?/],
  ['train parabola --batch-size=3', /Did you mean --batch\?/],
  ['train parabola --estimator backprop', /did you mean "bp"/],
  ['train parabola --optimizer adam(lr=1)', /adam has no option "lr"; did you mean "rate"/],
  ['trian parabola', /unknown command 'trian'\n\(Did you mean train\?\)/],
  ['train parabola --estimator rgf', /no estimator is called "rgf"; did you mean "rfg"/],
  [
    'train parabola --estimator ./own/mine.ts',
    /no estimator is called ".\/own\/mine.ts"; name the export of the file as well: .\/own\/mine.ts#NAME/,
  ],
  [
    'train parabola --estimator mine.js',
    /no estimator is called "mine.js"; name the export of the file as well: .\/mine.js#NAME/,
  ],
  [
    'train examples/plate.jsn',
    /no problem is called "examples\/plate.jsn"; one of a file is FILE.json for an equation, or FILE.ts#NAME for an export/,
  ],
  ['train ./examples/plat.json', /^error: .*plat.json cannot be read: there is no such file/m],
  ['train parabola --scope layer', /no scope is called "layer"; did you mean "layerwise"/],
  ['train parabola --distribution gausian', /did you mean "gaussian"/],
  ['train parabola --network mpl', /did you mean "mlp"/],
  ['train parabola --neuron lfi', /did you mean "lif"/],
  ['train parabola --surrogate atn', /did you mean "atan"/],
  ['train parabola --reset substract', /did you mean "subtract"/],
  ['train parabola --optimizer adm', /did you mean "adam"/],
  ['train parabola --schedule cosin', /did you mean "cosine"/],
  ['train parabola --backend cpuu', /no backend is called "cpuu"; did you mean "cpu"/],
  ['train parabola --estimator #x', /write package#name/],
  ['train parabola --estimator no-such-package-here#x', /cannot be loaded[^]*install no-such-package-here/],
  ['train parabola --learning-rate NaN', /learningRate is .*NaN.*; it must be a finite number above 0/],
  ['train parabola --learning-rate Infinity', /must be a finite number/],
  ['train parabola --learning-rate 0', /above 0/],
  ['train parabola --learning-rate -1', /above 0/],
  ['train parabola --learning-rate 1e400', /must be a finite number/],
  ['train parabola --learning-rate', /--learning-rate <x> has no value/],
  ['train parabola --steps 0', /whole number from 1 to/],
  ['train parabola --steps 1.5', /must be a whole number/],
  ['train parabola --steps 0x10', /must be a whole number/],
  ['train parabola --seconds 0', /above 0/],
  ['train parabola --steps 5 --seconds 5', /both --steps and --seconds/],
  ['train parabola --hidden -5', /from 1 to/],
  ['train parabola --hidden 0', /from 1 to/],
  ['train parabola --hidden 50,,50', /whole numbers from 1 to 1048576/],
  ['train parabola --hidden 50,x', /whole numbers/],
  ['train parabola --hidden 99999999', /from 1 to 1048576/],
  ['train parabola --hidden 65536,65536,65536', /GiB/],
  ['train parabola --time 0', /from 1 to/],
  ['train parabola --beta 1.1', /from 0 to 1.*leave the option out for 1 /],
  ['train parabola --neuron synaptic --beta 1.1', /leave the option out for 1 /],
  ['train parabola --batch 0', /whole number from 1 to/],
  ['train parabola --batch 101', /100 training points/],
  ['train parabola --directions 0', /at least 1.*leave the option out for 8/],
  ['train parabola --estimator rfg(directions=0)', /at least 1.*leave the option out for 8/],
  ['train parabola --estimator normalise(average(rfg(directions=0),2))', /leave the option out for 8/],
  ['train parabola --estimator spsa --size 0', /leave the option out for 0.05/],
  ['train parabola --key -1', /from 0 to/],
  ['train parabola --key 4294967296', /to 4294967295/],
  ['train parabola --threads 0', /from 1 to/],
  ['train parabola --threads 100000', /from 1 to/],
  [
    'chip train no-such-run --estimator rfg',
    /^error: no device estimator is called "rfg"\. Known: nodePerturbation, spsa, weightPerturbation \[/,
  ],
  // The kinds alone: there are more than a hundred names.
  ['list nonsense', /no kind or factory is called "nonsense"\. Known: problems, estimators, [a-z, ]+, backends \[/i],
  ['list --jason', /unknown option '--jason'[^]*--json/],
  ['evaluate', /missing required argument 'run'/],
  ['resume', /missing required argument 'run'/],
]

describe('wrong usage', () => {
  test.each(refused)('%s', async (line, message) => {
    const out = fresh()
    const asked = line === '' ? [] : line.split(' ')
    const place = asked[0] === 'train' ? ['--out', out] : []
    const backend = line.includes('--backend') ? [] : ['--backend', 'reference']
    const ran = await run(...asked, ...place, ...(asked[0] === 'train' ? backend : []))
    expect(ran.err).toMatch(message)
    expect(ran.code).toBe(2)
    expect(ran.out).toBe('')
    expect(existsSync(out)).toBe(false)
  })
})

describe('help and version', () => {
  test('are no errors', async () => {
    expect((await run('--help')).code).toBe(0)
    const { out: help } = await run('train', '--help', 'defaults')
    expect((await run('train', '-h')).out).toContain('--learning-rate')
    // The defaults of every problem: those of its own network and estimator.
    for (const [problem, d] of Object.entries(problemDefaults)) {
      const own = help.slice(help.indexOf(`\n  ${problem}\n`))
      const sizes = d.networks[d.network]
      const estimator = sizes?.estimator ?? d.estimator
      const rate = (sizes?.byEstimator ?? d.byEstimator)[estimator]?.learningRate
      expect(own.slice(0, 500)).toMatch(
        new RegExp(`--network ${d.network} [^]*--estimator ${estimator} [^]*--learning-rate ${rate} `),
      )
    }
    const { code, out } = await run('--version')
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})

describe('the run folder', () => {
  test('that is in use is refused, and left as it is', async () => {
    const out = fresh()
    mkdirSync(out)
    writeFileSync(join(out, 'precious.txt'), 'mine')
    const ran = await run('train', 'parabola', ...tiny, '--out', out)
    expect(ran.code).toBe(2)
    expect(ran.err).toMatch(/not empty; nothing was overwritten/)
    expect(readdirSync(out)).toEqual(['precious.txt'])
  })

  test('that is no run is not replaced even by --force', async () => {
    const out = fresh()
    mkdirSync(out)
    writeFileSync(join(out, 'precious.txt'), 'mine')
    const ran = await run('train', 'parabola', ...tiny, '--out', out, '--force')
    expect(ran.code).toBe(2)
    expect(ran.err).toMatch(/not a run folder; --force replaces only run folders/)
    expect(readFileSync(join(out, 'precious.txt'), 'utf8')).toBe('mine')
  })

  test('that is a file is refused', async () => {
    const out = fresh()
    writeFileSync(out, 'mine')
    expect((await run('train', 'parabola', ...tiny, '--out', out)).code).toBe(2)
    expect(readFileSync(out, 'utf8')).toBe('mine')
  })

  test('in a place that cannot be written is refused without a system error, for every command', async () => {
    const file = fresh()
    writeFileSync(file, 'mine')
    for (const out of ['/proc/nowhere/run', join(file, 'run')]) {
      for (const args of [
        ['train', 'parabola', ...tiny],
        ['compare', 'parabola', '--estimators', 'bp', '--backend', 'reference', '--batch', '8'],
        ['reproduce', 'wan2024', '--quick', '--backend', 'reference'],
      ]) {
        const { code, err } = await run(...args, '--out', out)
        expect(err).toMatch(/(cannot be written: .*; name another place with --out|is a file, not a folder)/)
        expect(err).not.toMatch(/ENOENT|ENOTDIR|\n +at /)
        expect(code).toBe(2)
      }
    }
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })
})

describe('what a result says', () => {
  test('that training is no better than the untrained network, in milliseconds', async () => {
    const { out } = await run('train', 'parabola', ...tiny, '--out', fresh())
    expect(out).toMatch(/no better than the untrained network[^]*--readout-solve 20/)
    expect(out).toMatch(/steps 12 in [\d.]+ m?s \(training only, without evaluation and figures\)/)
    expect(duration(0.0421)).toBe('42.1 ms')
    expect([0.42, 3.21, 42, 200, 9000].map(duration)).toEqual(['420 ms', '3.2 s', '42 s', '3 min 20 s', '2 h 30 min'])
  })

  test('advice does not name options that are on already', () => {
    type Settings = {
      readoutSolve: number | null
      readoutPenalty?: number
      patience?: number
      loss?: string | null
      error?: number
      residual?: number | null
      residualOfZero?: number
      estimator?: string
      hidden?: readonly number[]
      trials?: NonNullable<Parameters<typeof showResult>[1]['trials']>
      stopped?: boolean
      besides?: Readonly<Record<string, number>>
    }
    const told = ({
      readoutSolve,
      readoutPenalty = 1e-4,
      patience,
      loss = null,
      error = 0.2,
      residual,
      residualOfZero = 2,
      estimator = 'rfg',
      hidden = [100],
      trials = [],
      stopped = false,
      besides = {},
    }: Settings): string => {
      let out = ''
      const io = {
        out: (t: string) => void (out += t),
        err: () => undefined,
        errIsTerminal: false,
        onInterrupt: () => () => undefined,
      }
      const errors =
        residual === undefined
          ? { relativeL2: error, relativeL2Pooled: error }
          : { relativeL2: null, relativeL2Pooled: null, residual, residualOfZero }
      const shown = withBaselines(residual === undefined ? 0.1 : null, NO_FACTS)
      const names = { run: 'r', problem: 'p', estimator: 'e', backend: 'b' }
      const costs = { steps: 1, seconds: 1, forwardEquivalents: 1, peakBytes: 1 }
      const kind = { loss, branch: null, estimator, hidden, sequences: null, collocation: 200 }
      const settings = { readoutSolve, readoutPenalty, patience: patience ?? null, steps: 2, ...kind }
      showResult(
        io,
        { ...names, ...errors, ...shown, ...costs, trials },
        { json: false, figures: [], operator: false, settings, stopped, besides },
      )
      return out
    }
    const tried = (setting: 'estimator' | 'code' | 'spiking', candidate: string, validation: number) => ({
      ...{ setting, candidate, validation, steps: 1 },
    })
    const trials = [tried('estimator', 'rfg', 0.2)]
    const dense = tried('spiking', 'none', 0.0012)
    const both = [tried('code', 'rate', 0.061), tried('code', 'firstSpike', 0.002), dense]
    expect(told({ readoutSolve: null, trials: [tried('code', 'rate', 0.061), dense] })).toMatch(
      /--spiking none had 0\.0012 where spikes had 0\.061\d* \(validation, after 1 of 2 steps\);\n +to .* try --code firstSpike\n/,
    )
    expect(told({ readoutSolve: null, trials: both })).toMatch(/spikes had 0\.0020 .*\n +to .* try --collocation 600,/)
    const fixed = [tried('spiking', 'branch,trunk', 0.061), dense]
    expect(told({ readoutSolve: null, trials: fixed })).toMatch(/had 0\.061\d* .*\n +to .* try --collocation 600,/)
    expect(told({ readoutSolve: null, trials: both.slice(0, 2) })).not.toContain('--spiking none')
    expect(told({ readoutSolve: null })).toMatch(/--readout-solve 20/)
    // Parts besides training are named from 50 ms on.
    const besides = { data: 0.2, baseline: 0.0499, figures: 1.5 }
    expect(told({ readoutSolve: 20, besides })).toMatch(/besides training: data 200 ms, figures 1\.5 s\n/)
    expect(told({ readoutSolve: 20, besides: { data: 0.04 } })).not.toContain('besides training')
    expect(told({ readoutSolve: null, error: 0.1 })).toMatch(/no better than the untrained network/)
    expect(told({ readoutSolve: null, error: 0.09 })).not.toMatch(/untrained network/)
    expect(told({ readoutSolve: null })).not.toMatch(/--readout-penalty/)
    expect(told({ readoutSolve: 20 })).toMatch(/--readout-penalty, such as 0\.01/)
    expect(told({ readoutSolve: 20 })).not.toMatch(/--readout-solve/)
    expect(told({ readoutSolve: 20, readoutPenalty: 0.01 })).not.toMatch(/--readout-penalty/)
    // The run ended early: more steps would not be taken.
    const ended = { readoutSolve: 20, patience: 3 }
    expect(told({ ...ended, estimator: 'bp' })).toMatch(/another --estimator/)
    expect(told({ ...ended, stopped: true })).toContain(
      'stopped before step 2: no lower validation error in 3 validations; --patience 0 trains to the end',
    )
    expect(told(ended)).not.toContain('stopped')
    // One estimator is advised, by its name if it is known.
    expect(told(ended).match(/--estimator/g)).toHaveLength(1)
    expect(told(ended)).toMatch(/take --estimator eligibility, which [^,]*, or try another --learning-rate/)
    // A trial compared it with others, and chose rfg.
    expect(told({ readoutSolve: 20, trials })).toMatch(
      /more steps, of which the trial of the estimators takes a quarter/,
    )
    for (const one of [{ readoutSolve: 20 }, ended])
      expect(told({ ...one, trials })).not.toMatch(/eligibility|--estimator/)
    expect(told({ readoutSolve: 20, patience: 3 })).not.toMatch(/more steps/)
    // Of functions of points alone it is known which estimator needs fewer steps.
    expect(told({ readoutSolve: null })).toMatch(/--estimator eligibility/)
    const deep = { readoutSolve: null, hidden: [64, 64, 64] }
    expect(told(deep)).toMatch(/--estimator rateBackpropagation, which .* several hidden layers/)
    expect(told(deep)).not.toMatch(/eligibility/)
    // The fact of the declaration decides: whether an error passes down through the layers.
    for (const estimator of ['eligibility', 'activity', 'average(4, rfg)'])
      expect(told({ ...deep, estimator })).toMatch(/--estimator rateBackpropagation/)
    for (const estimator of ['rateBackpropagation(transport=weightMirror)', 'bp', './mine.ts#own'])
      expect(told({ ...deep, estimator })).not.toMatch(/--estimator/)
    expect(told({ ...deep, trials })).not.toMatch(/--estimator/)
    expect(told({ readoutSolve: null, estimator: 'eligibility' })).not.toMatch(/--estimator/)
    expect(told({ readoutSolve: null, loss: 'physics' })).not.toMatch(/eligibility/)
    // An equation has no data to solve a readout from.
    expect(told({ readoutSolve: null, loss: 'physics' })).toMatch(/--estimator gaussNewton/)
    expect(told({ readoutSolve: null, loss: 'physics' })).not.toMatch(/--readout-solve/)
    // Without a known solution the residual says whether the equation is learned.
    const equation = { readoutSolve: null, loss: 'physics' }
    expect(told({ ...equation, residual: 1.9 })).toMatch(
      /\n {2}the residual is 95 % of that of a network that is 0 everywhere: train for more steps, or take --estimator gaussNewton/,
    )
    expect(told({ ...equation, residual: 1.9, patience: 3 })).toMatch(/0 everywhere: try another --estimator/)
    expect(told({ ...equation, residual: null })).toMatch(/residual is not finite: training diverged; use a smaller/)
    for (const [residual, residualOfZero] of [
      [0.1, 2],
      [0.1, 0],
    ] as const)
      expect(told({ ...equation, residual, residualOfZero })).not.toMatch(/the residual is|train for|--estimator/)
  })
})

describe('data larger than memory', () => {
  test.each([
    ['--sensors', '10000000'],
    ['--sizes', '10000000,1,1'],
  ])('%s %s is refused before a function is drawn, and nothing is written', async (flag, value) => {
    const out = fresh()
    const { code, err } = await run('train', 'poisson-1d', flag, value, ...tiny, '--out', out)
    expect([code, err]).toEqual([2, expect.stringMatching(/at most 134217728 .*take fewer functions.*INVALID_OPTION/)])
    expect(existsSync(out)).toBe(false)
  })
})

describe('a loss that is not finite', () => {
  test('names the command that continues with another rate, and that command works', async () => {
    const out = fresh()
    const wild = [
      'train',
      'parabola',
      ...tiny,
      '--optimizer',
      'sgd',
      '--learning-rate',
      '1000000',
      '--checkpoint-every',
      '12',
    ]
    const ran = await run(...wild, '--out', out)
    expect(ran.code).toBe(1)
    const advice = /spikeward (resume .* --learning-rate 250000) continues/.exec(ran.err)
    expect(advice).not.toBeNull()
    const [command = '', ...args] = (advice?.[1] ?? '').split(' ')
    const again = await run(command, ...args.map((a) => (a === '250000' ? '0.01' : a)), '--quiet', '--json')
    expect([again.code, again.err]).toEqual([0, ''])
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as { learningRate: number }
    expect(config.learningRate).toBe(0.01)
    expect((await run('evaluate', out, '--json')).code).toBe(0)
  })
})

describe('a readout too wide for a ridge regression', () => {
  test('trains, and says why there is no baseline', async () => {
    const wide = tiny.map((a, i) => (tiny[i - 1] === '--hidden' ? '5000' : tiny[i - 1] === '--steps' ? '1' : a))
    const out = fresh()
    const ran = await run('train', 'parabola', ...wide, '--out', out)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toMatch(/ridge readout +skipped: a ridge regression on 5000 features/)
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as { baselines: { untrained: null } }
    expect(summary.baselines.untrained).toBe(null)
  })

  test('is refused where the run itself would solve it', async () => {
    const out = fresh()
    const wide = ['--backend', 'cpu', '--hidden', '65536', '--batch', '8', '--readout-solve', '5']
    const ran = await run('train', 'parabola', ...wide, '--out', out)
    expect([ran.code, ran.err]).toEqual([
      2,
      expect.stringMatching(/a solve of the readout needs at least \d+\.\d GiB.*--readout-solve 0/),
    ])
    expect(existsSync(out)).toBe(false)
  })
})

describe('a command line that lacks what a command needs', () => {
  test.each([
    ['an unknown flag first', ['predict', 'r', '--at', '0.1,0.2'], /unknown option '--at'/],
    ['a flag under another name', ['predict', 'r', '--data', 'p.csv', '--output', 'u.csv'], /Did you mean --out\?/],
    ['the argument before the flags', ['predict', '--data', 'p.csv'], /missing required argument 'run'/],
    ['the inputs before the output', ['predict', 'r'], /give either --data or --function/],
    ['then the output', ['predict', 'r', '--data', 'p.csv'], /predict needs --out <file> \(output file: .*CLI_USAGE/],
    ['all that is missing at once', ['nir', 'run', 'n.nir'], /run needs --input <file> \(.*\) and --out <file> \(/],
    ['estimators', ['compare', 'parabola'], /compare needs --estimators <list>/],
  ])('is refused with %s', async (_, args, error) => {
    const { code, out, err } = await run(...args)
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(error)])
  })

  test('finds in the help which flags are required', async () => {
    expect((await run('compare', '--help')).out).toMatch(/--estimators <list> .*\[required\]/)
    expect((await run('predict', '--help')).out).toMatch(/--out <file> .*; required/)
  })
})
