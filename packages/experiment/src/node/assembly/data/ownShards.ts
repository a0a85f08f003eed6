/** A user's data in a folder of shards, which are read step by step. */
import { statSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openShards } from '@spikeward/problems/node'
import { fileError, reading, sha256Of } from '@spikeward/core/node'

export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch (error) {
    throw fileError(path, error)
  }
}

/** Bytes at both ends of a shard that its checksum covers. */
const ENDS = 4096

/** SHA-256 of the names and sizes of a folder's files and of their first and last bytes: shards are too large to read whole. */
export async function hashOfFolder(folder: string): Promise<string> {
  const parts: (string | Uint8Array)[] = []
  const all = await reading(folder, () => readdir(folder))
  for (const name of all.filter((one) => one.endsWith('.npy')).sort()) {
    const path = join(folder, name)
    const file = await reading(path, () => open(path))
    try {
      const { size } = await file.stat()
      parts.push(`${name} ${size}\n`)
      const length = Math.min(ENDS, size)
      for (const position of [0, size - length]) {
        const part = new Uint8Array(length)
        await file.read(part, 0, length, position)
        parts.push(part)
      }
    } finally {
      await file.close()
    }
  }
  return sha256Of(parts)
}

export async function namesInFolder(folder: string): Promise<string> {
  const { arrays, whole } = await openShards(folder)
  return [...[...arrays].map(([name, { shape }]) => `${name} [${shape.join(' × ')}]`), ...whole.keys()].join(', ')
}
