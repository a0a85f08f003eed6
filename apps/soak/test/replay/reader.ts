/**
 * Reads files one after the other, as a process that may be killed: it prints the name of each before, and how it ended
 * after. Standard input holds the request.
 */
import { readFileSync } from 'node:fs'
import { type Format, readOne } from '../../src/files/format.js'
import { formatsOf } from '../../src/files/formats.js'
import type { Line, Request } from './replayFiles.js'

/** A reader that never returns. */
const stall: Format = {
  name: 'stall',
  seconds: 1,
  make: () => new Uint8Array(),
  read: async () => {
    for (let i = 0; ; i++) if (i < 0) return
  },
}

const { root, folder, cases } = JSON.parse(readFileSync(0, 'utf8')) as Request
const formats = [...formatsOf(root, folder), stall]
const print = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
for (const { name, format, bytes } of cases) {
  const reader = formats.find((f) => f.name === format)
  if (reader === undefined) throw new Error(`${name}: there is no format "${format}"`)
  print({ name })
  print({ name, ...(await readOne(reader, new Uint8Array(Buffer.from(bytes, 'base64')))) })
}
// The thread of the HDF5 library waits for another file.
process.exit(0)
