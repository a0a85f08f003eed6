/** The seconds that parts of a command took. */
export type Stopwatch = {
  /** Runs a part of the command and adds its time to that of its name. */
  time<T>(part: string, work: () => Promise<T>): Promise<T>
  add(part: string, seconds: number): void
  /** Seconds by part, in the order of first use. */
  read(): Readonly<Record<string, number>>
}

/** @param now the clock, in milliseconds; for tests */
export function stopwatch(now: () => number = () => performance.now()): Stopwatch {
  const spent = new Map<string, number>()
  const add = (part: string, seconds: number): void => void spent.set(part, (spent.get(part) ?? 0) + seconds)
  return {
    add,
    read: () => Object.fromEntries(spent),
    async time(part, work) {
      const since = now()
      try {
        return await work()
      } finally {
        add(part, (now() - since) / 1000)
      }
    },
  }
}
