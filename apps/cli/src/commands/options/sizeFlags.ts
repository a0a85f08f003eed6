/** Flags of the sizes of networks, from the declarations of the networks that the command knows. */
import { type Command, Option as Flag } from 'commander'
import type { Option, ValueType } from '@spikeward/core'
import { type Factory, type NetworkSize, allOptions, factories, networkSizes } from '@spikeward/experiment'
import { genericSizes, untunedDefaults } from '@spikeward/experiment/tuned'
import { flagReader } from '../../usage/addFlags.js'

/** Remarks on sizes that a run does not only pass to the option of the same name. */
const remarks: Readonly<Partial<Record<NetworkSize, string>>> = {
  hidden: 'of every block, unless --branch or --trunk sets those of one',
  features: 'of a pod-deeponet, the number of its modes',
}

/** Its value if neither the command line nor the problem sets it. */
const untuned: Readonly<Record<NetworkSize, string>> = {
  hidden: genericSizes.hidden.join(','),
  branch: genericSizes.branch.join(','),
  trunk: genericSizes.trunk.join(','),
  features: String(genericSizes.features),
  rank: String(genericSizes.rank),
  time: String(untunedDefaults.operator.time),
}

/** The option of a size as a flag sets it: of a block, the widths of its hidden layers. */
function asFlag(option: Option): Option | null {
  const types: readonly ValueType<unknown>[] = [option.type, ...(option.type.alternatives ?? [])]
  const size = types.flatMap((type) => (type.parse === null ? (type.size ?? []) : [type]))[0]
  if (size === undefined) return null
  return size === option.type ? option : { ...option, type: size, help: `widths of the ${option.help}` }
}

const declaring = (name: NetworkSize): readonly Option[] =>
  Object.values<Factory>(factories.network).flatMap((factory) => {
    const option = allOptions(factory)[name]
    return option === undefined ? [] : (asFlag(option) ?? [])
  })

/**
 * `--time` takes a number of steps, or the column of time of a table of sequences, where a step of the network is a
 * row.
 */
function timeReader(command: Command, option: Option): (text: string) => unknown {
  const read = flagReader('the network', 'time', option)
  const takesColumn = command.options.some(({ long }) => long === '--time-column')
  // Commander stores an empty text for a value that is read as none.
  command.hook('preAction', () => {
    if (command.getOptionValue('time') === '') command.setOptionValue('time', undefined)
  })
  return (text) => {
    if (!takesColumn || !/^[\p{L}_]/u.test(text)) return read(text)
    command.setOptionValue('timeColumn', text)
    return undefined
  }
}

/** Adds a flag for each size that a network declares. The value tuned for the problem is the default. */
export function addSizeFlags(command: Command): Command {
  for (const name of Object.keys(networkSizes) as NetworkSize[]) {
    const all = declaring(name)
    const [first] = all
    if (first === undefined) continue
    const meanings = [...new Set(all.map(({ help }) => help))].join('; or ')
    const remark = remarks[name] === undefined ? '' : `; ${remarks[name]}`
    const value = first.type.name === 'list' ? 'n,n' : 'n'
    command.addOption(
      new Flag(
        `--${name} <${value}>`,
        `${meanings}${remark}; ${first.type.expects}; default: set by the problem, else ${untuned[name]}`,
      ).argParser(name === 'time' ? timeReader(command, first) : flagReader('the network', name, first)),
    )
  }
  return command
}
