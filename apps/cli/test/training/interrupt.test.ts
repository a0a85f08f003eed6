/** Runs that are killed, stopped, damaged: what remains, and whether it continues bit for bit. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '@spikeward/train'
import { openBackend } from '@spikeward/experiment'
import { run } from '../fakeIo.js'
import { bundleProgram, start } from '../program.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-kill-'))
const place = (name: string): string => join(folder, name)

/** Long enough to be interrupted, small enough to be run a dozen times. */
const settings =
  '--train 16 --validation 8 --test 9 --backend reference --hidden 6,5 --time 4 --batch 8 --directions 1'.split(' ')
const steps = 150
const train = (name: string): string[] => [
  ...[
    'train',
    'parabola',
    ...settings,
    '--steps',
    String(steps),
    '--checkpoint-every',
    '7',
    '--out',
    place(name),
    '--json',
    '--quiet',
    '--no-figures',
    '--baselines',
    'none',
  ],
]

/** Learned parameters and moments at the end of a run, as text that differs if any bit does. */
function endOf(name: string): string {
  const { step, tensors } = decodeCheckpoint(readFileSync(join(place(name), 'checkpoint.safetensors')))
  const bits = [...tensors].map(
    ([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
  )
  return `${step}\n${bits.sort().join('\n')}`
}

const lossesOf = (name: string): string[] =>
  readFileSync(join(place(name), 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; loss?: number; relativeL2?: number })
    .map(({ step, loss, relativeL2 }) => `${step} ${loss ?? ''} ${relativeL2 ?? ''}`)

let program = ''

beforeAll(async () => {
  program = await bundleProgram()
  const { ended } = start(program, train('whole'), folder)
  const { code, err } = await ended
  expect(err).toBe('')
  expect(code).toBe(0)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

/** The number of bytes of a run's metrics that are written. */
const written = (name: string): number => {
  const path = join(place(name), 'metrics.jsonl')
  return existsSync(path) ? statSync(path).size : 0
}

/**
 * Starts a run and signals it once it is far enough. On a busy machine it may have ended before: then it starts again,
 * so that each signal meets a run in progress. Returns how it ended.
 */
async function interrupted(name: string, args: readonly string[], isFar: () => boolean, signal: 'SIGKILL' | 'SIGINT') {
  for (;;) {
    const { child, ended } = start(program, args, folder)
    while (!isFar() && child.exitCode === null) await sleep(1)
    child.kill(signal)
    const end = await ended
    if (!existsSync(join(place(name), 'summary.json'))) return end
    rmSync(place(name), { recursive: true })
  }
}

/** Starts a run, waits until this share of its metrics is written, and signals it. Returns how it ended. */
function stopAt(name: string, share: number, signal: 'SIGKILL' | 'SIGINT') {
  const enough = share * written('whole')
  return interrupted(name, train(name), () => existsSync(place(name)) && written(name) >= enough, signal)
}

describe('kill -9 at four moments', () => {
  const runs = Array.from({ length: 4 }, (_, i) => i)

  test.concurrent.each([0, 1])(
    'resume gives the parameters of the uninterrupted run, bit for bit (half %i)',
    async (half) => {
      for (const i of runs.filter((r) => r % 2 === half)) {
        const name = `killed-${i}`
        // From the creation of the folder to the last steps; the position within a step is left to chance.
        const { signal } = await stopAt(name, (0.9 * i) / runs.length, 'SIGKILL')
        expect(signal).toBe('SIGKILL')
        const { code, err, out } = await run('resume', place(name), '--json', '--quiet', '--no-figures')
        expect([code, err]).toEqual([0, ''])
        expect(JSON.parse(out)).toMatchObject({ run: place(name), steps })
        expect(endOf(name)).toBe(endOf('whole'))
        expect(lossesOf(name)).toEqual(lossesOf('whole'))
      }
    },
  )
})

describe('Ctrl-C', () => {
  test('stops cleanly, keeps the checkpoint and prints how to continue', async () => {
    const { code, err, out } = await stopAt('stopped', 0.25, 'SIGINT')
    expect(out).toBe('')
    expect(err).toContain(`spikeward resume ${place('stopped')}`)
    expect(code).toBe(1)
    const { step } = decodeCheckpoint(readFileSync(join(place('stopped'), 'checkpoint.safetensors')))
    expect(step).toBeLessThan(steps)
    expect((await run('resume', place('stopped'), '--json', '--quiet', '--no-figures')).code).toBe(0)
    expect(endOf('stopped')).toBe(endOf('whole'))
  })
})

describe('a disk without room', () => {
  /** Runs the program with a limit on file size, in blocks (512 bytes or 1 KiB each, as the shell counts). */
  const limited = (blocks: number, args: readonly string[]): Promise<{ code: number | null; err: string }> =>
    new Promise((resolve) => {
      const child = spawn('sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, program, ...args], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let err = ''
      child.stderr.on('data', (text: Buffer) => (err += text.toString()))
      child.on('close', (code) => resolve({ code, err }))
    })

  test('while training: the last good checkpoint is named, and the run continues from it', async () => {
    const { code, err } = await limited(16, train('full'))
    const [, step] =
      /the last good checkpoint is of step (\d+), in .*; free some space, then: spikeward resume /.exec(err) ?? []
    expect([code, err]).toEqual([1, expect.stringMatching(/^error: .* \[DISK_FULL\]\n$/)])
    expect(Number(step)).toBeGreaterThan(0)
    expect(Number(step)).toBeLessThan(steps)
    expect((await run('resume', place('full'), '--json', '--quiet', '--no-figures')).code).toBe(0)
    expect(endOf('full')).toBe(endOf('whole'))
    expect(lossesOf('full')).toEqual(lossesOf('whole'))
  })

  test('while drawing: every figure is whole or absent, and resume draws them', async () => {
    const short = train('undrawn').flatMap((a) => (a === '--no-figures' ? [] : [a === String(steps) ? '20' : a]))
    const { code, err } = await limited(16, short)
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/\.(svg|png) was not written[^]*step 20,[^]*\[DISK_FULL\]\n$/),
    ])
    const files = readdirSync(place('undrawn'))
    expect(files.filter((name) => name.startsWith('.unfinished') || name === 'summary.json')).toEqual([])
    for (const name of files.filter((one) => one.endsWith('.svg')))
      expect(readFileSync(join(place('undrawn'), name), 'utf8')).toMatch(/<\/svg>\s*$/)
    const { code: again } = await run('resume', place('undrawn'), '--json', '--quiet')
    expect(again).toBe(0)
    expect(readdirSync(place('undrawn'))).toEqual(expect.arrayContaining(['result.png', 'loss.svg', 'summary.json']))
  })
})

describe('resume with another backend or number of threads', () => {
  const stopped = async (name: string, backend: string, more: readonly string[] = []): Promise<void> => {
    const args = [...train(name).map((a) => (a === 'reference' ? backend : a)), ...more]
    await interrupted(name, args, () => existsSync(join(place(name), 'checkpoint.safetensors')), 'SIGKILL')
  }
  const configOf = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(place(name), 'config.json'), 'utf8')) as Record<string, unknown>

  test('continues on the other backend, notes that bits may differ, and stores the setting', async () => {
    await stopped('elsewhere', 'reference')
    const ran = await run('resume', place('elsewhere'), '--backend', 'cpu', '--json', '--quiet', '--no-figures')
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(/^note: the run began on reference .*cpu.*bits/)])
    expect(JSON.parse(ran.out)).toMatchObject({ backend: 'cpu', steps })
    expect(configOf('elsewhere')).toMatchObject({ backend: 'cpu' })
    expect((await run('resume', place('elsewhere'), '--json', '--quiet')).code).toBe(0)
  })

  test('gives the same bits with another number of threads', async () => {
    // Layers wide enough for two threads to share each step, on any machine.
    const wide = ['--train', '100', '--hidden', '48,40', '--batch', '96', '--steps', '24', '--threads', '1']
    const args = train('threads').map((a) => (a === 'reference' ? 'cpu' : a))
    expect((await run(...args, ...wide)).code).toBe(0)
    await stopped('thread', 'cpu', wide)
    expect(configOf('thread')).toMatchObject({ threads: 1 })
    await using two = await openBackend('cpu', 2)
    expect(two.capabilities.threads).toBe(2)
    const ran = await run('resume', place('thread'), '--threads', '2', '--json', '--quiet', '--no-figures')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(JSON.parse(ran.out)).toMatchObject({ steps: 24 })
    expect(configOf('thread')).toMatchObject({ threads: 2 })
    expect(endOf('thread')).toBe(endOf('threads'))
  })

  test('refuses an unknown backend', async () => {
    const ran = await run('resume', place('thread'), '--backend', 'cpuu')
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(/no steps are left to train; --backend is ignored/)])
    await stopped('misnamed', 'reference')
    const { code, err } = await run('resume', place('misnamed'), '--backend', 'cpuu')
    expect([code, err]).toEqual([2, expect.stringMatching(/did you mean "cpu"/)])
  })
})

describe('a run that is at its end', () => {
  test('is shown again: nothing is measured or written', async () => {
    const before = readFileSync(join(place('whole'), 'summary.json'), 'utf8')
    const { code, err, out } = await run('resume', place('whole'), '--json')
    expect([code, err]).toEqual([0, expect.stringMatching(/already ended/)])
    expect(readFileSync(join(place('whole'), 'summary.json'), 'utf8')).toBe(before)
    const { figures: _, diagnosis: _d, besides: _b, ...result } = JSON.parse(before) as Record<string, unknown>
    expect(JSON.parse(out)).toEqual(result)
  })
})

describe('two processes', () => {
  test('do not write one folder: the second is refused, the first continues', async () => {
    const file = join(place('claimed'), '.claim', '1')
    const isReleased = (): boolean => /"released": ?true/.test(readFileSync(file, 'utf8'))
    const stopped = async (): Promise<ReturnType<typeof start>> => {
      const started = start(program, train('claimed'), folder)
      while (!existsSync(file) && started.child.exitCode === null) await sleep(3)
      started.child.kill('SIGSTOP')
      if (!isReleased()) return started
      // On a busy machine the run may have ended before.
      started.child.kill('SIGCONT')
      await started.ended
      rmSync(place('claimed'), { recursive: true })
      return stopped()
    }
    const { child, ended } = await stopped()
    const second = await run('resume', place('claimed'))
    const replaced = await run('train', 'parabola', ...settings, '--steps', '3', '--out', place('claimed'), '--force')
    child.kill('SIGCONT')
    for (const { code, err } of [second, replaced]) {
      expect([code, err]).toEqual([1, expect.stringMatching(/being written by process \d+ on .*\[RUN_FOLDER_BUSY\]/)])
    }
    expect((await ended).code).toBe(0)
    expect(endOf('claimed')).toBe(endOf('whole'))
    expect(isReleased()).toBe(true)
  })
})

describe('a damaged run', () => {
  /** A copy of the whole run with one file changed. */
  function damaged(name: string, file: string, change: (bytes: Buffer) => Buffer): string {
    cpSync(place('whole'), place(name), { recursive: true })
    const path = join(place(name), file)
    writeFileSync(path, change(readFileSync(path)))
    return path
  }

  test.each([
    ['cut short', (b: Buffer) => b.subarray(0, b.length - 5), /\[CHECKPOINT_TRUNCATED\]/],
    ['empty', (b: Buffer) => b.subarray(0, 0), /\[CHECKPOINT_TRUNCATED\]/],
    [
      'altered',
      (b: Buffer) => Buffer.from(b.map((v, i) => (i === b.length - 9 ? v ^ 1 : v))),
      /\[CHECKPOINT_CORRUPT\]/,
    ],
    ['something else', () => Buffer.from('not a checkpoint at all, and long enough to have a header'), /\[CHECKPOINT_/],
  ])('with a checkpoint that is %s is refused and left as it is', async (name, change, message) => {
    const path = damaged(`checkpoint ${name}`, 'checkpoint.safetensors', change)
    const before = readFileSync(path)
    for (const command of ['resume', 'evaluate']) {
      const ran = await run(command, dirname(path))
      expect(ran.err).toMatch(message)
      expect(ran.err).toContain(`error: ${path}: `)
      expect([ran.code, ran.out]).toEqual([1, ''])
    }
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(existsSync(join(dirname(path), 'summary.json'))).toBe(true)
  })

  test.each([
    ['no JSON', 'not json', /is not JSON/],
    ['no settings', '{}', /contains network: nothing/],
    ['an impossible rate', { learningRate: null }, /contains learningRate: null/],
    ['another rate', { learningRate: 0.5 }, /was changed since the run began[^]*resume <run> --learning-rate/],
    ['another width', { hidden: [7, 5] }, /was changed since the run began/],
  ])('with a config of %s is refused', async (name, change, message) => {
    const path = damaged(`config ${name}`, 'config.json', (b) =>
      Buffer.from(
        typeof change === 'string' ? change : JSON.stringify({ ...(JSON.parse(b.toString()) as object), ...change }),
      ),
    )
    const checkpoint = readFileSync(join(dirname(path), 'checkpoint.safetensors'))
    const ran = await run('resume', dirname(path), '--quiet')
    expect(ran.err).toMatch(message)
    expect(ran.code).toBeGreaterThan(0)
    expect(readFileSync(join(dirname(path), 'checkpoint.safetensors')).equals(checkpoint)).toBe(true)
  })

  test('with the checkpoint of another network is refused, and the file named', async () => {
    cpSync(place('whole'), place('mixed'), { recursive: true })
    expect(
      (await run('train', 'parabola', ...settings, '--hidden', '7,5', '--steps', '4', '--out', place('wide'))).code,
    ).toBe(0)
    cpSync(join(place('wide'), 'checkpoint.safetensors'), join(place('mixed'), 'checkpoint.safetensors'))
    for (const command of ['resume', 'evaluate']) {
      const { code, err } = await run(command, place('mixed'))
      expect(err).toMatch(
        /mixed\/checkpoint\.safetensors: .*another network: settings\.hidden is \[7,5\], and here \[6,5\].*\[CHECKPOINT_MISMATCH\]/,
      )
      expect(code).toBe(1)
    }
  })

  test('that is not a run is refused', async () => {
    for (const command of ['resume', 'evaluate']) {
      for (const path of [tmpdir(), place('nowhere'), join(place('whole'), 'config.json')]) {
        const ran = await run(command, path)
        expect(ran.code).toBe(1)
        expect(ran.err).toMatch(/\[RUN_FOLDER_INVALID\]/)
      }
    }
  })
})
