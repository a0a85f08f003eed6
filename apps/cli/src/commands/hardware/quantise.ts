import type { Command } from 'commander'
import { chips } from '@spikeward/chip'
import { type FlagsOf, exitCodes, layerTable } from '@spikeward/experiment'
import {
  eventStepper,
  isStepper,
  openFinished,
  quantiseRun,
  stepperLines,
  stepperOnChip,
  stepperTable,
} from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { checkBits, checkPerfect, chipFlag, fitFlags, imperfectFlags, noteIgnored } from './chipFlags.js'
import { type OpenFlags, addBackendOptions, addDisplayOptions } from '../options/sharedOptions.js'
import type { Context } from '../../io/processIo.js'

const quantiseFlags = { ...chipFlag('loihi2'), ...fitFlags, ...imperfectFlags }

type Options = FlagsOf<typeof quantiseFlags> & OpenFlags

export function addQuantise(program: Command, { io, done }: Context): void {
  const command = program
    .command('quantise')
    .description('quantise the network of a run for a chip, and report its error and its cores')
    .argument('<run>', 'the run folder')
  addFlags(command, quantiseFlags)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, o: Options) => {
    const chip = chips[o.chip]
    checkBits(o.bits, chip)
    await using run = await openFinished(path, o, io)
    const own = o.bits === undefined ? {} : { bits: o.bits }
    if (isStepper(run)) {
      noteIgnored(command, io)
      const onChip = await stepperOnChip(run, chip, await eventStepper(run), {
        ...own,
        spread: o.spread,
        fineTune: o.fineTune,
      })
      const { network, field: _, ...measured } = onChip
      const bits = o.bits ?? chip.weightBits
      const result = { run: run.path, chip: chip.name, bits, ...measured, layers: network.report }
      io.out(o.json ? `${JSON.stringify(result)}\n` : `${stepperLines(onChip)}${stepperTable(onChip)}`)
      return done(exitCodes.done)
    }
    checkPerfect(o)
    const options = { ...own, softReset: o.convertReset ? 'convert' : 'refuse' } as const
    const { parts, relativeL2, relativeL2Trained } = await quantiseRun(run, chip, options)
    const bits = o.bits ?? chip.weightBits
    const layers = parts.flatMap(({ name, network }) =>
      network.report.map((layer) => (name === 'network' ? layer : { part: name, ...layer })),
    )
    const cores = layers.reduce((sum, layer) => sum + layer.cores, 0)
    const synapses = layers.reduce((sum, layer) => sum + layer.synapses, 0)
    if (synapses === 0)
      io.err(
        'note: the host drives the only layer of each network, so no weight is on the chip and --bits has no effect\n',
      )
    const result = { run: run.path, chip: chip.name, bits, relativeL2, relativeL2Trained, cores, synapses, layers }
    io.out(
      o.json
        ? `${JSON.stringify(result)}\n`
        : `${chip.name}, ${bits} bits: relative L2 ${relativeL2.toFixed(4)} on the test data, ${relativeL2Trained.toFixed(4)} as trained; ${cores} cores, ${synapses} synapses\n${layerTable(chip, parts)}`,
    )
    done(exitCodes.done)
  })
}
