/** Where a benchmark writes: given from outside, so that tests can stand in. */
export type Io = { readonly out: (text: string) => void; readonly err: (text: string) => void }

/** The process's own streams. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}
