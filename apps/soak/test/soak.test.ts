import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { SpikewardError, referenceBackend } from '@spikeward/core'
import { backendUnderTest } from '@spikeward/testkit'
import { afterAll, describe, expect, test } from 'vitest'
import { damaged, damagedText, oneOf } from '../src/files/damage.js'
import { type Format, Accepted, checkingTheNext, readOne } from '../src/files/format.js'
import { formatsOf } from '../src/files/formats.js'
import { readingThread } from '../src/files/readingThread.js'
import { answerOf, judge } from '../src/parts/memory.js'
import type { Outcome, Part } from '../src/parts/part.js'
import { compareRound } from '../src/parts/programs.js'
import { faultyRows, judgeMemory } from '../src/parts/streams.js'
import { runSoak } from '../src/program.js'
import { mix, randomOf } from '../src/randomOf.js'
import { soak } from '../src/soak.js'
import { readSummary } from '../src/summary.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-soak-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('damaged files', async () => {
  const formats = formatsOf(root, folder)
  const quick = formats.filter((f) => f.hdf5 !== true)
  const made = (key: number): { format: Format; bytes: Uint8Array } => {
    const random = randomOf(key)
    const format = oneOf(random, quick)
    return { format, bytes: format.make(random) }
  }

  test('600 of all formats: each is read, or refused with a code', async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 600; i++) {
      const { format, bytes } = made(mix(20_261_126, i))
      seen.add(format.name)
      const { fault } = await readOne(format, bytes)
      expect([i, format.name, fault]).toEqual([i, format.name, null])
    }
    expect([...seen].sort()).toEqual(quick.map((f) => f.name).sort())
  })

  test('only the key matters', () => {
    for (let i = 0; i < 50; i++) expect(made(mix(3, i))).toEqual(made(mix(3, i)))
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i)
    const texts = new Set(Array.from({ length: 50 }, (_, i) => damagedText('a,b\n1,2\n', [','], randomOf(i))))
    const files = new Set(Array.from({ length: 50 }, (_, i) => damaged(bytes, [bytes], randomOf(i)).join()))
    expect([texts.size, files.size].every((n) => n > 35)).toBe(true)
  })

  test('a bare error and an altered file that is accepted are faults', async () => {
    const format = (error: Error): Format => ({ ...formats[0]!, read: () => Promise.reject(error) })
    const bare = await readOne(format(new TypeError('x is undefined')), new Uint8Array())
    expect(bare).toEqual({ ending: 'FAULT', fault: 'TypeError: x is undefined' })
    expect((await readOne(format(new Accepted('read')), new Uint8Array())).fault).toBe('Accepted: read')
    const checkpoint = formats.find((f) => f.name === 'checkpoint')!
    // A recomputed checksum hides the change from the reader, which then behaves like one without a check.
    const resealed = formats.find((f) => f.name === 'checkpoint with a fitting checksum')!
    const faults: (string | null)[] = []
    for (let i = 0; i < 200; i++) faults.push((await readOne(checkpoint, resealed.make(randomOf(i)))).fault)
    expect(faults).toContain('Accepted: an altered checkpoint was read')
  })
})

test('a library that a damaged file leaves altered is a fault: an undamaged file gives other content after it', async () => {
  let memory = 7
  const reader: Format = {
    name: 'planted',
    hdf5: true,
    seconds: 1,
    make: () => new Uint8Array(),
    read: async ([first = 0]) => {
      memory += first
      throw new SpikewardError('DATA_CORRUPT', 'refused')
    },
  }
  const endingsOf = async (bytes: number[], whole: () => Promise<unknown>): Promise<readonly string[]> => {
    memory = 7
    const format = checkingTheNext(reader, whole)
    const endings: string[] = []
    for (const byte of bytes) endings.push((await readOne(format, Uint8Array.of(byte))).ending)
    return endings
  }
  const seven = Array.from({ length: 7 }, () => 'DATA_CORRUPT')
  const content = async (): Promise<number> => memory
  expect(await endingsOf([0, 0, 0, 0, 0, 0, 0, 0], content)).toEqual([...seven, 'DATA_CORRUPT'])
  expect(await endingsOf([0, 0, 1, 0, 0, 0, 0, 0], content)).toEqual([...seven, 'FAULT'])
  const breaks = async (): Promise<number> => {
    if (memory === 7) return memory
    throw new SpikewardError('NIR_LIBRARY_FAILED', 'broken')
  }
  expect(await endingsOf([0, 0, 1, 0, 0, 0, 0, 0], breaks)).toEqual([...seven, 'NIR_LIBRARY_FAILED'])
})

describe('a thread that ends while it reads', () => {
  /**
   * A thread that ends or stalls on some numbers, breaks its library on others, and tells the ending of every other
   * one.
   */
  const program = `
    const { parentPort, workerData: { ends, stalls, breaks } } = require('node:worker_threads')
    parentPort.on('message', ({ from, end }) => {
      for (let number = from; number < end; number++) {
        if (ends.includes(number)) process.exit()
        while (stalls.includes(number));
        const ending = breaks.includes(number) ? 'NIR_LIBRARY_FAILED' : 'read'
        parentPort.postMessage({ number, format: 'planted', ending, what: null })
        if (ending !== 'read') return
      }
    })`
  const all = Array.from({ length: 20 }, (_, i) => 10 + i)
  const counted = async (workerData: Record<'ends' | 'stalls' | 'breaks', readonly number[]>) => {
    let starts = 0
    const start = async (): Promise<Worker> => {
      starts++
      return new Worker(program, { eval: true, workerData })
    }
    const thread = await readingThread(start, () => 0.2)
    const [read, lost]: [number[], number[]] = [[], []]
    const to = {
      reading: ({ number }: { readonly number: number }) => void read.push(number),
      lost: async (number: number) => void lost.push(number),
    }
    for (const from of [10, 20]) await thread.read({ from, end: from + 10 }, to)
    await thread.close()
    return { read, lost, starts }
  }

  test.each(['ends', 'stalls'] as const)('each file is read or lost, once: the thread %s', async (how) => {
    const gone = how === 'ends' ? [10, 15, 16, 29] : [15]
    const { read, lost, starts } = await counted({ ends: [], stalls: [], breaks: [], [how]: gone })
    expect(lost).toEqual(gone)
    expect(read).toEqual(all.filter((number) => !gone.includes(number)))
    expect(starts).toBe(gone.length + 1)
  })

  test('a thread whose library is broken is replaced, and its file counts as read', async () => {
    const { read, lost, starts } = await counted({ ends: [], stalls: [], breaks: [12, 25] })
    expect([read, lost, starts]).toEqual([all, [], 3])
  })
})

test('a process that makes backends and ends instead of answering is named', async () => {
  const ending = async (code: string) =>
    answerOf(spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }))
  expect(await ending('process.exit(3)')).toEqual({ ended: 'with exit code 3' })
  expect(await ending("process.kill(process.pid, 'SIGKILL')")).toEqual({ ended: 'by SIGKILL' })
  expect(await ending("process.send('ready', () => process.disconnect())")).toBe('ready')
})

describe('damaged NIR graphs', () => {
  test('150 are written and read, or refused with a code: cycles, dangling edges, absurd shapes', async () => {
    const format = formatsOf(root, folder).find((f) => f.name === 'nir graph')!
    const endings = new Set<string>()
    for (let i = 0; i < 150; i++) {
      const { ending, fault } = await readOne(format, format.make(randomOf(mix(19, i))))
      expect([i, fault]).toEqual([i, null])
      endings.add(ending)
    }
    expect([...endings]).toEqual(expect.arrayContaining(['read', 'NIR_MALFORMED', 'NIR_UNSUPPORTED']))
  })
})

describe('random programs', () => {
  test('a backend that is right has no fault, and one that adds wrongly has', async () => {
    const right = await backendUnderTest('right', async () => referenceBackend())
    expect(await compareRound([right], 5, { kernels: 2, whole: 1 })).toMatchObject({ tries: 16, found: [] })
    const wrong = await backendUnderTest('wrong', async () => {
      const backend = referenceBackend()
      return {
        ...backend,
        async read(...args: Parameters<typeof backend.read>) {
          const data = await backend.read(...args)
          if (data.length > 0) data[0] = data[0]! + 1
          return data
        },
      }
    })
    const { found } = await compareRound([wrong], 5, { kernels: 2, whole: 1 })
    expect(found.length).toBeGreaterThan(4)
    expect(found[0]!.how).toMatchObject({ backend: 'wrong', key: 5 })
  })
})

describe('long training', () => {
  const settled = { rss: 1e8, heapUsed: 1e7, liveBytes: 4096, peakBytes: 8192 }
  test('names the memory that has grown', () => {
    expect(judge([settled], undefined)).toBeNull()
    expect(judge([{ ...settled, rss: 1.1e8 }], settled)).toBeNull()
    expect(judge([{ ...settled, liveBytes: 4100 }], settled)).toMatch(/holds 4100 bytes, and held 4096/)
    expect(judge([{ ...settled, peakBytes: 9000 }], settled)).toMatch(/peak rose/)
    const high = { ...settled, rss: 1.3e8 }
    expect(judge([high, high, high, high, high], settled)).toMatch(/resident memory rose/)
    expect(judge([high, high, settled, high, high], settled)).toBeNull()
    const leaks = { ...settled, heapUsed: 1.2e7 }
    expect(judge([leaks], settled, { heap: 2 ** 20 })).toMatch(/heap grew from 10000000 to 12000000/)
    expect(judge([leaks], settled)).toBeNull()
  })
})

describe('the session', () => {
  const part = (name: string, target: number, outcome: (index: number) => Outcome): Part => ({
    name,
    unit: 'tries',
    target,
    open: async () => ({ round: async (index) => outcome(index), close: async () => {} }),
  })
  const run = async (out: string, key: number | null) => {
    let now = 0
    const rounds: string[] = []
    const session = await soak({
      minutes: 1,
      cases: null,
      key,
      out,
      root,
      report: (line) => rounds.push(line),
      now: () => (now += 1000),
      parts: [
        part('often', 300, () => ({ tries: 10, found: [], counts: { ten: 10 }, gauges: { bytes: 7 } })),
        part('seldom', 100, (i) => ({ tries: 10, found: i === 1 ? [{ what: 'broken', how: { i } }] : [], counts: {} })),
        { ...part('never', 1, () => ({ tries: 1, found: [], counts: {} })), open: async () => 'no such machine' },
      ],
    })
    return { session, rounds }
  }

  test('gives rounds to the part that is furthest behind, and adds to the summary', async () => {
    const out = join(folder, 'reports', 'summary.json')
    const { session, rounds } = await run(out, null)
    const { often, seldom, never } = session.parts
    expect(Math.abs(often!.tries / 3 - seldom!.tries)).toBeLessThan(10)
    expect(often).toMatchObject({ failures: 0, counts: { ten: often!.tries }, gauges: { bytes: 7 } })
    expect(seldom!.failures).toBe(1)
    expect(never).toMatchObject({ tries: 0, skipped: 'no such machine' })
    expect(rounds).toEqual(['seldom: broken'])
    expect(session.found).toEqual([{ part: 'seldom', what: 'broken', how: { i: 1 } }])
    expect(session).toMatchObject({ key: 1, node: process.version })
    await run(out, null)
    const summary = await readSummary(out)
    expect(summary.sessions.map((s) => s.key)).toEqual([1, 2])
    expect(summary.sessions.map(({ parts: { often: one } }) => one!.tries)).toEqual([often!.tries, often!.tries])
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(summary)
  })
})

test('the command prints a line for each part, or one JSON object', async () => {
  let out = ''
  const io = { out: (text: string) => void (out += text), err: () => {} }
  const args = ['--parts', 'programs', '--cases', '1', '--key', '1', '--out', join(folder, 'printed.json')]
  expect(await runSoak(args, root, io)).toBe(0)
  expect(out).toMatch(/^programs: \d+ × .+, 0 failed\n0 failures in \d+ s; the session is in .+printed\.json\n$/)
  out = ''
  expect(await runSoak([...args, '--json'], root, io)).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ key: 1, parts: { programs: { failures: 0 } }, found: [] })
})

test('the command refuses an unknown part', async () => {
  let err = ''
  const io = { out: () => {}, err: (text: string) => void (err += text) }
  expect(await runSoak(['--parts', 'filez'], root, io)).toBe(2)
  expect(err).toMatch(/no part "filez"; parts: files, hdf5Files, nir, programs/)
  expect(await runSoak(['--minutes', '-1'], root, io)).toBe(2)
})

describe('the part streams', () => {
  test('has faults of each kind, and the same ones for a key', () => {
    const { text, outcomes, time } = faultyRows(5000, 7, randomOf(3))
    expect(faultyRows(5000, 7, randomOf(3))).toEqual({ text, outcomes, time })
    const lines = text.trimEnd().split('\n')
    const times = lines.map((line) => Number(line.split(',')[0]))
    const count = (is: (i: number) => boolean): number => lines.filter((_, i) => is(i)).length
    expect(time).toBeGreaterThan(7 + outcomes)
    for (const found of [
      count((i) => lines[i] === lines[i - 1]),
      count((i) => times[i]! < times[i - 1]!),
      count((i) => /,(,|$|NaN|null)/.test(lines[i]!)),
      count((i) => lines[i]!.split(',').length !== 4),
    ])
      expect(found).toBeGreaterThan(5)
  })

  test('judges memory above the start, and growth', () => {
    const mib = 2 ** 20
    expect(judgeMemory(100 * mib, undefined, 160 * mib)).toBeNull()
    expect(judgeMemory(100 * mib, undefined, 165 * mib)).toContain('memory rose')
    expect(judgeMemory(100 * mib, 150 * mib, 152 * mib)).toBeNull()
    expect(judgeMemory(100 * mib, 150 * mib, 154 * mib)).toContain('100000 samples')
  })
})
