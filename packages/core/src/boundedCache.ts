import type { Backend } from './backend/backend.js'

/** A map that keeps the most recently used entries. */
export interface BoundedCache<V> {
  get(key: string, make: () => V): V
  clear(): void
  readonly size: number
}

/** Makes a {@link BoundedCache} of at most `limit` entries; it calls `drop` with each entry that leaves. */
export function boundedCache<V>(limit: number, drop: (value: V) => void): BoundedCache<V> {
  const entries = new Map<string, V>()
  return {
    get(key, make) {
      const entry = entries.get(key)
      if (entry !== undefined) {
        entries.delete(key)
        entries.set(key, entry)
        return entry
      }
      const value = make()
      entries.set(key, value)
      if (entries.size > limit) {
        const [oldest, value] = entries.entries().next().value!
        entries.delete(oldest)
        drop(value)
      }
      return value
    },
    clear() {
      for (const v of entries.values()) drop(v)
      entries.clear()
    },
    get size() {
      return entries.size
    },
  }
}

/**
 * Returns a function that looks up the cache of a backend, and makes it on first use. A cache ends with its backend.
 *
 * @param limit entries of each cache
 * @param drop called with each entry that leaves
 */
export function cacheByBackend<V>(limit: number, drop: (value: V) => void): (backend: Backend) => BoundedCache<V> {
  const caches = new WeakMap<Backend, BoundedCache<V>>()
  return (backend) => {
    const cache = caches.get(backend)
    if (cache !== undefined) return cache
    const fresh = boundedCache(limit, drop)
    caches.set(backend, fresh)
    return fresh
  }
}
