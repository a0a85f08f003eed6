import type * as H5 from 'h5wasm'
import type { NirData } from '../graph/nirData.js'

/** The content of an HDF5 file, as plain data. An unreadable entry gives the reason. */
export type Contents =
  | { readonly kind: 'group'; readonly entries: readonly (readonly [string, Contents])[] }
  | { readonly kind: 'numbers'; readonly shape: number[]; readonly data: NirData }
  | { readonly kind: 'texts'; readonly shape: number[]; readonly texts: string[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** How much a file may require before it is refused. */
export interface ContentLimits {
  /** Groups and data sets in all. */
  readonly objects: number
  /**
   * Numbers and texts in all data sets, one each, and more for an element above 8 bytes: its bytes / 8; also the most
   * that one chunk may hold.
   */
  readonly numbers: number
  /** Seconds within which all of it must be read. */
  readonly seconds: number
  /** Bytes that the library may hold. */
  readonly memory: number
}

/** The contents, or the limit that the file exceeds. */
export type ContentsOutcome = { readonly contents: Contents } | { readonly exceeds: keyof ContentLimits }

/**
 * Everything in an open file, within limits that stop at cycles of groups, at shared data and at arrays of absurd size.
 * The clock is read before each object.
 *
 * The function uses nothing from outside its own body: a worker thread runs its text.
 */
export function contentsOf(
  file: H5.File,
  limits: ContentLimits,
  now = (): number => performance.now(),
): ContentsOutcome {
  // Deflate, shuffle, checksum, n-bit and scale-offset. The library passes data of other filters through undecoded.
  const knownFilters = new Set([1, 2, 3, 5, 6])
  const deepest = 48
  const left = { objects: limits.objects, numbers: limits.numbers }
  let exceeds: keyof ContentLimits | null = null
  const end = now() + 1000 * limits.seconds
  const spend = (what: 'objects' | 'numbers', count: number): boolean => {
    left[what] -= count
    if (left[what] < 0) exceeds ??= what
    return exceeds === null
  }
  const unreadable = (why: string): Contents => ({ kind: 'unreadable', why })

  const scalar = (value: number, isFloat: boolean, bytes: number): NirData => {
    if (isFloat) return bytes === 4 ? Float32Array.of(value) : Float64Array.of(value)
    return bytes === 1 ? Int8Array.of(value) : bytes === 2 ? Int16Array.of(value) : Int32Array.of(value)
  }

  const dataset = (set: H5.Dataset): Contents => {
    const { metadata } = set
    const shape = (metadata.shape ?? []).map(Number)
    const count = shape.reduce((a, b) => a * b, 1)
    const filter = set.filters.find((f) => !knownFilters.has(f.id))
    if (filter !== undefined)
      return unreadable(`it is compressed with the filter ${filter.name || filter.id}; write it with gzip`)
    if (metadata.virtual_sources !== undefined && metadata.virtual_sources.length > 0)
      return unreadable('its data are in another file')
    // The library unpacks a whole chunk, even if the data set is smaller.
    const chunk = (metadata.chunks ?? []).reduce<number>((a, b) => a * Number(b), 1)
    const words = Math.max(1, metadata.size / 8)
    if (chunk * words > limits.numbers) exceeds ??= 'numbers'
    if (!spend('numbers', count * words)) return unreadable('the limit is reached')
    if (count === 0) return metadata.type === 3 ? { kind: 'texts', shape, texts: [] } : unreadable('it is empty')
    const value: unknown = set.value
    if (metadata.type === 3) {
      const texts = (Array.isArray(value) ? value.flat(Infinity) : [value]) as unknown[]
      if (texts.length === count && texts.every((t): t is string => typeof t === 'string'))
        return { kind: 'texts', shape, texts }
      return unreadable('its texts are damaged')
    }
    if (metadata.type !== 0 && metadata.type !== 1 && metadata.type !== 8)
      return unreadable(`it holds neither numbers nor texts (HDF5 type class ${metadata.type})`)
    const data =
      typeof value === 'bigint'
        ? BigInt64Array.of(value)
        : typeof value === 'number'
          ? scalar(value, metadata.type === 1, metadata.size)
          : typeof value === 'boolean'
            ? Uint8Array.of(Number(value))
            : value
    if (!ArrayBuffer.isView(data) || (data as NirData).length !== count)
      return unreadable(`it does not hold its ${count} numbers`)
    return { kind: 'numbers', shape, data: data as NirData }
  }

  const entity = (group: H5.Group, name: string, depth: number): Contents => {
    if (now() > end) exceeds ??= 'seconds'
    if (!spend('objects', 1)) return unreadable('the limit is reached')
    try {
      const item = group.get(name)
      const type: string | null = item !== null && 'type' in item ? item.type : null
      if (type === 'Group')
        return depth < deepest ? walk(item as H5.Group, depth + 1) : unreadable('it is nested too deep')
      if (type === 'Dataset') return dataset(item as H5.Dataset)
      return unreadable('it is a link that leads nowhere in the file')
    } catch (error) {
      // After a trap the memory of the library is in an unknown state.
      if (error instanceof WebAssembly.RuntimeError) throw error
      return unreadable('it is damaged')
    }
  }

  const walk = (group: H5.Group, depth: number): Contents => {
    const entries: [string, Contents][] = []
    for (const name of group.keys()) {
      entries.push([name, entity(group, name, depth)])
      if (exceeds !== null) break
    }
    return { kind: 'group', entries }
  }

  const contents = walk(file, 0)
  return exceeds === null ? { contents } : { exceeds }
}
