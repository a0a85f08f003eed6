import type { Measured } from './measureStep.js'

/** The storage of choices between runs: one text, read and written as a whole. */
export interface ChoiceMemory {
  /** The text that was saved last, or null. */
  load(): Promise<string | null> | string | null
  save(text: string): Promise<void> | void
}

/** A choice, and the machine, workload and candidates for which it is valid. */
export type RememberedChoice = {
  readonly machine: string
  readonly workload: string
  /** The candidates, their options and their version. */
  readonly candidates: string
  /** The chosen backend. */
  readonly name: string
  readonly measured: readonly Measured[]
  /** Day of the measurement, such as `2026-01-31`. */
  readonly date: string
  /**
   * A second measurement, after one that compared a first step with later steps, chose the same backend. Absent: it did
   * not.
   */
  readonly confirmed?: true
}

/** The number of newest choices that are stored. */
const MAX_CHOICES = 64

const isMeasured = (value: unknown): value is Measured => {
  if (typeof value !== 'object' || value === null) return false
  const { name, milliseconds, note } = value as Readonly<Record<string, unknown>>
  const isNumber = milliseconds === null || (typeof milliseconds === 'number' && milliseconds >= 0)
  return typeof name === 'string' && isNumber && (note === null || typeof note === 'string')
}

const isChoice = (value: unknown): value is RememberedChoice => {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Readonly<Record<string, unknown>>
  const { measured, confirmed } = record
  return (
    (confirmed === undefined || confirmed === true) &&
    ['machine', 'workload', 'candidates', 'name', 'date'].every((key) => typeof record[key] === 'string') &&
    Array.isArray(measured) &&
    measured.every(isMeasured)
  )
}

/** The choices in a text, newest first; none in a text that is damaged or of a later format. */
function choicesIn(text: string | null): readonly RememberedChoice[] {
  if (text === null) return []
  try {
    const { format, choices } = JSON.parse(text) as { readonly format?: unknown; readonly choices?: unknown }
    return format === 1 && Array.isArray(choices) ? choices.filter(isChoice) : []
  } catch {
    return []
  }
}

/**
 * The choices that a memory holds, newest first. An unreadable memory counts as empty, because everything can be
 * measured again.
 *
 * @example
 * for (const { name, workload } of await rememberedChoices(fileMemory())) console.log(name, workload)
 */
export async function rememberedChoices(memory: ChoiceMemory): Promise<readonly RememberedChoice[]> {
  try {
    return choicesIn(await memory.load())
  } catch {
    return []
  }
}

const isSame = (a: RememberedChoice, b: RememberedChoice): boolean =>
  a.machine === b.machine && a.workload === b.workload && a.candidates === b.candidates

/** Adds a choice to a memory, replacing an older one for the same key. */
export async function remember(memory: ChoiceMemory, choice: RememberedChoice): Promise<void> {
  const others = (await rememberedChoices(memory)).filter((other) => !isSame(other, choice))
  await memory.save(`${JSON.stringify({ format: 1, choices: [choice, ...others].slice(0, MAX_CHOICES) }, null, 1)}\n`)
}

/**
 * A memory in the storage of a page.
 *
 * @param storage `localStorage`, or another object with these two methods
 * @example
 * const { backend } = await fastest([cpu, webgpu], { trial, memory: storageMemory(localStorage) })
 */
export function storageMemory(storage: Pick<Storage, 'getItem' | 'setItem'>, key = 'spikeward.backends'): ChoiceMemory {
  return { load: () => storage.getItem(key), save: (text) => storage.setItem(key, text) }
}
