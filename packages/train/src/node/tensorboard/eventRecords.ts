import { bytesField, doubleField, floatField, integerField, textField } from './protobuf.js'
import { maskedCrc } from './maskedCrc.js'

/** A TFRecord: length [8 bytes], its masked checksum [4], the data, their masked checksum [4], little endian. */
function recordOf(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(BigInt(data.length))
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8)
  const foot = Buffer.alloc(4)
  foot.writeUInt32LE(maskedCrc(data))
  return Buffer.concat([head, data, foot])
}

/** Event { double wall_time = 1; int64 step = 2; oneof what } of tensorflow/core/util/event.proto. */
const eventOf = (wallTime: number, step: number, what: Uint8Array): Uint8Array =>
  recordOf(Buffer.concat([doubleField(1, wallTime), ...(step === 0 ? [] : [integerField(2, step)]), what]))

/** The first record of every event file: string file_version = 3. */
export const versionRecord = (wallTime: number): Uint8Array => eventOf(wallTime, 0, textField(3, 'brain.Event:2'))

/**
 * SessionLog { status = START } = 7: the run restarts at `step`, so that TensorBoard drops the values of this step and of
 * later ones in earlier files of the folder. The reader in its server does so from the second such record of a folder on.
 */
export const restartRecord = (wallTime: number, step: number): Uint8Array =>
  eventOf(wallTime, step, bytesField(7, integerField(1, 1)))

/** Named numbers at one step. */
export type Scalars = Readonly<Record<string, number>>

/** Summary = 5 { repeated Value value = 1 { string tag = 1; float simple_value = 2 } }. */
export const scalarsRecord = (wallTime: number, step: number, scalars: Scalars): Uint8Array =>
  eventOf(
    wallTime,
    step,
    bytesField(
      5,
      ...Object.entries(scalars).map(([name, value]) => bytesField(1, textField(1, name), floatField(2, value))),
    ),
  )
