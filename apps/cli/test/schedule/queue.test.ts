/** Comparisons on the workers of a queue. Worker and command run in this process, against a real server. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Server, startServer, whyNoServer } from '../../../../packages/queue/test/server.js'
import { queueModule, startFacts } from '@spikeward/experiment/node'
import { runCli } from '../../src/program.js'
import { type Ran, run } from '../fakeIo.js'

const PASSWORD = 'correct-horse-battery'
const folder = mkdtempSync(join(tmpdir(), 'spikeward-queue-cli-'))
let server: Server | null = null

beforeAll(async () => {
  if (whyNoServer === null) server = await startServer('--requirepass', PASSWORD)
})
afterEach(() => {
  vi.unstubAllEnvs()
  // A test that fails leaves no trials for the next one.
  server?.cli('-a', PASSWORD, '--no-auth-warning', 'flushall')
})
afterAll(async () => {
  await server?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const page = readFileSync(new URL('../../../../docs/cluster.md', import.meta.url), 'utf8')
/** The arguments of the first command line of the page that begins with `begin`. */
const onPage = (begin: string): readonly string[] => {
  const line = page.split('\n').find((text) => text.startsWith(`spikeward ${begin}`))
  expect(line, begin).toBeDefined()
  return line!.split(' ').slice(1)
}
/** The arguments with another address. */
const at = (url: string, args: readonly string[]): string[] => args.map((arg) => (/^rediss?:/.test(arg) ? url : arg))
/** Settings of small trials, which override those before. */
const small = [
  '--backend',
  'reference',
  '--hidden',
  '4',
  '--time',
  '2',
  '--batch',
  '4',
  '--budget',
  '30ms',
  '--keys',
  '2',
  '--rates',
  '1',
  '--no-figures',
]
const compare = (out: string, url: string, ...more: string[]) =>
  run(
    ...at(url, onPage('compare mexican-hat --estimators rfg,eligibility,bp --queue')),
    ...small,
    '--out',
    join(folder, out),
    '--json',
    ...more,
  )

/** Starts a command that runs until Ctrl-C, at the latest at the end of the test, and waits for what it shows. */
function started(...args: readonly string[]) {
  let [out, err] = ['', '']
  let interrupt = (): void => undefined
  const ended = runCli(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    errIsTerminal: false,
    onInterrupt(stop) {
      interrupt = stop
      return () => undefined
    },
  })
  onTestFinished(() => interrupt())
  return {
    /** Resolves when it has shown a text this often. */
    async shows(text: RegExp, times = 1): Promise<void> {
      while ([...(out + err).matchAll(text)].length < times) await sleep(20)
    },
    async stop(): Promise<Ran> {
      interrupt()
      return { code: await ended, out, err }
    },
  }
}

/** All text under a folder. */
const textOf = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

test('a worker runs the trials of a comparison once, another command gets the results, and no text has the password', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const url = `redis://:${PASSWORD}@127.0.0.1:${server.port}`
  // The worker of the page's Kubernetes Job.
  const [, args = ''] = /command: \[spikeward\]\n +args: (\[.*\])/.exec(page) ?? []
  const worker = started(...at(url, JSON.parse(args) as string[]))
  // A command that finds no worker notes it.
  await expect.poll(async () => (await run('queue', 'status', '--queue', url, '--json')).out).toContain('"workers":1')
  const first = await compare('first', url)
  expect([first.code, first.err]).toEqual([0, expect.not.stringContaining('Note')])
  // Another folder: no trial is stored there, but the server has all results.
  vi.stubEnv('SPIKEWARD_QUEUE_PASSWORD', PASSWORD)
  const second = await compare('second', `redis://127.0.0.1:${server.port}`)
  const rows = (out: string): unknown => (JSON.parse(out) as { rows: unknown }).rows
  expect(rows(second.out)).toEqual(rows(first.out))
  // A pace and two keys for each of three estimators.
  await worker.shows(/ finished: /g, 9)
  const worked = await worker.stop()
  expect(worked.code).toBe(0)
  expect(worked.err.match(/ finished: /g)).toHaveLength(9)
  expect(worked.err).not.toMatch(/ (failed|known|returned): /)

  const status = await run(...at(url, onPage('queue status')))
  expect(status.out).toMatch(/\| trials-[\w.-]+ +\| 0 +\| 0 +\| 9 +\| 0 +\| /)
  const cleared = await run('queue', 'clear', '--queue', url)
  expect(cleared.out).toMatch(/^Cleared: trials-/)
  expect((await run('queue', 'status', '--queue', url, '--json')).out).toContain('"queues":[]')

  const said = [first, second, worked, status, cleared].flatMap(({ out, err }) => [out, err]).join('\n')
  expect(said).toContain('trials-')
  for (const text of [said, textOf(folder)]) expect(text).not.toContain(PASSWORD)
  expect(textOf(folder).length).toBeGreaterThan(1000)
})

test('any terminal shows how the trials of a comparison wait and are done, until Ctrl-C', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const url = `redis://:${PASSWORD}@127.0.0.1:${server.port}`
  const watching = started(...at(url, onPage('queue status')), '--watch')
  const comparing = compare('watched', url, '--budget', '31ms')
  await watching.shows(/\| trials-[\w.-]+ +\| [1-9]/g)
  const working = started('worker', '--queue', url)
  await watching.shows(/\| trials-[\w.-]+ +\| 0 +\| 0 +\| 9 /g)
  const { code, out, err } = await watching.stop()
  expect(code).toBe(0)
  expect(out + err).not.toContain(PASSWORD)
  expect((await comparing).code).toBe(0)
  expect((await working.stop()).code).toBe(0)
})

test('the server of the page keeps its trials, and no worker warns of it', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const [, line = ''] = /^valkey-server (.*)$/m.exec(page) ?? []
  const own = line.split(' ').filter((word) => word !== '6390' && word !== '--port')
  expect(own.length).toBeGreaterThan(1)
  // The server of a test has settings of its own; these are undone, and the page's come last.
  const started = await startServer('--appendonly', 'no', '--appendfsync', 'no', ...own)
  try {
    const { code, err } = await run('worker', '--queue', started.url, '--idle', '1')
    expect([code, err]).toEqual([0, expect.not.stringMatching(/loses|confirms/)])
    expect(started.cli('info', 'persistence')).toContain('aof_enabled:1')
  } finally {
    await started.remove()
  }
})

test('without the package of the queue, the error says what to install', async () => {
  const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(queueModule(() => Promise.reject(absent))).rejects.toThrow(
    /npm install @spikeward\/queue .*\[QUEUE_NOT_INSTALLED\]/,
  )
})

test('a wrong password, a server that is absent, and addresses that are none have codes, and none repeats the password', async (context) => {
  if (server === null) return context.skip(whyNoServer ?? '')
  const wrong = await compare('wrong', `redis://:${PASSWORD}x@127.0.0.1:${server.port}`)
  const none = await run('queue', 'status', '--queue', `redis://me:${PASSWORD}@127.0.0.1:9/`)
  const bad = await run('worker', '--queue', `http://me:${PASSWORD}@127.0.0.1`)
  const both = await compare('wrong', 'redis://127.0.0.1', '--shard', '1/2')
  const noFile = await run(...at('rediss://127.0.0.1', onPage('worker --queue rediss:')))
  expect([wrong, none, bad, both, noFile].map(({ code }) => code)).toEqual([1, 1, 1, 2, 2])
  expect(wrong.err).toContain('[QUEUE_REFUSED]')
  expect(none.err).toMatch(
    /no server answers at redis:\/\/127\.0\.0\.1:9.*apt-get install valkey-server.*\[QUEUE_UNREACHABLE\]/s,
  )
  expect(bad.err).toContain('[QUEUE_ADDRESS]')
  expect(both.err).toContain('--queue and --shard')
  expect(noFile.err).toMatch(/--queue-ca .*authority\.pem cannot be read: .*QUEUE_CERTIFICATE/)
  for (const { out, err } of [wrong, none, bad, both, noFile]) expect(out + err).not.toContain(PASSWORD)
})

test('the tasks of the Slurm array on the page take the rows once each', async () => {
  const [, script = ''] = /```bash\n(#!\/bin\/bash\n#SBATCH --job-name=compare\n.*?)```/s.exec(page) ?? []
  const [, first, last] = /--array=(\d+)-(\d+)/.exec(script) ?? []
  const rows: string[] = []
  for (let task = Number(first); task <= Number(last); task++) {
    // The shell gives the arguments, one per line; this process runs them.
    const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(task), SLURM_ARRAY_TASK_MAX: String(last) }
    const words = execFileSync('bash', ['-c', `spikeward() { printf '%s\\n' "$@"; }\n${script}`], {
      env,
      encoding: 'utf8',
    })
    const { code, err } = await run(
      ...words.trim().split('\n'),
      ...small,
      '--keys',
      '1',
      '--out',
      join(folder, 'array'),
    )
    expect(code).toBe(0)
    rows.push(/Shard \d\/4: (\d of 4 rows)/.exec(err)?.[1] ?? err)
  }
  expect(rows).toEqual(['1 of 4 rows', '1 of 4 rows', '1 of 4 rows', '1 of 4 rows'])
})

test('ranks that compare their command lines see no password in them', () => {
  const { 'command line': line } = startFacts(['compare', '--queue', `redis://me:${PASSWORD}@host:6379/2`])
  expect(line).toBe('compare --queue redis://…@host:6379/2')
})
