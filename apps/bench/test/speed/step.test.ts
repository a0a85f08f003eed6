import { referenceBackend } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { agrees, chosenForms, timeStep } from '../../src/step/timeStep.js'
import { measureMemory } from '../../src/benchmarks/memory/memory.js'
import { runBench } from '../../src/program.js'
import { type StepSettings, standard } from '../../src/step/stepSettings.js'
import { makeWorkload } from '../../src/step/workload.js'

const small: StepSettings = { ...standard, widths: [2, 12, 10, 1], time: 6, batch: 32 }
const cpuHere = { backend: 'cpu', threads: 1 } as const
const here = { backend: 'reference', threads: 1, repeat: 1, compile: false } as const

const form = (name: string, ms: number, byHand: boolean) => ({ name, ms, byHand, loss: 1, along: 2 })

describe('forms of a peer', () => {
  test('the fastest, and the fastest of its own differentiation', () => {
    const [dual, auto, slow] = [form('dual', 1, true), form('auto', 3, false), form('slow', 5, false)]
    expect(chosenForms([slow, dual, auto])).toEqual([dual, auto])
    expect(chosenForms([slow, auto])).toEqual([auto])
    expect(chosenForms([])).toEqual([])
  })

  test('must reproduce our loss and our derivative', () => {
    expect(agrees({ loss: 1, along: 2 }, { loss: 1.0005, along: 2.01 })).toBe(true)
    expect(agrees({ loss: 1, along: 2 }, { loss: 1.01, along: 2 })).toBe(false)
    expect(agrees({ loss: 1, along: 2 }, { loss: 1, along: 2.2 })).toBe(false)
    expect(agrees({ loss: Number.NaN, along: 2 }, { loss: 1, along: 2 })).toBe(false)
  })
})

describe('the workload', () => {
  test('learns, counts its cost and frees its memory', async () => {
    const backend = referenceBackend()
    const before = backend.stats().liveBytes
    const workload = await makeWorkload({ ...small, estimator: 'bp' }, backend, true)
    const losses: number[] = []
    for (let i = 0; i < 30; i++) losses.push(await workload.step())
    expect(losses[0]).toBeCloseTo(workload.shared?.loss ?? Number.NaN, 0)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
    expect(workload.cost.flops).toBeGreaterThan(2 * 6 * 32 * 12 * 10)
    workload.dispose()
    // Constants of a few bytes remain until their tensors are collected.
    expect(backend.stats().liveBytes - before).toBeLessThan(256)
  })

  test('allocates nothing after its first step', async () => {
    for (const estimator of ['rfg', 'spsa', 'bp', 'bp/checkpoint'] as const) {
      const { allocationsPerStep, peakBytes } = await measureMemory({ ...small, estimator }, here)
      expect(allocationsPerStep).toBe(0)
      expect(peakBytes).toBeGreaterThan(0)
    }
  })
})

/** Steps that together use every option of the peers. Each starts a process. */
const together: Partial<StepSettings> = { directions: 3, beta: 0.9 }
const layerwise: Partial<StepSettings> = { scope: 'layerwise', directions: 2, surrogate: 'sigmoid', widths: [2, 9, 1] }
const backward: Partial<StepSettings> = { estimator: 'bp', beta: 0.9, surrogate: 'triangular' }
const kinds = [together, layerwise, backward]

describe('jax-js', () => {
  const oneByOne = ['jvp under jit', 'dual arithmetic under jit']
  test.each([
    [together, [...oneByOne, 'jvp under vmap and jit', 'dual arithmetic of all directions under jit']],
    [layerwise, oneByOne],
    [backward, ['valueAndGrad under jit', 'a backward loop by hand under jit']],
  ])('takes the same step in every form: %o', async (change, forms) => {
    const { peers } = (await timeStep({ ...small, ...change }, { ...here, peers: ['jax-js'] })).result
    expect(peers.length).toBeGreaterThan(0)
    for (const peer of peers) {
      expect(peer).toMatchObject({ name: 'jax-js', ratio: expect.any(Number) as number, forms })
    }
  })
})

describe('TensorFlow.js', () => {
  test.each(kinds)('takes the same step: %o', async (change) => {
    const { peers } = (await timeStep({ ...small, ...change }, { ...here, peers: ['tfjs'] })).result
    expect(peers.length).toBeGreaterThan(0)
    for (const peer of peers) expect(peer).toMatchObject({ name: 'tfjs', ratio: expect.any(Number) as number })
  })
})

describe('Python libraries of spiking layers', () => {
  test.each(['snntorch', 'spikingjelly'] as const)(
    '%s takes the same step, or reports why it is absent',
    async (name) => {
      const { result } = await timeStep({ ...small, estimator: 'bp' }, { ...here, peers: [name] })
      const [peer] = result.peers
      if (peer !== undefined && 'absent' in peer) expect(peer.absent).toContain(`pip install ${name}`)
      else expect(peer).toMatchObject({ name, ratio: expect.any(Number) as number })
    },
  )
})

describe('PyTorch', () => {
  // torch.compile adds forms to the others, and takes long for many steps of time and many layers.
  test.each([
    // The only forward mode through two hidden layers.
    [together, false],
    [{ ...layerwise, time: 2 }, true],
    [{ ...backward, widths: [2, 9, 1], time: 2 }, true],
  ] as const)(
    'takes the same step, or is listed with the reason why it is absent: %o, torch.compile %s',
    async (change, compile) => {
      const { peers } = (await timeStep({ ...small, ...change }, { ...here, peers: ['torch'], compile })).result
      expect(peers.length).toBeGreaterThan(0)
      for (const peer of peers) {
        expect(peer.name).toBe('torch')
        if ('absent' in peer) expect(peer.absent).toMatch(/no python3 with torch was found/)
        else expect(peer.ratio).toBeGreaterThan(0)
      }
    },
  )
})

describe('the command', () => {
  const run = async (...args: readonly string[]) => {
    let out = ''
    let err = ''
    const code = await runBench(args, { out: (t) => (out += t), err: (t) => (err += t) })
    return { code, out, err }
  }
  const tiny = ['--backend', 'reference', '--widths', '2,8,1', '--time', '4', '--batch', '16', '--json']

  test('step --json prints one JSON object with the fields of the contract', async () => {
    const { code, out, err } = await run('step', ...tiny, '--repeat', '1', '--peers', 'none')
    expect(code).toBe(0)
    expect(err).toContain('spikeward, reference')
    expect(out.trimEnd().split('\n')).toHaveLength(1)
    const result = JSON.parse(out) as Record<string, unknown>
    expect(result).toMatchObject({
      schema: 1,
      command: 'step',
      peers: [],
      settings: { backend: 'reference', widths: [2, 8, 1] },
    })
    for (const field of ['medianMs', 'minMs', 'bytes', 'flops']) expect(result[field]).toBeGreaterThan(0)
  })

  test('memory and table print their rows', async () => {
    const memory = await run('memory', ...tiny, '--times', '4,8')
    expect(JSON.parse(memory.out)).toMatchObject({
      rows: ['rfg', 'bp', 'bp/checkpoint'].flatMap((estimator) => [4, 8].map((time) => ({ estimator, time }))),
    })
    const table = await run('table', ...tiny, '--repeat', '1', '--width', '6', '--layers', '2')
    expect(table.err).toMatch(/\| 2-6-6-1 \| bp \|/)
    const { rows } = JSON.parse(table.out) as { rows: { spsa: { timeRatio: number } }[] }
    expect(rows).toHaveLength(2)
    for (const { spsa } of rows) expect(spsa.timeRatio).toBeGreaterThan(0)
  })

  test('the memory of back-propagation in segments grows slower than that of back-propagation, and that of forward mode does not grow', async () => {
    const chunks = { ...small, batch: 1024 }
    const growth = async (estimator: 'rfg' | 'bp' | 'bp/checkpoint'): Promise<number> => {
      const [short, long] = [64, 256].map((time) => measureMemory({ ...chunks, estimator, time }, cpuHere, 1))
      return (await long!).peakBytes / (await short!).peakBytes
    }
    expect(await growth('rfg')).toBeLessThan(1.05)
    expect(await growth('bp')).toBeGreaterThan(3)
    expect(await growth('bp/checkpoint')).toBeLessThan(2.3)
  })

  test.each([
    ['stp', /unknown command/],
    ['step --widths 2,1', /no hidden layer/],
    ['step --estimator rgf', /not one of .*rfg/],
    ['step --batch 0', /at least 1/],
    ['step --peers tensorflow', /not one of torch, jax-js, tfjs/],
    ['step --bach 5', /unknown option '--bach'[^]*--batch/],
  ])('refuses %s', async (line, message) => {
    const { code, err } = await run(...line.split(' '))
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })
})
