/** Flags of the sizes of networks, from the declarations of the networks that the command knows. */
import { Option as Flag } from 'commander'
import type { Command } from 'commander'
import type { Option, ValueType } from '@spikeward/core'
import { factories } from '../../catalogue/factories.js'
import type { Factory } from '../../catalogue/factories.js'
import { allOptions } from '../../catalogue/optionValues.js'
import { networkSizes } from '../../catalogue/networkSizes.js'
import type { NetworkSize } from '../../catalogue/networkSizes.js'
import { flagReader } from '../../usage/addFlags.js'

/** What a run does with a size besides passing it to the option of its name. */
const remarks: Readonly<Partial<Record<NetworkSize, string>>> = {
  hidden: 'of every block of the network, unless --branch or --trunk sets those of one',
  features: 'of a pod-deeponet, the number of its modes',
}

/** The option of a size as a flag sets it: of a block, the widths of its layers. */
function asFlag(option: Option): Option | null {
  const types: readonly ValueType<unknown>[] = [option.type, ...(option.type.alternatives ?? [])]
  const size = types.flatMap((type) => (type.parse === null ? (type.size ?? []) : [type]))[0]
  if (size === undefined) return null
  return size === option.type
    ? option
    : { ...option, type: size, help: `units of each hidden layer of the ${option.help}` }
}

const declaring = (name: NetworkSize): readonly Option[] =>
  Object.values<Factory>(factories.network).flatMap((factory) => {
    const option = allOptions(factory)[name]
    return option === undefined ? [] : (asFlag(option) ?? [])
  })

/** Adds a flag for each size that a network declares. The value tuned for the problem is the default. */
export function addSizeFlags(command: Command): Command {
  for (const name of Object.keys(networkSizes) as NetworkSize[]) {
    const all = declaring(name)
    const [first] = all
    if (first === undefined) continue
    const meanings = [...new Set(all.map(({ help }) => help))].join('; or ')
    const remark = remarks[name] === undefined ? '' : ` (${remarks[name]})`
    const value = first.type.name === 'list' ? 'n,n' : 'n'
    command.addOption(
      new Flag(`--${name} <${value}>`, `${meanings}${remark}: ${first.type.expects}`).argParser(
        flagReader('the network', name, first),
      ),
    )
  }
  return command
}
