/**
 * A cache of the values used last, by key.
 *
 * @param most the number of values that it keeps
 * @param dispose frees a value that leaves the cache
 */
export function lruCache<T>(most: number, dispose: (value: T) => void = () => undefined) {
  const entries = new Map<string, T>()
  const drop = (key: string, value: T): void => {
    entries.delete(key)
    dispose(value)
  }
  return {
    /** The value of a key, which is made if the cache does not have it. */
    async of(key: string, make: () => T | Promise<T>): Promise<T> {
      const value = entries.get(key) ?? (await make())
      entries.delete(key)
      entries.set(key, value)
      for (const [old, oldest] of entries) if (entries.size > most) drop(old, oldest)
      return value
    },
    clear: (): void => entries.forEach((value, key) => drop(key, value)),
  }
}
