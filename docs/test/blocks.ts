import { readFile, readdir } from 'node:fs/promises'

/** A fenced block of a page: its language, the words after it, and the code. */
export interface Block {
  readonly page: string
  readonly number: number
  readonly language: string
  readonly kind: string
  readonly code: string
}

const root = new URL('../', import.meta.url)

/** The written pages of the site: the API's are made from the sources, decisions and figures hold no programs. */
export async function pages(): Promise<string[]> {
  const all = await readdir(root, { recursive: true })
  return all
    .filter(
      (path) => path.endsWith('.md') && !/^((api|node_modules|\.vitepress|decisions)\/|benchmarks\/runs\/)/.test(path),
    )
    .sort()
}

/** Every block of every page that names a language. */
export async function blocks(): Promise<Block[]> {
  const found = await Promise.all(
    (await pages()).map(async (page) => {
      const text = await readFile(new URL(page, root), 'utf8')
      return [...text.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map(
        ([, language = '', kind = '', code = ''], i): Block => ({ page, number: i + 1, language, kind, code }),
      )
    }),
  )
  return found.flat()
}
