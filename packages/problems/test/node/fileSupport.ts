import { type NdArray, openDataFile } from '../../src/node.js'

/** Reads all arrays of a file; returns the code of the error if it or one of them cannot be read. */
export async function attempt(path: string, names?: string[]): Promise<{ codes: string[]; arrays: NdArray[] }> {
  const codes: string[] = []
  const arrays: NdArray[] = []
  const note = (e: unknown): void => {
    const { code } = e as { code?: string }
    if (!code?.startsWith('DATA_')) throw e
    codes.push(code)
  }
  try {
    const file = await openDataFile(path)
    for (const name of names ?? file.names.keys()) await file.read(name).then((a) => arrays.push(a), note)
    await file.close()
  } catch (e) {
    note(e)
  }
  return { codes, arrays }
}

/** Whole numbers below n, reproducible by key. */
export function dice(key: number): (n: number) => number {
  let state = key
  return (n) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
}

/** Whether there are as many numbers as the shape requires. */
export const isWhole = ({ shape, data }: NdArray): boolean => data.length === shape.reduce((x, y) => x * y, 1)

/** Reads one array of a file. */
export const read = async (path: string, name: string): Promise<NdArray> => {
  const file = await openDataFile(path)
  try {
    return await file.read(name)
  } finally {
    await file.close()
  }
}
