/** Text in lines of a terminal. */
export const WIDTH = 100

export const twoColumns = (entries: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')
}

/** Names separated by commas, broken into lines. */
export function wrapped(names: readonly string[], indent: string, between = ', '): string {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last === undefined || indent.length + last.length + name.length + between.length >= WIDTH) lines.push(name)
    else lines[lines.length - 1] = `${last}${between}${name}`
  }
  return lines.map((line, i) => `${indent}${line}${i < lines.length - 1 ? between.trimEnd() : ''}\n`).join('')
}
