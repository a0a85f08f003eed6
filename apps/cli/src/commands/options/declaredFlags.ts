/** Flags that are declared by the factories that a run names. */
import { type Command, Option as Flag } from 'commander'
import type { Option } from '@spikeward/core'
import { dashed, factories, flagKinds, flagOf, flagOptions, tunedFlags } from '@spikeward/experiment'
import type { Factory, FlagKind, OptionValue, OptionValues } from '@spikeward/experiment'
import { type Declaring, flagHelp } from './flagHelp.js'

type FlagOwners = { readonly kind: FlagKind; readonly all: readonly Declaring[] }

/** Options that a command line can express, by flag, with the factories that declare them. */
function declaredOptions(plugins: readonly Factory[]): ReadonlyMap<string, FlagOwners> {
  const owners = new Map<string, FlagOwners>()
  const all = flagKinds.flatMap((kind) => [
    ...Object.entries<Factory>(factories[kind]).map(([name, factory]) => ({ kind, name, factory })),
    ...plugins
      .filter((factory) => factory.declaration.kind === kind)
      .map((factory) => ({ kind, name: factory.declaration.name, factory })),
  ])
  for (const { kind, name, factory } of all) {
    for (const [key, option] of flagOptions(factory)) {
      if (option.type.parse === null) continue
      const before = owners.get(flagOf(key))
      owners.set(flagOf(key), { kind: before?.kind ?? kind, all: [...(before?.all ?? []), { option, of: name }] })
    }
  }
  return owners
}

const placeholder = ({ type }: Option): string =>
  type.choices !== undefined ? 'name' : type.name === 'integer' ? 'n' : type.name === 'number' ? 'x' : 'value'

export const headings: Readonly<Record<FlagKind, string>> = {
  problem: 'Options of the problem:',
  network: 'Options of the network:',
  neuron: 'Options of the neuron:',
  surrogate: 'Options of the surrogate:',
  estimator: 'Options of the estimator:',
  optimizer: 'Options of the optimiser:',
  schedule: 'Options of the schedule:',
  backend: 'Options of the backend:',
}

/** Adds a flag for every declared option whose name is not yet an option of the command. */
export function addDeclaredFlags(command: Command, plugins: readonly Factory[]): void {
  const present = new Set(command.options.map((option) => option.attributeName()))
  const tuned = tunedFlags()
  for (const [flag, { kind, all }] of declaredOptions(plugins)) {
    if (present.has(flag)) continue
    const group = headings[kind]
    const help = flagHelp(all, tuned.has(flag))
    // If one of them takes another value under this name, true and false are written as values too.
    if (all.every(({ option }) => option.type.name === 'flag')) {
      command.addOption(new Flag(`--${dashed(flag)}`, help).helpGroup(group))
      command.addOption(new Flag(`--no-${dashed(flag)}`, `turn --${dashed(flag)} off`).helpGroup(group))
    } else {
      const [first] = all.filter(({ option }) => option.type.name !== 'flag')
      command.addOption(new Flag(`--${dashed(flag)} <${placeholder(first!.option)}>`, help).helpGroup(group))
    }
  }
}

/** The options of a command line, with those that {@link addDeclaredFlags} added in a separate record. */
export function withDeclared<O extends object>(options: O, command: Command): O & { readonly declared: OptionValues } {
  const declared: readonly (string | undefined)[] = Object.values(headings)
  const flags = command.options.filter((o) => declared.includes(o.helpGroupHeading)).map((o) => o.attributeName())
  const entries = Object.entries(options) as readonly (readonly [string, OptionValue])[]
  return {
    ...(Object.fromEntries(entries.filter(([name]) => !flags.includes(name))) as O),
    declared: Object.fromEntries(entries.filter(([name]) => flags.includes(name))),
  }
}
