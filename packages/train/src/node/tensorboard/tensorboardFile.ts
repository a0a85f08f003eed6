import { open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeFolder, writing } from '@spikeward/core/node'
import { type Scalars, restartRecord, scalarsRecord, versionRecord } from './eventRecords.js'

/** An event file of TensorBoard. */
export type TensorboardFile = AsyncDisposable & {
  readonly path: string
  /**
   * Writes named numbers at a step, such as `{ 'loss/training': 0.1 }`: names with the same part before the slash share
   * a section.
   *
   * @throws DISK_FULL, FILE_UNWRITABLE
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
 * @throws DISK_FULL, FILE_UNWRITABLE
 * @example
 * await using file = await openTensorboardFile('logs/run1')
 * await file.scalars(1, { 'loss/training': 0.5 })
 */
export async function openTensorboardFile(
  folder: string,
  { after }: TensorboardFileOptions = {},
): Promise<TensorboardFile> {
  await makeFolder(folder)
  const now = (): number => Date.now() / 1000
  // TensorBoard reads the files of a folder in alphabetical order, so the time has a fixed width.
  const time = Math.floor(now()).toString().padStart(10, '0')
  const path = join(folder, `events.out.tfevents.${time}.${hostname()}.${process.pid}.${process.hrtime.bigint()}`)
  const handle = await writing(path, () => open(path, 'wx'))
  const add = async (bytes: Uint8Array): Promise<void> => void (await writing(path, () => handle.write(bytes)))
  try {
    await add(versionRecord(now()))
    // Twice, because the server of TensorBoard takes the first start in a folder for the beginning of the run and drops
    // nothing.
    if (after !== undefined) for (const _ of [1, 2]) await add(restartRecord(now(), after + 1))
  } catch (error) {
    await handle.close().catch(() => undefined)
    throw error
  }
  return {
    path,
    scalars: (step, values) => add(scalarsRecord(now(), step, values)),
    [Symbol.asyncDispose]: () => writing(path, () => handle.close()),
  }
}
