import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperatorProblem } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { loadShards } from '@spikeward/problems/node'
import { fit, operatorTask } from '@spikeward/train'
import { openBackend } from '../backends.js'
import { surrogateOf } from '../catalogue.js'
import type { Io } from '../io.js'
import { showProgress } from '../progress.js'
import type { Measured } from '../run/benchmark.js'
import { bytesOfRow, writeFunctions } from './writeFunctions.js'
import type { DataSize } from './writeFunctions.js'

/** Settings of the benchmark `stream`. */
export type StreamSettings = DataSize & {
  readonly batch: number
  readonly width: number
  readonly time: number
  /** Evaluation points per step. */
  readonly drawn: number
  readonly backend: string
  readonly threads: number
}

/** The bytes that a training moved and held. */
export type StreamResult = {
  readonly storedBytes: number
  readonly readBytes: number
  readonly readFunctions: number
  readonly steps: number
  /** Milliseconds of a step whose functions are read, and of one whose functions are in memory. */
  readonly streamedMs: number
  readonly inMemoryMs: number
  /** The most memory that the process held: resident, everything included. */
  readonly peakResidentBytes: number
  /** Resident before the data were opened. */
  readonly residentBefore: number
}

/** Steps with functions in memory, to compare; no more than those from disk. */
const COMPARED = 200

/** Writes a data set, trains on as many bytes as it has, step by step from disk, and counts. */
export async function measureStream(settings: StreamSettings, io: Io): Promise<Measured<StreamResult>> {
  const { functions, batch, backend, threads } = settings
  const storedBytes = functions * bytesOfRow(settings)
  const steps = Math.ceil(functions / batch)
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-stream-'))
  const progress = showProgress(io, 22)
  try {
    let shown = 0
    await writeFunctions(folder, settings, (written) => {
      for (; shown < Math.floor((10 * written) / functions); shown++) progress.step('writing')
    })
    await using opened = await openBackend(backend, threads)
    const residentBefore = process.memoryUsage.rss()
    const whole = await loadShards(folder)
    let readFunctions = 0
    const counted: OperatorProblem = {
      ...whole,
      rows(numbers) {
        readFunctions += numbers.length
        return whole.rows!(numbers)
      },
    }
    const run = async (problem: OperatorProblem, count: number, every: number): Promise<number> => {
      const task = await operatorTask({
        network: networkOf(settings),
        problem,
        functions: batch,
        points: settings.drawn,
      })
      const options = { task, estimator: rfg(), optimizer: adam(1e-3), backend: opened, key: 0, steps: count, every }
      let first: { seconds: number; step: number } | undefined
      for await (const event of fit(options)) {
        if (event.type === 'metrics') {
          // The first step compiles.
          first ??= { seconds: event.seconds, step: event.step }
          progress.step(`training, step ${event.step} of ${count}`)
        }
        if (event.type !== 'end') continue
        return (1000 * (event.seconds - first!.seconds)) / (event.step - first!.step)
      }
      throw new Error('a run without an end')
    }
    const streamedMs = await run(counted, steps, Math.ceil(steps / 10))
    const sample = await whole.data('train')
    const { rows: _, ...held } = whole
    const inMemory: OperatorProblem = {
      ...held,
      sizes: { ...held.sizes, train: sample.count },
      data: (split) => (split === 'train' ? Promise.resolve(sample) : whole.data(split)),
    }
    const compared = Math.min(COMPARED, steps)
    const inMemoryMs = await run(inMemory, compared, Math.ceil(compared / 2))
    const result: StreamResult = {
      storedBytes,
      readBytes: readFunctions * bytesOfRow(settings),
      readFunctions,
      steps,
      streamedMs,
      inMemoryMs,
      peakResidentBytes: process.resourceUsage().maxRSS * 1024,
      residentBefore,
    }
    return { result, samples: {} }
  } finally {
    progress.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function networkOf({ sensors, width, time }: StreamSettings) {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const spiking = { kind: 'spiking', hidden: [width], neuron, surrogate: surrogateOf('atan'), time } as const
  return deepOnet({ sensors, axes: 1, features: 16, branch: spiking, trunk: { kind: 'smooth', hidden: [width] } })
}
