import type { Command } from 'commander'
import { chips } from '@spikeward/chip'
import { SpikewardError } from '@spikeward/core'
import { describeRun } from '../../deployment/describeRun.js'
import { measureOnChip } from '../../deployment/onChip.js'
import { openFinished } from '../../run/openFinished.js'
import { exitCodes } from '../../usage/exitCodes.js'
import { pick } from '../../usage/pick.js'
import { usageError } from '../../usage/usageError.js'
import { count } from '../../usage/flagValues.js'
import type { Context } from '../shared/context.js'
import { addBackendOptions, addDisplayOptions } from '../shared/sharedOptions.js'

type Options = {
  readonly chip: string
  readonly bits?: number
  readonly convertReset: boolean
  readonly backend?: string
  readonly threads?: number
  readonly json: boolean
  readonly quiet: boolean
}

/** `quantise <run>`: quantises the network of a run for a chip and measures its error there. Writes nothing. */
export function addQuantise(program: Command, { io, done }: Context): void {
  const command = program
    .command('quantise')
    .description('quantise the network of a run for a chip, and report its error and its cores')
    .argument('<run>', 'the run folder')
    .option('--chip <name>', `the chip: ${Object.keys(chips).join(' or ')}`, 'loihi2')
    .option('--bits <n>', 'bits of a weight, including its sign; default: the chip’s', count('--bits', 32))
    .option('--convert-reset', 'on a chip without soft reset, reset membranes to 0 instead', false)
  addBackendOptions(command, null)
  addDisplayOptions(command).action(async (path: string, o: Options) => {
    const chip = pick('chip', o.chip, chips)
    await using run = await openFinished(path, o, io)
    const mlp = await describeRun(run)
    if (!chip.softReset && !o.convertReset && mlp.layers.some(({ neuron }) => neuron.reset === 'subtract')) {
      throw new SpikewardError(
        'CHIP_SOFT_RESET',
        `neurons of ${chip.name} reset the membrane to 0 after a spike, and this network subtracts the threshold; train with --reset zero, choose --chip loihi2, or convert it with --convert-reset`,
      )
    }
    const { experiment } = run.parts
    if (experiment.kind !== 'regression')
      throw usageError('CLI_USAGE', 'quantise needs a run that learned a function of points')
    const points = { calibration: experiment.problem.points('train'), test: experiment.problem.points('test') }
    const options = {
      ...(o.bits === undefined ? {} : { bits: o.bits }),
      softReset: o.convertReset ? 'convert' : 'refuse',
    } as const
    const { network, relativeL2 } = await measureOnChip(mlp, chip, options, points, run.backend)
    const trained = (await experiment.measure(run.variables, 'test')).relativeL2
    const bits = o.bits ?? chip.weightBits
    const cores = network.report.reduce((sum, layer) => sum + layer.cores, 0)
    const synapses = network.report.reduce((sum, layer) => sum + layer.synapses, 0)
    if (synapses === 0)
      io.err(
        'note: the host drives the only layer of this network, so no weight is on the chip and --bits has no effect\n',
      )
    const result = {
      run: run.path,
      chip: chip.name,
      bits,
      relativeL2,
      relativeL2Trained: trained,
      cores,
      synapses,
      layers: network.report,
    }
    io.out(
      o.json
        ? `${JSON.stringify(result)}\n`
        : `${chip.name}, ${bits} bits: relative L2 ${relativeL2.toFixed(4)} on the test points, ${trained.toFixed(4)} as trained; ${cores} cores, ${synapses} synapses\n`,
    )
    done(exitCodes.done)
  })
}
