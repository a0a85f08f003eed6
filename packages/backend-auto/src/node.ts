/**
 * A memory of choices in a file.
 *
 * @module node
 */
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder, readIfThere, writeWhole } from '@spikeward/core/node'
import type { ChoiceMemory } from './choiceMemory.js'

/** The default file of choices: $XDG_CACHE_HOME/spikeward/backends.json, or ~/.cache/spikeward/backends.json. */
export const choicesPath = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'spikeward', 'backends.json')

/**
 * A memory in a file of the user's cache folder. It is written atomically, so that a process that dies, or another one
 * that writes at the same time, leaves no truncated file.
 *
 * @param path the file; default {@link choicesPath}
 * @example
 * const { backend } = await fastest([native, cpu], { trial, memory: fileMemory() })
 */
export function fileMemory(path: string = choicesPath()): ChoiceMemory {
  return {
    async load() {
      const bytes = await readIfThere(path)
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    async save(text) {
      await makeFolder(dirname(path))
      await writeWhole(path, text)
    },
  }
}
