import { boundedCache } from '../boundedCache.js'
import type { BoundedCache } from '../boundedCache.js'
import type { Backend } from './backend.js'

/**
 * Returns a function that looks up the cache of a backend, and makes it on first use. A cache ends with its backend.
 *
 * @param limit entries of each cache
 * @param drop called with each entry that leaves
 */
export function cacheByBackend<V>(limit: number, drop: (value: V) => void): (backend: Backend) => BoundedCache<V> {
  const caches = new WeakMap<Backend, BoundedCache<V>>()
  return (backend) => {
    const found = caches.get(backend)
    if (found !== undefined) return found
    const made = boundedCache(limit, drop)
    caches.set(backend, made)
    return made
  }
}
