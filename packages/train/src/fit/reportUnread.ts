type Unread = { readonly message: string }

/** The runs of which no event has been read, without the runs themselves: they can be collected. */
const unread = new Set<Unread>()

let collector: FinalizationRegistry<Unread> | undefined

/** Waits for the collection of runs, and in Node, Deno and Bun for the end of the program; created on first use. */
function registry(): FinalizationRegistry<Unread> {
  if (collector !== undefined) return collector
  const { process } = globalThis as { process?: { on?(event: 'exit', listener: (code: number) => void): void } }
  process?.on?.('exit', warnAtExit)
  return (collector = new FinalizationRegistry(warn))
}

function warn(one: Unread): void {
  if (unread.delete(one)) console.warn(one.message)
}

/** A program that fails has a better message. */
function warnAtExit(code: number): void {
  if (code === 0) unread.forEach(warn)
}

/**
 * Prints a warning if a run is never read: when the garbage collector frees it, or, outside browsers, when the program ends without an
 * error.
 * A run that waits is never reported, since it can still be read.
 *
 * @param run the object whose collection is awaited
 * @param message the text of the warning
 * @returns a function to call when the run is read or given up
 */
export function reportUnread(run: object, message: string): () => void {
  const one = { message }
  unread.add(one)
  registry().register(run, one, one)
  return () => {
    unread.delete(one)
    collector?.unregister(one)
  }
}
