/** Training on data larger than memory: bytes read from shards on disk, memory held, and the time of a step. */
import { type OperatorProblem, SpikewardError, key as keyOf, normal } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { loadShards, writeShard } from '@spikeward/problems/node'
import { fit, operatorTask } from '@spikeward/train'
import { type Study, type StudyRun, digits, mib, temporaryFolder, titled } from './tools.js'

/** Sizes of a data set on disk, and of a step. */
export interface StreamSize {
  readonly functions: number
  /** Sensors of a function, and points of its solution. */
  readonly points: number
  readonly batch: number
  readonly width: number
  readonly time: number
}

/** The bytes that a training moved and held. */
export interface StreamResult extends StreamSize {
  readonly storedBytes: number
  readonly readBytes: number
  /** Resident memory of the process: the most, and before the data were opened. */
  readonly peakResidentBytes: number
  readonly residentBefore: number
  readonly streamedMs: number
  readonly inMemoryMs: number
}

const MODES = [1, 2, 3, 4]

/** Writes f = Σ aₘ sin(mπx) and u = Σ aₘ (1 − cos(mπx))/(mπ), the aₘ normal numbers, as shards. */
async function writeFunctions(folder: string, { functions, points }: StreamSize): Promise<void> {
  const table = (of: (m: number, x: number) => number): Float64Array[] =>
    MODES.map((m) => Float64Array.from({ length: points }, (_, i) => of(m * Math.PI, i / (points - 1))))
  const waves = { inputs: table((m, x) => Math.sin(m * x)), outputs: table((m, x) => (1 - Math.cos(m * x)) / m) }
  for (let from = 0, shard = 0; from < functions; from += 4096, shard++) {
    const count = Math.min(4096, functions - from)
    const a = await normal(keyOf(0).fold(shard), [count, MODES.length]).data()
    const rows = (basis: readonly Float64Array[]) => {
      const data = new Float32Array(count * points)
      for (let r = 0; r < count; r++)
        for (const [m, wave] of basis.entries()) {
          const factor = Number(a[r * MODES.length + m])
          for (let i = 0; i < points; i++) data[r * points + i]! += factor * wave[i]!
        }
      return { shape: [count, points], data }
    }
    await writeShard(folder, shard, { inputs: rows(waves.inputs), outputs: rows(waves.outputs) })
  }
}

/** Writes a data set, trains on as many functions as it has, read step by step, and counts. */
export async function measureStream(
  size: StreamSize,
  { backend, log }: Pick<StudyRun, 'backend' | 'log'>,
): Promise<StreamResult> {
  const { functions, points, batch, width, time } = size
  await using folder = await temporaryFolder('stream')
  await writeFunctions(folder.path, size)
  log('the functions are written')
  const residentBefore = process.memoryUsage.rss()
  const whole = await loadShards(folder.path)
  let readFunctions = 0
  const counted: OperatorProblem = {
    ...whole,
    rows(numbers) {
      readFunctions += numbers.length
      return whole.rows!(numbers)
    },
  }
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const branch = { kind: 'spiking', hidden: [width], neuron, surrogate: atan(), time } as const
  const trunk = { kind: 'smooth', hidden: [width] } as const
  const network = deepOnet({ sensors: points, axes: 1, features: 16, branch, trunk })
  const msPerStep = async (problem: OperatorProblem, steps: number): Promise<number> => {
    const task = await operatorTask({ network, problem, functions: batch, points: Math.min(256, points) })
    let first: { readonly seconds: number; readonly step: number } | undefined
    const every = Math.max(1, Math.floor(steps / 10))
    for await (const e of fit({ task, estimator: rfg(), optimizer: adam(1e-3), backend, key: 0, steps, every })) {
      // The first step compiles.
      if (e.type === 'metrics') first ??= e
      if (e.type === 'end') return (1000 * (e.seconds - first!.seconds)) / (e.step - first!.step)
    }
    throw new SpikewardError('INTERNAL', 'a training ended without its last event; this is a bug in Spikeward')
  }
  const steps = Math.ceil(functions / batch)
  const streamedMs = await msPerStep(counted, steps)
  const sample = await whole.data('train')
  const { rows: _, ...others } = whole
  const inMemory: OperatorProblem = {
    ...others,
    sizes: { ...others.sizes, train: sample.count },
    data: (split) => (split === 'train' ? Promise.resolve(sample) : whole.data(split)),
  }
  const inMemoryMs = await msPerStep(inMemory, Math.min(200, steps))
  const bytesOfRow = 4 * 2 * points
  return {
    ...size,
    ...{ storedBytes: functions * bytesOfRow, readBytes: readFunctions * bytesOfRow, streamedMs, inMemoryMs },
    ...{ peakResidentBytes: process.resourceUsage().maxRSS * 1024, residentBefore },
  }
}

/** Data that stream from disk. */
export const stream: Study<StreamResult> = {
  name: 'stream',
  summary: 'training on data larger than memory: bytes read from disk, resident memory, time of a step',
  run: (study) =>
    measureStream(
      study.quick
        ? { functions: 4096, points: 256, batch: 64, width: 16, time: 4 }
        : { functions: 262_144, points: 4096, batch: 64, width: 64, time: 16 },
      study,
    ),
  table: (r) =>
    titled(
      `Training from disk: ${r.functions} functions of ${r.points} sensors and as many points, ${r.batch} per step`,
      [
        [
          ...['MiB on disk', 'MiB read', 'peak resident MiB', 'before the data were opened'],
          ...['ms per step, from disk', 'ms per step, in memory'],
        ],
        [
          ...[r.storedBytes, r.readBytes, r.peakResidentBytes, r.residentBefore].map(mib),
          ...[r.streamedMs, r.inMemoryMs].map((ms) => digits(ms)),
        ],
      ],
      "Resident memory counts the whole process, without the operating system's file cache. The step in memory draws from the sample of the functions that fits.",
    ),
  finding: (r) =>
    `Data larger than memory stream from disk: ${digits(r.readBytes / 2 ** 30)} GiB through ${digits(r.peakResidentBytes / 2 ** 30)} GiB of memory.`,
}
