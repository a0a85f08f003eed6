import { mkdir, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { restartRecord, scalarsRecord, versionRecord } from './eventRecords.js'
import type { Scalars } from './eventRecords.js'

/** An event file of TensorBoard. */
export type TensorboardFile = AsyncDisposable & {
  readonly path: string
  /**
   * Writes named numbers at a step, such as `{ 'loss/training': 0.1 }`: names with the same part before the slash share a section.
   *
   * @throws the error of the file system
   */
  scalars(step: number, values: Scalars): Promise<void>
}

/** Options of {@link openTensorboardFile}. */
export type TensorboardFileOptions = {
  /** The step after which a run continues; TensorBoard drops later values in earlier files. Default: a new run. */
  readonly after?: number
}

/**
 * Opens a new event file in a folder that `tensorboard --logdir` reads: records of protocol buffers with masked CRC-32C
 * checksums, one file a session.
 *
 * @example
 * await using file = await openTensorboardFile('logs/run1')
 * await file.scalars(1, { 'loss/training': 0.5 })
 */
export async function openTensorboardFile(
  folder: string,
  { after }: TensorboardFileOptions = {},
): Promise<TensorboardFile> {
  await mkdir(folder, { recursive: true })
  const now = (): number => Date.now() / 1000
  // TensorBoard reads the files of a folder in alphabetical order, so the time has a fixed width.
  const time = Math.floor(now()).toString().padStart(10, '0')
  const path = join(folder, `events.out.tfevents.${time}.${hostname()}.${process.pid}.${process.hrtime.bigint()}`)
  const handle = await open(path, 'wx')
  await handle.write(versionRecord(now()))
  if (after !== undefined) await handle.write(restartRecord(now(), after + 1))
  return {
    path,
    async scalars(step, values) {
      await handle.write(scalarsRecord(now(), step, values))
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
