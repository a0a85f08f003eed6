/** `learn` as a program: killed, stalled, followed, on a full disk, and two on one state. */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeSafetensors } from '@spikeward/train'
import { run } from './fakeIo.js'
import { bundleProgram, start } from './program.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-streams-'))
const place = (name: string): string => join(folder, name)
let program = ''

const ROWS = 400
const rows = Array.from({ length: ROWS }, (_, t) => `${JSON.stringify({ t, wave: 2 + Math.sin(0.7 * t) })}\n`)
const args = (source: string, ...more: readonly string[]): string[] => [
  ...['learn', '--source', source, '--inputs', 'wave', '--target', 'wave', '--hidden', '8', '--delays', '2'],
  ...['--horizon', '3', '--backend', 'reference', '--json', ...more],
]
const linesOf = (out: string): string[] => out.split('\n').slice(0, -1)
const samplesIn = (out: string): string[] => linesOf(out).filter((line) => line.startsWith('{"prediction"'))

/** Starts the program with standard input, and collects its lines. */
function fed(...more: readonly string[]) {
  const { child, ended } = start(program, args('-', ...more), folder, 'pipe')
  let [out, err] = ['', '']
  child.stdout!.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr!.on('data', (text: Buffer) => (err += text.toString()))
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && child.exitCode === null) await sleep(2)
  }
  return { child, ended, until, out: () => out, err: () => err, stdin: child.stdin! }
}

let whole: string[] = []
beforeAll(async () => {
  program = await bundleProgram()
  writeFileSync(place('all.jsonl'), rows.join(''))
  const { code, out } = await start(program, args(place('all.jsonl'), '--state', 'whole'), folder).ended
  expect(code).toBe(0)
  whole = samplesIn(out)
  expect(whole.length).toBe(ROWS - 3)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  if (program !== '') rmSync(dirname(program), { recursive: true, force: true })
})

test.each([
  ['columns in another order', ['--inputs', 'b,a']],
  ['another target', ['--target', 'b']],
  ['another neuron', ['--neuron', 'lif(beta=0.5)']],
  ['another surrogate', ['--surrogate', 'triangular']],
  ['a shorter memory', ['--memory', '50']],
  ['another optimiser', ['--optimizer', 'adam']],
  ['another key', ['--key', '1']],
])('a state is refused with %s, and taken with another rate', async (name, other) => {
  const state = place(name)
  writeFileSync(place('ab.csv'), 'a,b\n1,2\n3,5\n')
  const learn = async (...more: readonly string[]) =>
    run(
      'learn',
      '--source',
      place('ab.csv'),
      '--state',
      state,
      '--inputs',
      'a,b',
      '--target',
      'a',
      '--hidden',
      '4',
      ...more,
    )
  expect((await learn()).code).toBe(0)
  expect((await learn(...other)).err).toMatch(/belongs to another network: .* \[CHECKPOINT_MISMATCH\]/)
  expect(await learn('--learning-rate', '0.5')).toMatchObject({ code: 0 })
})

describe('kill -9', () => {
  test.each([
    ['before the first state', 10, '10000'],
    ['between two states', 150, '64'],
    ['at every sample a state', 80, '1'],
  ])(
    'from standard input, %s: no sample is lost or learned twice, and the bits are the same',
    async (name, after, every) => {
      const state = ['--state', name, '--every', every]
      const first = fed(...state)
      first.stdin.on('error', () => undefined)
      // Half of the rows, in pieces that end within lines.
      const text = rows.join('')
      for (let i = 0; i < text.length / 2; i += 777)
        first.stdin.write(text.slice(i, Math.min(i + 777, text.length / 2)))
      await first.until(() => samplesIn(first.out()).length >= after)
      first.child.kill('SIGKILL')
      expect((await first.ended).signal).toBe('SIGKILL')
      const second = fed(...state)
      await second.until(() => second.err().includes('continues after'))
      const known = Number(/continues after (\d+) samples/.exec(second.err())![1])
      const acknowledged = samplesIn(first.out())
      expect(known).toBeGreaterThanOrEqual(acknowledged.length + 3)
      second.stdin.end(rows.slice(known).join(''))
      expect((await second.ended).code).toBe(0)
      expect(acknowledged).toEqual(whole.slice(0, acknowledged.length))
      expect(samplesIn(second.out())).toEqual(whole.slice(known - 3))
      // Their settings differ in the source.
      const tensorsOf = (state: string) => decodeSafetensors(readFileSync(place(state))).tensors
      expect(tensorsOf(name)).toEqual(tensorsOf('whole'))
    },
  )

  test('from a file: the rows that are known are passed over', async () => {
    const command = args(place('all.jsonl'), '--state', 'file', '--every', '32')
    const { child, ended } = start(program, command, folder)
    let out = ''
    child.stdout!.on('data', (text: Buffer) => (out += text.toString()))
    while (samplesIn(out).length < 60 && child.exitCode === null) await sleep(1)
    child.kill('SIGKILL')
    await ended
    const second = await start(program, command, folder).ended
    expect(second.code).toBe(0)
    expect(samplesIn(second.out)).toEqual(whole.slice(whole.length - samplesIn(second.out).length))
    expect(samplesIn(out).length + samplesIn(second.out).length).toBeLessThanOrEqual(whole.length)
    expect(readFileSync(place('file')).equals(readFileSync(place('whole')))).toBe(true)
  })
})

test('a source that stalls is waited for, and one that closes ends the command', async () => {
  const slow = fed('--state', 'slow')
  slow.stdin.write(rows.slice(0, 200).join(''))
  await slow.until(() => samplesIn(slow.out()).length === 197)
  slow.stdin.end(rows.slice(200).join(''))
  expect((await slow.ended).code).toBe(0)
  expect(samplesIn(slow.out())).toEqual(whole)
})

test('two learners on one state: the second is refused, the first continues', async () => {
  const first = fed('--state', 'shared')
  first.stdin.write(rows.slice(0, 100).join(''))
  await first.until(() => samplesIn(first.out()).length === 97)
  const second = await run(...args(place('all.jsonl'), '--state', place('shared')))
  expect([second.code, second.err]).toEqual([1, expect.stringContaining('[RUN_FOLDER_BUSY]')])
  first.stdin.end(rows.slice(100).join(''))
  expect((await first.ended).code).toBe(0)
  expect(samplesIn(first.out())).toEqual(whole)
})

test('a full disk ends the command with an error, and the samples that were acknowledged are kept', async () => {
  const command = args(place('all.jsonl'), '--state', 'full')
  const limited = spawn('sh', ['-c', 'ulimit -f 16; exec "$@"', 'sh', process.execPath, program, ...command], {
    cwd: folder,
  })
  let [out, err] = ['', '']
  limited.stdout.on('data', (text: Buffer) => (out += text.toString()))
  limited.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const code = await new Promise((resolve) => limited.on('close', resolve))
  expect([code, err]).toEqual([1, expect.stringContaining('[DISK_FULL]')])
  const acknowledged = samplesIn(out)
  expect(acknowledged.length).toBeGreaterThan(0)
  expect(acknowledged.length).toBeLessThan(whole.length)
  const second = await start(program, command, folder).ended
  expect([...acknowledged, ...samplesIn(second.out)]).toEqual(whole)
})

test('a file that grows is followed until the command is interrupted', async () => {
  const path = place('grows.jsonl')
  writeFileSync(path, rows.slice(0, 50).join(''))
  const { child, ended } = start(program, args(path, '--follow', '--state', 'grown'), folder)
  let out = ''
  child.stdout!.on('data', (text: Buffer) => (out += text.toString()))
  const until = async (n: number): Promise<void> => {
    while (samplesIn(out).length < n && child.exitCode === null) await sleep(5)
  }
  await until(47)
  appendFileSync(path, rows.slice(50, 90).join('') + rows[90]!.slice(0, 5))
  await until(87)
  appendFileSync(path, rows[90]!.slice(5))
  await until(88)
  child.kill('SIGINT')
  expect((await ended).code).toBe(0)
  expect(samplesIn(out)).toEqual(whole.slice(0, 88))
  expect(linesOf(out).at(-1)).toContain('"samples":88')
  expect(existsSync(place('grown'))).toBe(true)
})
