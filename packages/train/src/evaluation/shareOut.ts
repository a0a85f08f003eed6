/**
 * Runs independent parts of one piece of work, 0 … count − 1, and returns the results of all in order: here one after another, or on several
 * processes that call it together. All parts return equally many numbers.
 */
export type ShareOut = (count: number, part: (i: number) => Promise<Float64Array>) => Promise<readonly Float64Array[]>

/** All parts here, one after another. */
export const inOrder: ShareOut = async (count, part) => {
  const all: Float64Array[] = []
  for (let i = 0; i < count; i++) all.push(await part(i))
  return all
}
