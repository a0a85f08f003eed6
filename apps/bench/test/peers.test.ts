import { referenceBackend } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { peers as command, untrainedPeers } from '../src/commands/peers.js'
import { lackOf } from '../src/commands/setupPeers.js'
import { peerNames, peers } from '../src/peers/registry.js'
import { climb, summit } from '../src/training/climb.js'
import { trainOurs } from '../src/training/ours.js'
import type { Training } from '../src/training/ours.js'
import { startTorchTraining } from '../src/training/torch.js'
import { bench } from './fakeIo.js'
import { someRun } from './runs.js'

const training = (steps: number, validation: number | null): Training => ({
  steps,
  seconds: steps / 100,
  validation,
  relativeL2: validation,
})

describe('a climb to a given error', () => {
  test('ends with the first training whose validation error is low enough', async () => {
    const errors = new Map([
      [10, 0.5],
      [20, null],
      [40, 0.02],
      [80, 0.01],
    ])
    const found = await climb([10, 20, 40, 80], 0.03, async (steps) => training(steps, errors.get(steps) ?? null))
    expect(found.map((t) => t.steps)).toEqual([10, 20, 40])
  })

  test('counts only where every key gets there', () => {
    const top = { who: '', how: '', threads: 1 }
    const both = [training(10, 0.02), training(30, 0.01)].map((t, key) => ({ key, trainings: [t] }))
    expect(summit({ ...top, keys: both }, 0.03)).toMatchObject({ steps: 20, seconds: 0.2 })
    expect(summit({ ...top, keys: both }, 0.015)).toBeNull()
    expect(summit({ ...top, keys: [] }, 0.03)).toBeNull()
  })
})

describe('the training', () => {
  test('of ours gives errors and seconds, and gives back its memory', async () => {
    const backend = referenceBackend()
    const found = await trainOurs('eligibility', 2, 0, backend)
    expect(found.steps).toBe(2)
    expect(found.seconds).toBeGreaterThan(0)
    expect(found.validation).toBeGreaterThan(0)
    expect(found.relativeL2).not.toBe(found.validation)
  }, 180_000)

  test('of PyTorch finds our loss and derivative, and learns', async () => {
    const torch = await startTorchTraining(0, { threads: 1, compile: false })
    if ('absent' in torch) {
      expect(torch.absent).toMatch(/no python3 with torch was found/)
      return
    }
    try {
      const form = 'a backward loop by hand'
      expect(torch.peer.forms.map((f) => f.name)).toContain(form)
      const [short, long] = [await torch.train(form, 5, 0), await torch.train(form, 150, 0)]
      expect(long.validation).toBeLessThan(0.6 * (short.validation ?? 0))
      expect(await torch.train(form, 5, 0)).toMatchObject({ validation: short.validation })
    } finally {
      await torch.close()
    }
  }, 180_000)
})

describe('the table of trainings', () => {
  test('lists the peers that do not train, with the reason', () => {
    const trainings = untrainedPeers(peerNames)
    expect(trainings.map((t) => t.who)).toEqual(['jax-js', 'tfjs', 'snntorch', 'spikingjelly'])
    const settings = { target: 0.03, keys: [0], threads: 1 }
    const run = someRun({ command: 'peers', settings, steps: [], trainings })
    const { rows } = command.tables(run)[0]!
    expect(rows).toHaveLength(4)
    for (const [who, how] of rows) {
      expect(peerNames).toContain(who)
      expect(how).toMatch(/^not trained: this suite has no training for it; .+/)
    }
    expect(command.figures(run)).toEqual([])
  })
})

describe('setup-peers', () => {
  test('says of every peer whether it is ready or what it lacks', async () => {
    const { code, out } = await bench('setup-peers', '--dry-run')
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n')).toHaveLength(Object.keys(peers).length)
    expect(out).toMatch(/^jax-js .*: ready$/m)
    expect(out).toMatch(/^tfjs .*: ready$/m)
  })

  test('knows what is absent', () => {
    const install = { npm: ['no-such-package-anywhere', 'commander'], pip: ['no_such_module_anywhere'] }
    const lack = lackOf({ about: '', install, start: async () => ({ name: '', absent: '' }) })
    expect(lack).toEqual({ debian: [], npm: ['no-such-package-anywhere'], pip: ['no_such_module_anywhere'] })
  })
})
