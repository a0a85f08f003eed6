import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * The files of stored runs by name: docs/benchmarks/runs/PAGE/NAME.json.
 *
 * @param docs the folder of the documentation
 */
export function storedPaths(docs: string): ReadonlyMap<string, string> {
  const folder = join(docs, 'benchmarks/runs')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
  return new Map(files.map((file) => [basename(file, '.json'), join(folder, file)]))
}
