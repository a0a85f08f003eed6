import type { Io } from '@spikeward/experiment'

/** Characters that a terminal interprets as commands: control characters except tab and line feed, and marks that reverse the order of a line. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * A text without characters that a terminal takes for a command. Each is written as an escape of JSON, such as `\u001b`, so that JSON keeps its
 * meaning: names of nodes, columns and parameters in untrusted files may hold any character.
 */
export const printable = (text: string): string =>
  text.replace(CONTROLS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Streams that receive printable text only. */
export const printableIo = (io: Io): Io => ({
  ...io,
  out: (text) => io.out(printable(text)),
  err: (text) => io.err(printable(text)),
})
