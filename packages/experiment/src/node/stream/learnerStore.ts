import { setFlagsFromString } from 'node:v8'
import { type FileHandle, open } from 'node:fs/promises'
import { SpikewardError, isRecord, parseJson } from '@spikeward/core'
import { makeFolder, readIfThere, writeWhole, writing } from '@spikeward/core/node'
import type { Learner, Sample } from '@spikeward/train'
import { claimFolder } from '@spikeward/train/node'

/** The file of a learner, and the journal of the samples since it was written. */
export interface LearnerStore extends AsyncDisposable {
  /** The bytes of the learner's checkpoint; undefined if there is none yet. */
  readonly checkpoint: Uint8Array | undefined
  /** Gives the learner of {@link checkpoint} the samples of the journal, and writes its state. */
  open(learner: Learner): Promise<void>
  /**
   * Makes samples that the learner has taken survive the process: they are added to the journal, or the state is
   * written.
   */
  keep(samples: readonly Sample[]): Promise<void>
  /** Writes the state, and empties the journal. */
  save(): Promise<void>
}

/** A sample in the journal: time, inputs, targets; null for a missing number. */
const lineOf = ({ x, y, time }: Sample): string => `${JSON.stringify([time ?? null, Array.from(x), Array.from(y)])}\n`

function sampleOf(value: unknown): Sample {
  const [time, x, y, ...more] = Array.isArray(value) ? (value as unknown[]) : []
  const numbers = (values: unknown): number[] => {
    if (Array.isArray(values) && values.every((v) => v === null || typeof v === 'number'))
      return values.map((v: number | null) => v ?? NaN)
    throw new Error('it is no list of numbers')
  }
  if (more.length > 0 || (time !== null && typeof time !== 'number')) throw new Error('it is no sample')
  return { x: numbers(x), y: numbers(y), ...(time === null ? {} : { time }) }
}

function headerOf(value: unknown): number {
  const after = isRecord(value) ? value['after'] : null
  if (typeof after === 'number' && Number.isInteger(after) && after >= 0) return after
  throw new Error('it has no number of samples')
}

const AT_ONCE = 64

/**
 * Opens the store of a learner: `path` has its state, and the folder `path.journal` the samples since. The state is
 * written whole; a sample is added to the journal after it was learned and before its outcome is shown. If the process
 * is killed, a learner that takes the state and the journal has the same bits as after the last sample of the journal;
 * a line that was cut short was not shown. The system keeps what was added when a process dies; when the power fails,
 * the samples since the last state may be lost.
 *
 * @param every samples between two writes of the state
 * @throws RUN_FOLDER_BUSY if another process has the store; STREAM_JOURNAL for a journal that is damaged or of another
 *   state; FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL
 */
export async function learnerStore(path: string, every: number): Promise<LearnerStore> {
  const folder = `${path}.journal`
  const file = `${folder}/samples.jsonl`
  await makeFolder(folder)
  const claim = await claimFolder(folder)
  let learner: Learner | null = null
  let saved = 0
  let journal: FileHandle | null = null
  const save = async (): Promise<void> => {
    if (learner === null) return
    await claim.check()
    await writeWhole(path, await learner.checkpoint())
    saved = learner.count
    // A journal of an earlier state is known by its first line.
    await writeWhole(file, `{"after":${saved}}\n`)
    await journal?.close()
    journal = null
    journal = await writing(file, () => open(file, 'a'))
  }
  return {
    checkpoint: (await readIfThere(path)) ?? undefined,
    async open(state) {
      learner = state
      const [header, ...lines] = new TextDecoder().decode((await readIfThere(file)) ?? new Uint8Array()).split('\n')
      // The line behind the last line break was cut short.
      const whole = lines.slice(0, -1)
      const damaged = (line: number, cause: unknown): SpikewardError =>
        new SpikewardError(
          'STREAM_JOURNAL',
          `${file} is damaged from line ${line} on; remove these lines, or the folder: their samples are then not learned`,
          { cause },
        )
      const read = <T>(line: number, text: string, decode: (value: unknown) => T): T => {
        try {
          return decode(parseJson(text))
        } catch (cause) {
          throw damaged(line, cause)
        }
      }
      const after = lines.length === 0 ? learner.count : read(1, header!, headerOf)
      const known = learner.count - after
      if (known < 0)
        throw new SpikewardError(
          'STREAM_JOURNAL',
          `${folder} follows sample ${after}, and the state ${path} ends with sample ${learner.count}; put the state back that belongs to it, or remove the folder`,
        )
      const first = known + 2
      const rest = whole.slice(known).map((line, i) => read(first + i, line, sampleOf))
      for (let i = 0; i < rest.length; i += AT_ONCE)
        await learner.take(rest.slice(i, i + AT_ONCE)).catch((cause: unknown) => {
          throw damaged(first + i, cause)
        })
      await save()
    },
    async keep(samples) {
      if (learner!.count - saved >= every) return save()
      const handle = journal!
      const { size } = await handle.stat()
      try {
        await writing(file, () => handle.appendFile(samples.map(lineOf).join('')))
      } catch (error) {
        await handle.truncate(size).catch(() => undefined)
        throw error
      }
    },
    save,
    async [Symbol.asyncDispose]() {
      await journal?.close()
      await claim.release()
    },
  }
}

/**
 * Makes Node collect objects early, for the whole process: the heap otherwise grows by about 60 MiB while a stream is
 * read, though the objects of a sample live shortly.
 */
export const keepHeapSmall = (): void => setFlagsFromString('--optimize-for-size')
