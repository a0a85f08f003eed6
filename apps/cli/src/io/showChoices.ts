import { type RememberedChoice, machineName } from '@spikeward/backend-auto'
import { alignedTable, parseUserJson } from '@spikeward/experiment'

const cell = (choice: RememberedChoice, name: string): string => {
  const match = choice.measured.find((one) => one.name === name)
  if (match === undefined) return ''
  return match.milliseconds === null ? 'left out' : `${Number(match.milliseconds.toPrecision(2))} ms`
}

const short = new Intl.NumberFormat('en', { notation: 'compact', compactDisplay: 'long', maximumSignificantDigits: 2 })

/** A kind of step, whose operations are stored as a power: `mlp by rfg, about 8^5 operations` has 33 thousand. */
const shownWorkload = (workload: string): string =>
  workload.replace(/(\d+)\^(\d+)/, (_, base: string, power: string) => short.format(Number(base) ** Number(power)))

/** The options that the backends were opened with, such as `, threads 1`; empty if there were none. */
function shownOptions(candidates: string): string {
  try {
    const [, options] = parseUserJson(candidates) as readonly unknown[]
    return Object.entries(options ?? {})
      .map(([option, value]) => `, ${option} ${String(value)}`)
      .join('')
  } catch {
    return ''
  }
}

/**
 * The choices of `--backend auto` on this machine as a table: a row for each kind of step, a column for each backend.
 */
export function showChoices(choices: readonly RememberedChoice[], path: string | null): string {
  if (path === null)
    return 'auto: measures at every `spikeward train`, since this user has no home folder; XDG_CACHE_HOME can name a folder for caches\n'
  const here = choices.filter(({ machine }) => machine === machineName())
  if (here.length === 0)
    return `auto: nothing measured yet; the first \`spikeward train\` measures, and keeps it in ${path}\n`
  const names = [...new Set(here.flatMap(({ measured }) => measured.map(({ name }) => name)))]
  const rows = here.map((choice) => [
    `${shownWorkload(choice.workload)}${shownOptions(choice.candidates)}`,
    choice.name,
    ...names.map((name) => cell(choice, name)),
    choice.date,
  ])
  const notes = new Map(
    here.flatMap(({ measured }) =>
      measured.flatMap(({ name, note, milliseconds }) =>
        note === null || milliseconds !== null ? [] : [[name, note] as const],
      ),
    ),
  )
  const table = alignedTable(['step of', 'taken', ...names, 'measured on'], rows)
  const why = [...notes].map(([name, note]) => `${name} was left out: ${note}\n`)
  return `auto: measured at the first run of each kind of step, kept in ${path}; --forget measures again\n${table}${why.join('')}`
}
