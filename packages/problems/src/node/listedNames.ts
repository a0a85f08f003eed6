import type { DataFile } from './files/dataFile.js'

/** The most commas in one title that a list may name. */
const COMMAS = 16

/**
 * The names of a list with commas between, such as `a,c:e`, each as `DataFile.read` takes it, without blanks around. A
 * title that holds commas itself, as a quoted one of a CSV file may, stays whole: at each place the longest name of the
 * file is taken.
 *
 * @example listedNames(await openDataFile('points.csv'), 'depth, in m,T') // ['depth, in m', 'T'], if the table has these columns
 */
export function listedNames(file: Pick<DataFile, 'names' | 'columns'>, list: string): readonly string[] {
  const pieces = list.split(',')
  const has = (name: string): boolean => file.names.has(name) || (file.columns?.(name) ?? null) !== null
  const names: string[] = []
  for (let begin = 0; begin < pieces.length; ) {
    const upTo = (end: number): string => pieces.slice(begin, end).join(',').trim()
    let end = Math.min(pieces.length, begin + COMMAS + 1)
    while (end > begin + 1 && !has(upTo(end))) end--
    names.push(upTo(end))
    begin = end
  }
  return names
}
