import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Snapshot, fit } from '../../src/index.js'
import { type RunFolder, createRun, openRun, record } from '../../src/node.js'
import { codeOf, collect, lastOf, smallRun } from '../fixtures.js'

let root: string
let made = 0
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'spikeward-run-'))))
afterAll(() => rm(root, { recursive: true, force: true }))

const fresh = (): string => join(root, `parents/run-${made++}`)
const config = { problem: 'parabola', key: 3 }
const text = (run: RunFolder, name: string): Promise<string> => readFile(join(run.path, name), 'utf8')
const snapshot: Snapshot = {
  step: 4,
  seconds: 0.5,
  forwardEquivalents: 8,
  tensors: new Map([['w', { dtype: 'f32', shape: [2], data: Float32Array.of(1, 2) }]]),
}

describe('createRun', () => {
  it('makes the folder with its config and nothing else', async () => {
    const run = await createRun(fresh(), config)
    expect(await readdir(run.path)).toEqual(['config.json'])
    expect(await readdir(join(root, 'parents'))).not.toContainEqual(expect.stringContaining('unfinished'))
    const again = await openRun(run.path)
    expect(again.config).toEqual(config)
    expect([await again.checkpoint(), await again.metrics(), await again.summary()]).toEqual([null, [], null])
  })

  it('takes an empty folder, and refuses an existing one, untouched', async () => {
    const path = fresh()
    await mkdir(path, { recursive: true })
    await createRun(path, config)
    expect(await codeOf(() => createRun(path, { other: 1 }))).toBe('RUN_FOLDER_EXISTS')
    expect((await openRun(path)).config).toEqual(config)
    const file = `${path}-file`
    await writeFile(file, 'mine')
    expect(await codeOf(() => createRun(file, config))).toBe('RUN_FOLDER_EXISTS')
    expect(await readFile(file, 'utf8')).toBe('mine')
  })
})

describe('openRun', () => {
  it('refuses a folder that is not a run folder', async () => {
    expect(await codeOf(() => openRun(fresh()))).toBe('RUN_FOLDER_INVALID')
    const empty = fresh()
    await mkdir(empty, { recursive: true })
    expect(await codeOf(() => openRun(empty))).toBe('RUN_FOLDER_INVALID')
    for (const content of ['{"a"', '[1]', 'null', '\u0000']) {
      await writeFile(join(empty, 'config.json'), content)
      expect(await codeOf(() => openRun(empty)), content).toBe('RUN_FOLDER_INVALID')
    }
    expect(await codeOf(() => openRun(join(empty, 'config.json')))).toBe('RUN_FOLDER_INVALID')
  })
})

describe('RunFolder', () => {
  it('reads what was saved', async () => {
    const run = await createRun(fresh(), config)
    await run.saveCheckpoint(snapshot)
    await run.saveSummary({ relativeL2: 0.5 })
    await run.appendMetrics([{ step: 1, loss: 2 }])
    await run.appendMetrics([{ step: 2, loss: 1 }])
    const again = await openRun(run.path)
    expect(await again.checkpoint()).toEqual(snapshot)
    expect(await again.summary()).toEqual({ relativeL2: 0.5 })
    expect(await again.metrics()).toEqual([
      { step: 1, loss: 2 },
      { step: 2, loss: 1 },
    ])
    expect((await readdir(run.path)).sort()).toEqual([
      'checkpoint.safetensors',
      'config.json',
      'metrics.jsonl',
      'summary.json',
    ])
  })

  it('refuses a truncated, altered or replaced checkpoint, and leaves it as it is', async () => {
    const run = await createRun(fresh(), config)
    await run.saveCheckpoint(snapshot)
    const path = join(run.path, 'checkpoint.safetensors')
    const good = await readFile(path)
    await truncate(path, good.length - 3)
    expect(await codeOf(() => run.checkpoint())).toBe('CHECKPOINT_TRUNCATED')
    expect((await readFile(path)).length).toBe(good.length - 3)
    const altered = Uint8Array.from(good)
    altered[altered.length - 1]! ^= 1
    await writeFile(path, altered)
    expect(await codeOf(() => run.checkpoint())).toBe('CHECKPOINT_CORRUPT')
    await writeFile(path, 'hello, this is not a checkpoint')
    expect(await codeOf(() => run.checkpoint())).toMatch(/^CHECKPOINT_/)
  })

  it('drops a truncated last line, later lines, the summary and unfinished files when it is rewound', async () => {
    const run = await createRun(fresh(), config)
    await run.appendMetrics([1, 2, 3, 4].map((step) => ({ step })))
    await writeFile(join(run.path, 'metrics.jsonl'), '{"step":5,"lo', { flag: 'a' })
    await writeFile(join(run.path, '.unfinished-checkpoint.safetensors-1'), 'half')
    await run.saveSummary({})
    expect((await run.metrics()).map((l) => l.step)).toEqual([1, 2, 3, 4])
    await run.rewind(4)
    expect(await text(run, 'metrics.jsonl')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n{"step":4}\n')
    await run.rewind(2)
    expect((await run.metrics()).map((l) => l.step)).toEqual([1, 2])
    expect((await readdir(run.path)).sort()).toEqual(['config.json', 'metrics.jsonl'])
  })

  it('keeps the variables of a last solve until it is rewound', async () => {
    const run = await createRun(fresh(), config)
    expect(await run.solved()).toBeNull()
    await run.saveCheckpoint(snapshot)
    await run.saveSolved({ ...snapshot, forwardEquivalents: 9 })
    expect((await (await openRun(run.path)).solved())?.forwardEquivalents).toBe(9)
    expect(await run.checkpoint()).toEqual(snapshot)
    // A run that continues solves again at its end.
    await run.rewind(4)
    expect([await run.solved(), await run.checkpoint()]).toEqual([null, snapshot])
  })

  it('refuses metrics that were altered', async () => {
    const run = await createRun(fresh(), config)
    await writeFile(join(run.path, 'metrics.jsonl'), '{"step":1}\nnonsense\n{"step":2}\n')
    expect(await codeOf(() => run.metrics())).toBe('RUN_FOLDER_INVALID')
    expect(await codeOf(() => run.rewind(2))).toBe('RUN_FOLDER_INVALID')
    expect(await text(run, 'metrics.jsonl')).toBe('{"step":1}\nnonsense\n{"step":2}\n')
  })
})

describe('record', () => {
  const options = { steps: 20, every: 2, checkpointEvery: 6, validateEvery: 5 }
  const strip = async (run: RunFolder) =>
    (await run.metrics()).map(({ type, step, loss, relativeL2 }) => ({ type, step, loss, relativeL2 }))
  const tensors = async (run: RunFolder) => (await run.checkpoint())!.tensors

  it('leaves the same files after a crash and a resume as an uninterrupted run', async () => {
    const whole = await createRun(fresh(), config)
    await collect(record(whole, fit(smallRun(options))))
    expect(
      lastOf(await collect(record(whole, fit(smallRun({ ...options, resume: (await whole.checkpoint())! })))), 'end')
        .step,
    ).toBe(20)

    for (const crash of [1, 3, 9, 12, 15]) {
      const broken = await createRun(fresh(), config)
      let seen = 0
      for await (const e of record(broken, fit(smallRun(options))))
        if (e.type === 'metrics' || e.type === 'checkpoint') if (++seen === crash) break
      await writeFile(join(broken.path, 'metrics.jsonl'), '{"type":"met', { flag: 'a' })
      const run = await openRun(broken.path)
      const resume = await run.checkpoint()
      await collect(record(run, fit(smallRun({ ...options, ...(resume === null ? {} : { resume }) }))))
      expect(await tensors(run)).toEqual(await tensors(whole))
      expect(await strip(run)).toEqual(await strip(whole))
    }
  })

  it('keeps the last good checkpoint when the loss is no longer finite', async () => {
    const run = await createRun(fresh(), config)
    await collect(record(run, fit(smallRun({ ...options, steps: 6 }))))
    const before = await readFile(join(run.path, 'checkpoint.safetensors'))
    const resume = (await run.checkpoint())!
    const tensorsWithNaN = new Map(resume.tensors).set('trained.readout.bias', {
      dtype: 'f32',
      shape: [1],
      data: Float32Array.of(NaN),
    })
    expect(
      await codeOf(() =>
        collect(record(run, fit(smallRun({ ...options, resume: { ...resume, tensors: tensorsWithNaN } })))),
      ),
    ).toBe('NON_FINITE_LOSS')
    expect(await readFile(join(run.path, 'checkpoint.safetensors'))).toEqual(before)
  })
})
