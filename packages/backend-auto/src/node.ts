/**
 * A memory of choices in a file.
 *
 * @module node
 */
import { dirname, join } from 'node:path'
import { cacheFolder, makeFolder, readIfThere, writeWhole } from '@spikeward/core/node'
import type { ChoiceMemory } from './choiceMemory.js'

/**
 * The default file of choices: $XDG_CACHE_HOME/spikeward/backends.json, or ~/.cache/spikeward/backends.json.
 *
 * @throws CACHE_FOLDER if the user has neither
 */
export const choicesPath = (): string => join(cacheFolder(), 'backends.json')

/**
 * A memory in a file of the user's cache folder. It is written atomically, so that a process that dies, or another one
 * that writes at the same time, leaves no truncated file.
 *
 * @param path the file; default {@link choicesPath}
 * @example
 * const { backend } = await fastest([native, cpu], { trial, memory: fileMemory() })
 */
export function fileMemory(path?: string): ChoiceMemory {
  // A user without a cache folder has a memory that cannot be read or written, which `fastest` takes for an empty one.
  const place = (): string => path ?? choicesPath()
  return {
    async load() {
      const bytes = await readIfThere(place())
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    async save(text) {
      await makeFolder(dirname(place()))
      await writeWhole(place(), text)
    },
  }
}
