/** `--seconds`: the number of steps follows the pace of the machine while the run continues. The clock is simulated. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, referenceBackend } from '@spikeward/core'
import { decodeCheckpoint } from '@spikeward/train'
import { createRun } from '@spikeward/train/node'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { buildParts, planSteps, readConfig, replanned, toRecord } from '@spikeward/experiment'
import { runTraining } from '@spikeward/experiment/node'
import { run, tiny } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-time-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

describe('the plan', () => {
  const since = { step: 10, seconds: 1 }
  const plan = { steps: 1010, seconds: 101 }

  test('stays where it fills the time', () => {
    expect(replanned(since, { step: 110, seconds: 11 }, plan)).toBeNull()
    expect(replanned(since, { step: 110, seconds: 11.4 }, plan)).toBeNull()
  })
  test('gets fewer steps where each takes longer, and more where each takes less', () => {
    expect(replanned(since, { step: 110, seconds: 21 }, plan)).toBe(110 + Math.round(79.5 / 0.2))
    expect(replanned(since, { step: 110, seconds: 6 }, plan)).toBe(110 + Math.round(94.5 / 0.05))
  })
  test('ends with one more step when the time is up', () => {
    expect(replanned(since, { step: 900, seconds: 130 }, plan)).toBe(901)
  })
  test('does not change at its end, nor before a step was timed', () => {
    expect(replanned(since, { step: 1010, seconds: 300 }, plan)).toBeNull()
    expect(replanned(since, since, plan)).toBeNull()
  })
})

/** The reference backend on a clock that only its runs move: `milliseconds` each. */
function timed(milliseconds: () => number): Backend {
  const inner = referenceBackend()
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  return {
    ...inner,
    compile(plan) {
      const executable = inner.compile(plan)
      return {
        ...executable,
        run(ins, outs) {
          now += milliseconds()
          executable.run(ins, outs)
        },
      }
    },
  }
}

describe('a run of 10 seconds', () => {
  test.each([
    ['whose steps take three times as long as in the trial', 60],
    ['whose steps take half as long', 10],
    ['whose steps take as long', 20],
  ])('%s ends within a tenth of its time', async (_, later) => {
    const place = join(folder, `run-${later}`)
    const out = join(folder, `settings-${later}`)
    expect((await run('train', 'parabola', ...tiny, '--out', out)).code).toBe(0)
    const settings = readConfig(
      JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Readonly<Record<string, unknown>>,
      out,
    )
    const io = { out: () => {}, err: () => {}, errIsTerminal: false, onInterrupt: () => () => undefined }
    const draft = { ...settings, seconds: 10 }
    let pace = 20
    const backend = timed(() => pace)
    const how = { io, quiet: true }
    const { steps } = (await planSteps({ config: draft, parts: await buildParts(draft, how) }, backend, how)).config
    expect(steps).toBeGreaterThan(300)
    pace = later
    const config = { ...draft, steps, checkpointEvery: 25 }
    const folderOfRun = await createRun(place, toRecord(config))
    const display = { json: true, quiet: true, figures: false }
    const parts = await buildParts(config, how)
    expect(
      await runTraining({
        config,
        parts,
        backend,
        run: folderOfRun,
        resume: null,
        communicator: null,
        baselines: 'none',
        display,
        io,
      }),
    ).toBe(0)
    const checkpoint = decodeCheckpoint(readFileSync(join(place, 'checkpoint.safetensors')))
    expect(checkpoint.seconds).toBeGreaterThan(9)
    expect(checkpoint.seconds).toBeLessThan(11)
    // The settings store the number of steps it took, so the run counts as complete.
    const after = JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')) as { steps: number; seconds: number }
    expect(after).toMatchObject({ steps: checkpoint.step, seconds: 10 })
    if (later === 20) expect(after.steps).toBe(steps)
    vi.restoreAllMocks()
    expect((await run('resume', place)).err).toMatch(/already ended, at step/)
  })
})
