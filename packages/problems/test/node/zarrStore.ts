import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A folder as zarrita reads and writes it. */
export const fileStore = (folder: string) => ({
  get: (key: string): Promise<Uint8Array | undefined> => readFile(join(folder, key)).catch(() => undefined),
  async set(key: string, value: Uint8Array): Promise<void> {
    await mkdir(dirname(join(folder, key)), { recursive: true })
    await writeFile(join(folder, key), value)
  },
})
