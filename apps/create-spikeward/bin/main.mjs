#!/usr/bin/env node
/** `npm create spikeward`: writes a project into a new folder and says what to type next. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { scaffold, templates, UsageError } from './scaffold.mjs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const list = Object.entries(templates).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
const help = `Usage: npm create spikeward -- [folder] [--template NAME] [--tarballs FOLDER]

Writes a project into the folder (default: spikeward-project), which must be new or empty.

Templates (default: node):
${list.join('\n')}

--tarballs FOLDER   take the packages from tarballs in FOLDER instead of the registry`

/** @param {readonly string[]} args */
function main(args) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      template: { type: 'string', short: 't', default: 'node' },
      tarballs: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return help
  if (positionals.length > 1) throw new UsageError(`one folder is expected, not ${positionals.join(' and ')}`)
  const folder = positionals[0] ?? 'spikeward-project'
  const { template, tarballs } = values
  const { files, next } = scaffold({ folder, template, version, ...(tarballs === undefined ? {} : { tarballs }) })
  return [
    `Wrote ${files.join(', ')} into ${folder}.`,
    '',
    'Next:',
    `  cd ${folder}`,
    ...next.map((line) => `  ${line}`),
  ].join('\n')
}

try {
  console.log(main(process.argv.slice(2)))
} catch (error) {
  const wrongUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  if (!wrongUsage) throw error
  console.error(`${error.message}\n\n${help}`)
  process.exitCode = 2
}
