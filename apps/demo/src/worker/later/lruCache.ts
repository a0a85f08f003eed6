/**
 * A cache of the values used last, by key.
 *
 * @param most the number of values that it keeps
 * @param dispose frees a value that leaves the cache
 */
export function lruCache<T>(most: number, dispose: (value: T) => void = () => undefined) {
  const kept = new Map<string, T>()
  const drop = (key: string, value: T): void => {
    kept.delete(key)
    dispose(value)
  }
  return {
    /** The value of a key, which is made if the cache does not have it. */
    async of(key: string, make: () => T | Promise<T>): Promise<T> {
      const value = kept.get(key) ?? (await make())
      kept.delete(key)
      kept.set(key, value)
      for (const [old, oldest] of kept) if (kept.size > most) drop(old, oldest)
      return value
    },
    clear: (): void => kept.forEach((value, key) => drop(key, value)),
  }
}
