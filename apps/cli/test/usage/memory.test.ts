/**
 * The memory that is counted before a run, compared with the most that the backend held while it ran. Bytes are
 * counted, not resident memory.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { type Backend, UnavailableError, referenceBackend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildParts, memoryOf, readConfig, ridgeBaseline, untrainedOf } from '@spikeward/experiment'
import type { Parts, TrainConfig } from '@spikeward/experiment'
import { checkMemory, isSmall, minMemory } from '@spikeward/experiment/node'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-memory-'))
vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** Settings of a run that was trained for two steps by the command, and the most bytes that its backend held. */
type Trained = { readonly config: TrainConfig; readonly peakBytes: number }

let made = 0
type Name = 'cpu' | 'native'
const open = (name: Name): Promise<Backend> => (name === 'cpu' ? cpu({ threads: 1 }) : native({ threads: 1 }))

async function train(name: Name, line: string): Promise<Trained> {
  const out = join(folder, `run-${made++}`)
  const rest = ['--steps', '2', '--backend', name, '--threads', '1', '--json', '--quiet', '--no-figures', '--out', out]
  const ran = await run('train', ...line.split(' '), ...rest)
  expect([ran.code, ran.err]).toEqual([0, ''])
  const record = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>
  return { config: readConfig(record, out), peakBytes: (JSON.parse(ran.out) as { peakBytes: number }).peakBytes }
}

const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
const partsOf = (config: TrainConfig): Promise<Parts> => buildParts(config, { io, quiet: true })

/** The most bytes that a backend holds in two steps, with their validations and solves. */
async function held({ experiment, estimator, optimizer }: Parts, name: Name): Promise<number> {
  const { task, callbacks } = experiment
  await using backend = await open(name)
  const events = fit({ task, estimator, optimizer, callbacks, backend, key: 0, steps: 2, every: 1, validateEvery: 1 })
  for await (const event of events) if (event.type === 'end') return backend.stats().peakBytes
  return 0
}

const hundredths = (x: number): number => Math.round(100 * x) / 100

/** @param task where the ratios are noted, as its figures */
function expectClose(counted: number, measured: number, name: Name, task: { readonly meta: object }): void {
  const meta: { figures?: Readonly<Record<string, number>> } = task.meta
  expect(measured).toBeLessThanOrEqual(counted)
  // The small programs are counted as 64 KiB.
  expect(counted - 2 ** 16).toBeLessThan(1.25 * measured)
  const largest = (what: string, ratio: number): readonly [string, number] => {
    const figure = `largest ${what} on ${name}`
    return [figure, Math.max(meta.figures?.[figure] ?? 0, hundredths(ratio))]
  }
  meta.figures = Object.fromEntries([
    largest('held / counted', measured / counted),
    largest('(counted − 64 KiB) / held', (counted - 2 ** 16) / measured),
  ])
}

const onNative = ['16 directions', 'back-propagation', 'a solve of the readout']

/** Why this machine has no native backend; null if it has one. */
const missing = await open('native').then(
  (backend) => backend[Symbol.asyncDispose]().then(() => null),
  (error: unknown) => {
    if (error instanceof UnavailableError) return error.message
    throw error
  },
)

const pointLine = 'parabola --hidden 32,24 --time 4 --batch 32 --estimator rfg'
const operatorLine = 'poisson-1d --sizes 12,4,6 --sensors 9 --branch 24 --trunk 16 --features 8 --time 2 --batch 8'

describe.each<Name>(['cpu', 'native'])(
  'counted before a run on %s, never too low and at most a quarter and 64 KiB too high',
  (name) => {
    let point: Trained
    let operator: Trained
    let own: Backend
    beforeAll(async () => {
      if (name === 'native' && missing !== null) return
      own = await open(name)
      point = await train(name, pointLine)
      operator = await train(name, operatorLine)
      return () => own[Symbol.asyncDispose]()
    })
    beforeEach((context) => {
      if (name === 'native' && missing !== null) context.skip(missing)
    })

    // The command prints the peak of its training, and two steps solve no readout.
    test('of the training of the whole command', async ({ task }) => {
      for (const { config, peakBytes } of [point, operator])
        expectClose((await memoryOf(await partsOf(config), own)).training, peakBytes, name, task)
    })

    test('of the ridge regression', async ({ task }) => {
      for (const { config } of [point, operator]) {
        const parts = await partsOf(config)
        const { baseline } = await memoryOf(parts, own)
        await using backend = await open(name)
        await ridgeBaseline(parts.experiment, () => untrainedOf(parts, config.key, backend))
        expectClose(baseline, backend.stats().peakBytes, name, task)
      }
    })

    const changes: readonly (readonly [string, Partial<TrainConfig>])[] = [
      ['16 directions', { estimatorOptions: { directions: 16 } }],
      ['a wide layer', { hidden: [256] }],
      ['perturbations', { estimator: 'spsa', estimatorOptions: {} }],
      ['feedback', { estimator: 'rateBackpropagation', estimatorOptions: {} }],
      ['back-propagation', { estimator: 'bp', estimatorOptions: {} }],
      ['a solve of the readout', { hidden: [256], readoutSolve: 1 }],
    ]
    // Native counts the same plans: three of them show it.
    test.for(name === 'cpu' ? changes : changes.filter(([what]) => onNative.includes(what)))(
      '%s',
      async ([, change], { task }) => {
        const config = { ...point.config, ...change }
        const parts = await partsOf(config)
        const { training, solve } = await memoryOf(parts, own)
        const measured = await held(parts, name)
        expectClose(Math.max(training, solve), measured, name, task)
        // A run is taken for small, without a count, only if it is far smaller than the memory.
        expect(isSmall(parts, config, 8 * measured)).toBe(false)
        const least = minMemory(parts)
        expect(measured).toBeGreaterThan(least.step + least.solve)
      },
    )
  },
)

describe('a machine with too little memory', () => {
  let point: Trained
  beforeAll(async () => void (point = await train('cpu', `${pointLine} --key 1`)))

  const limited = (maxTotalBytes: number) => {
    const backend = referenceBackend()
    return { ...backend, capabilities: { ...backend.capabilities, maxTotalBytes } }
  }

  test('refuses by the count, to the byte', async () => {
    const config = { ...point.config, readoutSolve: 1 }
    const parts = await partsOf(config)
    const { start, training, solve, baseline } = await memoryOf(parts, referenceBackend())
    const most = Math.max(start, training, solve, baseline)
    await checkMemory(parts, config, limited(most), null)
    await expect(checkMemory(parts, config, limited(most - 1), null)).rejects.toThrow(
      /training is counted at .* GiB, a solve of the readout is counted at .* GiB, the ridge baseline is counted at .* GiB.*a fifth less than the count.*--no-memory-check/,
    )
    const notes: string[] = []
    await checkMemory(parts, config, limited(most - 1), (text) => notes.push(text))
    expect(notes).toEqual([expect.stringMatching(/^note: .*a fifth less than the count\n$/)])
  })

  test.each<readonly [string, Partial<TrainConfig>, RegExp]>([
    ['wide', { hidden: [65_536] }, /layers of 65536 for 32 rows: training is counted at \d\.\d GiB/],
    [
      'wide, with a solve',
      { hidden: [65_536], readoutSolve: 5 },
      /a solve of the readout needs at least \d\d\.\d GiB.*--readout-solve 0/,
    ],
    ['deep', { hidden: [30_000, 30_000] }, /training needs at least \d\d\.\d GiB/],
    ['many directions', { estimatorOptions: { directions: 4096 } }, /training is counted at \d\.\d GiB/],
    [
      'long',
      { hidden: [4096, 4096], time: 256, batch: 100, estimator: 'bp', estimatorOptions: {} },
      /training needs at least \d\.\d GiB/,
    ],
  ])('%s', async (_, change, message) => {
    const config = { ...point.config, ...change }
    await expect(checkMemory(await partsOf(config), config, limited(1e8), null)).rejects.toThrow(message)
  })
})

test('each point of a grid is a row of its channels, not of all sensors', async () => {
  const { config } = await train('cpu', 'burgers-sharp --sizes 4,2,2 --network fno --channels 5 --batch 2')
  expect((await partsOf(config)).experiment.size.widest).toBe(5)
})
