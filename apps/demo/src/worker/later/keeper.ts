/**
 * Makes something for each key, and keeps what was made or used last.
 *
 * @param most how many are kept
 * @param drop frees one that is kept no more
 */
export function keeper<T>(most: number, drop: (one: T) => void = () => undefined) {
  const known = new Map<string, T>()
  const forget = (key: string, one: T): void => {
    known.delete(key)
    drop(one)
  }
  return {
    async of(key: string, make: () => T | Promise<T>): Promise<T> {
      const one = known.get(key) ?? (await make())
      known.delete(key)
      known.set(key, one)
      for (const [old, value] of known) if (known.size > most) forget(old, value)
      return one
    },
    clear: (): void => known.forEach((one, key) => forget(key, one)),
  }
}
