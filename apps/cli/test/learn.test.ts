/** `learn` prints one line a sample and a summary, and continues from its state. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { decodeSafetensors, encodeSafetensors, learnerSettings } from '@spikeward/train'
import { watchStream } from '../src/watch/watchStream.js'
import { runCli } from '../src/program.js'
import { run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rows = Array.from({ length: 60 }, (_, i) => [i, 2 + Math.sin(0.7 * i)])
const csv = join(folder, 'wave.csv')
writeFileSync(csv, `t,wave\n${rows.map((row) => row.join(',')).join('\n')}\n`)
const small = ['--hidden', '8', '--delays', '2', '--backend', 'reference', '--horizon', '1']
const learn = (source: string, ...more: string[]) =>
  run('learn', '--source', source, '--inputs', 'wave', '--target', 'wave', ...small, ...more)

test('prints a prediction and an error for each sample, and a summary on the last line', async () => {
  const { code, out } = await learn(csv, '--json')
  expect(code).toBe(0)
  const lines = out.trimEnd().split('\n')
  expect(lines.length).toBe(60)
  const [first, ...others] = lines.slice(0, -1).map((line) => JSON.parse(line) as { prediction: number; error: number })
  expect(Object.keys(first!)).toEqual(['prediction', 'error'])
  const errors = [first!, ...others].map(({ error }) => error)
  const { summary } = JSON.parse(lines.at(-1)!) as { summary: Record<string, number> }
  expect(summary).toMatchObject({ samples: 59, count: 60, drifts: 0, state: null })
  expect(summary['error']).toBeCloseTo(Math.sqrt(errors.reduce((s, e) => s + e * e, 0) / 59), 9)
  // The difference of neighbours of a sine.
  expect(summary['persistence']).toBeCloseTo(0.48, 1)
})

test('says beside its errors those of repeating the last value, and which is lower at the end', async () => {
  const { err } = await learn(csv)
  expect(err).toMatch(
    /59 samples in .* s: error [\d.]+ \(by repeating the last value 0\.\d+\), in the last tenth [\d.]+ \([\d.]+\)$/m,
  )
  const still = join(folder, 'still.csv')
  writeFileSync(still, `wave\n${rows.map(([t, wave]) => (t! < 50 ? wave : 2)).join('\n')}\n`)
  expect((await learn(still)).err).toContain('(0.000); repeating the last value is still better')
})

test('continues from its state as if it had not stopped, and knows the samples of a file', async () => {
  const whole = (await learn(csv, '--json')).out.trimEnd().split('\n')
  const half = join(folder, 'half.csv')
  writeFileSync(
    half,
    `t,wave\n${rows
      .slice(0, 31)
      .map((row) => row.join(','))
      .join('\n')}\n`,
  )
  const state = join(folder, 'learner.safetensors')
  const first = (await learn(half, '--json', '--state', state)).out.trimEnd().split('\n')
  expect(existsSync(state)).toBe(true)
  const second = (await learn(csv, '--json', '--state', state)).out.trimEnd().split('\n')
  expect([...first.slice(0, -1), ...second.slice(0, -1)]).toEqual(whole.slice(0, -1))
})

test('a state alone continues with the settings that made it, and refuses a flag or a plug-in that contradicts', async () => {
  const neuron = join(folder, 'neuron.mjs')
  const source = (beta: number): string =>
    `import { leakyIntegrateAndFire } from '@spikeward/neurons'\nexport const own = () => leakyIntegrateAndFire({ beta: ${beta} })\n`
  writeFileSync(neuron, source(0.8))
  const whole = join(folder, 'own.csv')
  const write = (count: number): void =>
    writeFileSync(
      whole,
      `t,wave\n${rows
        .slice(0, count)
        .map((row) => row.join(','))
        .join('\n')}\n`,
    )
  const flags = [
    '--time',
    't',
    '--optimizer',
    'adam',
    '--rule',
    'esDRtrl',
    '--learning-rate',
    '0.02',
    '--neuron',
    `${neuron}#own`,
  ]
  write(60)
  const uncut = (await learn(whole, '--json', ...flags)).out.trimEnd().split('\n')
  write(31)
  const state = join(folder, 'alone.safetensors')
  const first = (await learn(whole, '--json', '--state', state, ...flags)).out.trimEnd().split('\n')
  write(60)
  const refused = async (...more: string[]) => {
    const { code, err } = await run('learn', '--state', state, ...more)
    expect([code, err]).toEqual([1, expect.stringMatching(/\[CHECKPOINT_MISMATCH\]/)])
  }
  for (const more of [
    ['--optimizer', 'sgd'],
    ['--key', '1'],
    ['--time', 'wave'],
    ['--delays', '3'],
    ['--hidden', '9'],
  ])
    await refused(...more)
  writeFileSync(neuron, source(0.7))
  await refused()
  writeFileSync(neuron, source(0.8))
  const second = await run('learn', '--json', '--state', state)
  expect(second.err).toBe('continues after 31 samples\n')
  expect([...first.slice(0, -1), ...second.out.trimEnd().split('\n').slice(0, -1)]).toEqual(uncut.slice(0, -1))
  const none = join(folder, 'none.safetensors')
  const { code, err } = await run('learn', '--state', none)
  expect([code, err, existsSync(`${none}.journal`)]).toEqual([
    2,
    expect.stringContaining('learn needs --source, --inputs, --target'),
    false,
  ])
})

test.each([
  ['source', 5],
  ['inputs', ['wave']],
  ['optimizer', {}],
  ['threads', -3],
  ['hidden', 'x'],
])('a state whose %s is %j is refused, though its checksum fits', async (name, value) => {
  const state = join(folder, `altered ${name}`)
  await learn(csv, '--state', state)
  const { tensors, metadata } = decodeSafetensors(readFileSync(state))
  const settings = { ...learnerSettings(readFileSync(state)), [name]: value }
  writeFileSync(
    state,
    encodeSafetensors({ tensors, metadata: new Map([...metadata, ['settings', JSON.stringify(settings)]]) }),
  )
  const { code, err } = await run('learn', '--state', state)
  expect([code, err]).toEqual([1, expect.stringMatching(new RegExp(`${name}.*\\[CHECKPOINT_CORRUPT\\]`))])
})

test.each([
  ['no JSON', '{"after":60'],
  ['no header', 'null'],
  ['a header without a number', '{"after":"60"}'],
  ['a header below 0', '{"after":-1}'],
  ['deep lists', `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ['no sample', '{"after":60}\n{"wave":1}'],
  ['a sample with a text', '{"after":60}\n[null,["1"],[1]]'],
  ['a sample with another number of columns', '{"after":60}\n[null,[1,2],[1]]'],
])('a journal with %s is refused, and stays', async (name, lines) => {
  const state = join(folder, `damaged ${name}`)
  await learn(csv, '--state', state)
  const journal = join(`${state}.journal`, 'samples.jsonl')
  writeFileSync(journal, `${lines}\n`)
  const { code, err } = await run('learn', '--state', state)
  expect([code, err]).toEqual([1, expect.stringMatching(/samples\.jsonl is damaged.*\[STREAM_JOURNAL\]/)])
  expect(readFileSync(journal, 'utf8')).toBe(`${lines}\n`)
})

test('a state keeps no URL with a secret: it is given again', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.on('listening', resolve))
  server.on('connection', (socket) => {
    for (const [, wave] of rows.slice(0, 20)) socket.send(JSON.stringify({ wave }))
    socket.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `ws://user:hunter2@${host}/rows?token=hunter3`
  const state = join(folder, 'secret.safetensors')
  const first = await learn(url, '--json', '--state', state)
  const alone = await run('learn', '--state', state)
  const again = await run('learn', '--state', state, '--source', url)
  const stored = readFileSync(state, 'latin1')
  const plain = join(folder, 'plain.safetensors')
  await learn(`ws://${host}`, '--state', plain)
  expect((await run('learn', '--state', plain)).err).toContain('continues after 20 samples')
  await new Promise((resolve) => server.close(resolve))
  const failed = await run('learn', '--state', state, '--source', url)
  expect([first.code, alone.code, again.code, failed.code]).toEqual([0, 2, 0, 1])
  expect(alone.err).toContain(
    'learn needs --source; a file of an earlier --state has them all, but no URL with a secret',
  )
  expect(again.err).toContain('continues after 20 samples')
  expect(failed.err).toContain(`ws://${host}/rows failed: `)
  for (const text of [stored, ...[first, alone, again, failed].flatMap(({ out, err }) => [out, err])])
    expect(text).not.toMatch(/hunter/)
})

test('reports a line that is no sample after those before it, or passes over it', async () => {
  const broken = join(folder, 'broken.csv')
  writeFileSync(broken, 'wave\n1\n2\n3\nx\n4\n1,2\ninf\n5\n')
  const ended = await learn(broken, '--state', join(folder, 'broken.safetensors'))
  expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('[STREAM_SAMPLE]')])
  expect(ended.out.trimEnd().split('\n').length).toBe(2)
  const passed = await learn(broken, '--json', '--skip-invalid')
  expect([passed.code, passed.out.trimEnd().split('\n').length]).toEqual([0, 5])
  expect(JSON.parse(passed.out.trimEnd().split('\n').at(-1)!)).toMatchObject({ summary: { count: 5, skipped: 3 } })
  expect(passed.err.split('\n').map((line) => line.slice(0, 6))).toEqual(['line 5', 'line 7', 'line 8', ''])
})

test('passes over rows that are late or doubled, and counts those of a gap as missing', async () => {
  const timed = (name: string, times: readonly number[], ...more: string[]) => {
    const path = join(folder, name)
    writeFileSync(path, `t,wave\n${times.map((t) => `${t},${2 + Math.sin(0.7 * t)}`).join('\n')}\n`)
    return learn(path, '--json', '--time', 't', ...more)
  }
  const parts = ({ out }: { out: string }) => {
    const lines = out.trimEnd().split('\n')
    return [lines.slice(0, -1), (JSON.parse(lines.at(-1)!) as { summary: object }).summary] as const
  }
  const [inOrder] = parts(await timed('order.csv', [0, 1, 2, 3, 4, 5]))
  const [mixed, counts] = parts(await timed('mixed.csv', [0, 1, 1, 2, 3, 1.5, 4, 5]))
  expect(mixed).toEqual(inOrder)
  expect(counts).toMatchObject({ late: 1, doubled: 1, count: 8 })
  const [gap, missing] = parts(await timed('gap.csv', [0, 1, 2, 5, 6], '--interval', '1'))
  expect([gap.length, missing]).toEqual([4, expect.objectContaining({ missing: 2, jumps: 0 })])
  const [set, jumps] = parts(await timed('set.csv', [5000, 5001, 20, 21, 90_000, 90_001], '--interval', '1'))
  expect([set.length, jumps]).toEqual([6 - 1, expect.objectContaining({ late: 0, jumps: 2 })])
  expect((await timed('no.csv', [0, NaN], '--interval', '1')).err).toContain("has no time in 't'")
})

test('waits for a slow reader of its output before it learns more', async () => {
  const path = join(folder, 'long.csv')
  writeFileSync(path, `wave\n${Array.from({ length: 300 }, (_, i) => Math.sin(0.7 * i)).join('\n')}\n`)
  let [lines, waits] = [0, 0]
  const behind: number[] = []
  const code = await runCli(['learn', '--source', path, '--inputs', 'wave', '--target', 'wave', ...small, '--json'], {
    out: (text) => (lines += text.split('\n').length - 1),
    err: () => undefined,
    errIsTerminal: false,
    onInterrupt: () => () => undefined,
    async drained() {
      const before = lines
      waits++
      await new Promise((resolve) => setTimeout(resolve, 10))
      behind.push(lines - before)
    },
  })
  expect([code, lines, waits, ...new Set(behind)]).toEqual([0, 300, 5, 0])
})

test('reads JSON lines, and prints a table without --json', async () => {
  const path = join(folder, 'wave.jsonl')
  writeFileSync(path, rows.map(([t, wave]) => JSON.stringify({ t, wave })).join('\n'))
  const { code, out, err } = await learn(path)
  expect(code).toBe(0)
  expect(out.split('\n')[0]!.split('\t').length).toBe(3)
  expect(err).toContain('59 samples')
})

test.each([
  [['--source', join(folder, 'none.csv'), '--inputs', 'wave', '--target', 'wave'], 'FILE_UNREADABLE', 1],
  [['--source', csv, '--inputs', 'wav', '--target', 'wave'], "did you mean 'wave'", 2],
  [['--source', csv, '--inputs', 'wave,', '--target', 'wave'], 'a name is empty', 2],
  [['--source', csv, '--target', 'wave'], 'inputs', 2],
  [['--source', csv, '--inputs', 'wave', '--target', 'wave', '--rule', 'bptt'], 'rule', 2],
])('refuses %j', async (args, message, expected) => {
  const { code, err } = await run('learn', ...args, ...small)
  expect(err).toContain(message)
  expect(code).toBe(expected)
})

test('--page shows predictions, errors and the end of the stream', async () => {
  const { code, err } = await learn(csv, '--page')
  expect([code, err]).toEqual([0, expect.stringMatching(/^live page: http:\/\/127\.0\.0\.1:\d+\/$/m)])
})

test('a page has the newest predictions, errors and firing rates, and says where errors have risen', async () => {
  const page = await watchStream(0, ['wave'])
  const outcome = (index: number) => ({ index, prediction: [1], y: [2], error: 1, drift: index === 7 })
  const response = await fetch(`${page.url}events`)
  await page.show(
    Array.from({ length: 1000 }, (_, i) => outcome(i)),
    [0.2, 0.1],
  )
  await page.end('The stream has ended.')
  const text = await response.text()
  for (const name of ['title', 'prediction', 'errors', 'rates', 'status', 'findings', 'end'])
    expect(text).toContain(`event: ${name}\n`)
  expect(text).toContain('Errors have risen at sample 7.')
  expect(text).toContain('Sample 999, error 1.00')
})
