/** Fails where a source file has more than 400 lines: then it holds more than one concept. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFiles, workspaceFolders } from '../lib/files.mjs'

const limit = 400

const files = [...workspaceFolders().flatMap((f) => [join(f, 'src'), join(f, 'test')]), 'scripts'].flatMap(sourceFiles)
const lengths = files.map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
const tooLong = lengths.filter(({ lines }) => lines > limit)

for (const { file, lines } of tooLong)
  console.error(`${file} has ${lines} lines, more than ${limit}; split it by concept`)
if (tooLong.length > 0) process.exit(1)
console.log(`${files.length} files, the longest has ${Math.max(...lengths.map((f) => f.lines))} lines`)
