import type { Command } from 'commander'
import { problemDefaults } from '@spikeward/experiment/tuned'
import type { FlagsOf } from '@spikeward/experiment'
import { type Listed, exitCodes, findListed, jsonFlag, listing, pick } from '@spikeward/experiment/names'
import { addFlags } from '../usage/addFlags.js'
import type { Context } from '../io/processIo.js'
import { twoColumns, wrapped } from './options/columns.js'

function overview(all: Readonly<Record<string, readonly Listed[]>>): string {
  const width = Math.max(...Object.keys(all).map((kind) => kind.length)) + 2
  const names = (kind: string, entries: readonly Listed[]): string =>
    kind.padEnd(width) +
    wrapped(
      entries.map(({ name }) => name),
      ' '.repeat(width),
    ).trimStart()
  return (
    Object.entries(all)
      .map(([kind, entries]) => names(kind, entries))
      .join('') +
    '\nspikeward list estimators    one line for each of a kind\n' +
    'spikeward list rfg           options and defaults of one, also of package#name\n' +
    'spikeward list --json        everything\n' +
    'Your own: package#name or ./file.ts#name instead of a name, such as --problem ./mine.ts#hill.\n'
  )
}

export function addList(program: Command, { io, done }: Context): void {
  const command = program
    .command('list')
    .description(
      'list everything that has a name: problems, estimators, networks, neurons, surrogates, optimisers, backends',
    )
    .argument(
      '[name]',
      'a kind, such as estimators, for one line on each; or a name, such as rfg or package#name, for its options and defaults',
    )
  addFlags(command, jsonFlag).action(async (name: string | undefined, { json }: FlagsOf<typeof jsonFlag>) => {
    const all = listing()
    const factories = Object.entries(all).flatMap(([kind, entries]) => entries.map((entry) => ({ kind, entry })))
    const matches = name === undefined ? [] : await findListed(name)
    const kind = name === undefined ? undefined : all[name]
    if (name !== undefined && kind === undefined && matches.length === 0) {
      // It lists the kinds only: there are more than a hundred names.
      pick('kind or factory', name, all, [
        ...factories.map(({ entry }) => entry.name),
        ...factories.flatMap(({ entry: { description } }) => (description === null ? [] : [description.name])),
      ])
    }
    if (json) {
      const shown =
        name === undefined
          ? { ...all, defaults: problemDefaults }
          : kind !== undefined
            ? { [name]: kind }
            : { [name]: matches.map(({ kind, entry, defaults }) => ({ kind, ...entry, defaults })) }
      io.out(`${JSON.stringify(shown)}\n`)
    } else if (name === undefined) io.out(overview(all))
    else if (kind !== undefined) io.out(twoColumns(kind.map((entry) => [entry.name, entry.summary])))
    else {
      const { detail } = await import('./options/detail.js')
      io.out(matches.map(detail).join('\n'))
    }
    done(exitCodes.done)
  })
}
